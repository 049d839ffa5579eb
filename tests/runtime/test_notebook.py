"""The output of cells in a real notebook kernel, and an error's lines for IPython."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline import InputError, MissingPathError, from_directory
from pipeline.runtime.interrupt import Interrupted
from pipeline.runtime.notebook import in_notebook
from tests.support.places import ROOT

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder

CELLS = """
import os; os.chdir({tmp!r})
import pipeline
---
data = pipeline.from_directory({folder!r}, validation_split=.25, image_size=16, batch_size=4,
                               augment=pipeline.Augment(rotation_range=30))
---
data
---
data.show_batch()
---
figure = data.show_batch(split="validation")
figure
---
figure
---
data.show_batch("batch.png", count=1);
---
%matplotlib inline
data.show_batch()
x = 1
---
data.show_batch()
---
import keras
model = keras.Sequential([keras.Input((16, 16, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(data.train, validation_data=data.validation, verbose=0)
pipeline.Augment(rotation_range=30)
---
def look():
    return pipeline.from_directory("nowhere")
look()
---
options = dict(data=dict(train={folder!r}), image=dict(size=12), model=dict(filters=[3], dense=[]),
               loader=dict(batch_size=4))
run = pipeline.commands.train(**options, train=dict(epochs=2), output="first")
---
run
---
pipeline.commands.predict(run, {folder!r})
---
pipeline.commands.evaluate(run)
---
pipeline.commands.train(**options, train=dict(epochs=1000), output="second")
---
import signal
signal.getsignal(signal.SIGINT) is signal.default_int_handler
---
pipeline.commands.Training("second")
"""


def _executed(sources: list[str]) -> list[Any]:
    """Run cells in a new kernel, interrupt it in the third of 1,000 epochs, and return the outputs."""
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    where = {"metadata": {"path": str(ROOT)}}
    client = nbclient.NotebookClient(notebook, timeout=None, allow_errors=True, resources=where)
    process = client.process_message
    pressed: list[Any] = []

    def watched(msg: Any, *where: Any) -> Any:
        if msg["msg_type"] == "stream" and "Epoch 3/1000" in msg["content"]["text"] and not pressed:
            pressed.append(asyncio.ensure_future(client.km.interrupt_kernel()))
        return process(msg, *where)

    client.process_message = watched
    client.execute()
    return [cell.outputs for cell in notebook.cells]


@pytest.mark.slow
def test_a_notebook_shows_what_it_should_and_no_more(photo_folder: PhotoFolder, tmp_path: Path) -> None:
    folder = str(photo_folder({"cats": 12, "dogs": 12}))
    sources = [one.strip() for one in CELLS.format(folder=folder, tmp=str(tmp_path)).split("---\n")]
    outputs = _executed(sources)

    def value(cell: str) -> Any:
        """Return the value of the first cell that begins with a text."""
        found = next(out for source, out in zip(sources, outputs, strict=True) if source.startswith(cell))
        (shown,) = [out for out in found if out.output_type == "execute_result"]
        return shown.data

    def images(place: int) -> int:
        return sum("image/png" in (out.get("data") or {}) for out in outputs[place])

    # Nothing is on stderr: no log lines of TensorFlow, no warning of Keras, no message of ours on red.
    assert [out for cell in outputs for out in cell if out.get("name") == "stderr"] == []
    assert "\r" not in "".join(out.text for cell in outputs for out in cell if out.output_type == "stream")
    # Errors are the message and the user's line.
    errors = [out for cell in outputs for out in cell if out.output_type == "error"]
    assert [error.ename for error in errors] == ["MissingPathError", "Interrupted"]
    assert len(errors[0].traceback) == 2
    assert "no such folder of photos. Received: 'nowhere'" in errors[0].traceback[0]
    assert errors[0].traceback[1] == '  line 2: return pipeline.from_directory("nowhere")'
    # Values are short, with a card beside.
    card = outputs[2][0].data
    assert card["text/plain"].startswith("ImageData(18 training + 6 validation photos of 2 classes")
    assert card["text/html"].count("<img") == 6
    assert value("import keras")["text/plain"] == "Augment(rotation_range=30.0)"
    # Each batch is shown once: as a value or not, with `%matplotlib inline` or without; not if it went to a file.
    assert [images(place) for place in range(3, 9)] == [1, 1, 1, 0, 1, 1]
    assert (tmp_path / "batch.png").is_file()
    # The functions' answers.
    assert value("run")["text/plain"].startswith("<Training in 'first': 2 epochs")
    predictions = value("pipeline.commands.predict")
    assert predictions["text/plain"] == "<Predictions: 24 inputs, 0 failed>"
    assert predictions["text/html"].count("<tr>") == 20
    assert "text/html" in value("pipeline.commands.evaluate")
    # The stop button saves, says how to go on, and leaves the kernel as it was.
    assert "Go on with pipeline.commands.train(resume='second')" in errors[1].traceback[0]
    assert value("import signal")["text/plain"] == "True"
    assert "not finished" in value("pipeline.commands.Training")["text/plain"]


@pytest.mark.slow
def test_where_the_user_imported_tensorflow_no_line_is_added(photo_folder: PhotoFolder) -> None:
    """Show no noise even with TensorFlow's most verbose log, since devices and XLA start within our call."""
    code = (
        "import sys, tensorflow\nprint('ours', file=sys.stderr, flush=True)\nimport pipeline\n"
        "pipeline.from_directory(sys.argv[1], image_size=8, augment=pipeline.Augment(rotation_range=9))\n"
    )
    folder = str(photo_folder({"a": 2, "b": 2}))
    environment = {"PATH": "", "TF_CPP_MIN_LOG_LEVEL": "0"}
    done = subprocess.run(
        [sys.executable, "-c", code, folder], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.rpartition("ours\n")[2] == ""


def test_tests_are_no_notebook() -> None:
    assert not in_notebook()


def lines_of(error: BaseException) -> list[str]:
    found: list[str] = error._render_traceback_()  # type: ignore[attr-defined]
    return [re.sub(r"\x1b\[[\d;]*m", "", line) for line in found]


def test_an_error_s_lines_are_its_message_and_the_user_s_line() -> None:
    with pytest.raises(MissingPathError) as caught:
        from_directory("nowhere")
    message, place = lines_of(caught.value)
    assert message == f"MissingPathError: {caught.value}"
    assert re.fullmatch(r'  test_notebook\.py, line \d+: from_directory\("nowhere"\)', place)


def test_an_error_of_several_lines_is_one() -> None:
    assert lines_of(InputError("a\n  b")) == ["InputError: a b"]
    assert lines_of(Interrupted("saved")) == ["Interrupted: saved"]
