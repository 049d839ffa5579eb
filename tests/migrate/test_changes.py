"""All changes of a document together: what is not edited stays, and the diff is one that `patch` can apply."""

from __future__ import annotations

import ast
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.migrate.changes import diff, find_changes
from pipeline.migrate.scopes import Scopes
from pipeline.migrate.source_file import Document, read_document
from pipeline.migrate.text import Edit
from tests.support.migrated import changes_of, notebook, script

PIECES = [
    "from tensorflow.keras.preprocessing.image import ImageDataGenerator, load_img as li  # 둘",
    "from keras.preprocessing.image import (\n    load_img,  # é\n    stays, flip_axis\n)",
    "from tensorflow.keras.preprocessing import image, sequence",
    "import tensorflow as tf",
    "import keras.preprocessing.image as k, os; x = 1",
    "import keras.preprocessing.image",
    "keras.preprocessing.image.load_img('고양이')",
    "class A:\n    '''é'''\n    def f(self):\n        return tf.keras.preprocessing.image.ImageDataGenerator()",
    "try:\n    from tensorflow import keras\nexcept ImportError:\n    import keras",
    "keras.utils.image_dataset_from_directory(\n    'x',  # 사진\n)",
    "from sklearn import pipeline",
    "h = m.fit_generator(generator=g, workers=2,  # 셋\n    epochs=(3))\nm.fit(zip(a, b), steps_per_epoch=n / 2)",
    "p = m.predict_generator(tf.keras.preprocessing.image.ImageDataGenerator().flow(é), 3, max_queue_size=(1,\n 2))",
    "def f():\n\timport tensorflow as tf\n\ttf.keras.preprocessing.image.img_to_array(tf)",
    "s = '''\nfrom keras.preprocessing.image import load_img\n'''",
    "",
]
CODE = st.lists(st.sampled_from(PIECES), max_size=7)


def changed(document: Document) -> tuple[list[Edit], bytes]:
    edits = find_changes(document, Scopes(document.tree)).edits
    return edits, document.rewritten(edits)


@settings(deadline=None)
@given(CODE, st.sampled_from(["\n", "\r\n"]), st.sampled_from(["utf-8", "utf-8-sig"]))
def test_a_script_keeps_every_byte_outside_its_edits(pieces: list[str], newline: str, encoding: str) -> None:
    data = "\n".join(pieces).replace("\n", newline).encode(encoding)
    edits, after = changed(read_document("x.py", data))
    ast.parse(after)
    before, rest = data.decode(encoding), after.decode(encoding)
    at = 0
    for edit in edits:
        kept = before[at : edit.start] + edit.new
        assert rest.startswith(kept)
        rest, at = rest[len(kept) :], edit.end
    assert rest == before[at:]
    assert after.count(b"\n") - after.count(b"\r\n") == (0 if b"\r" in data else after.count(b"\n"))
    assert changed(read_document("x.py", after)) == ([], after)


@settings(deadline=None)
@given(st.lists(CODE, max_size=3), st.sampled_from([None, 1]))
def test_a_notebook_changes_as_its_code_would(cells: list[list[str]], indent: int | None) -> None:
    raw = notebook(*("\n".join(pieces) for pieces in cells), indent=indent)
    document = read_document("x.ipynb", raw.encode())
    edits, after = changed(document)
    again = read_document("x.ipynb", after)
    assert [part.source for part in again.parts] == [text for _, text in document.changed(edits)]
    assert changed(again) == ([], after)
    outside = [line for line in after.decode().splitlines() if "outputs" in line or "text" in line]
    assert outside == [line for line in raw.splitlines() if "outputs" in line or "text" in line] or indent is None


@pytest.mark.skipif(shutil.which("patch") is None, reason="the program patch is not here")
@pytest.mark.parametrize("end", ["", "\n"])
def test_patch_can_apply_the_diff(tmp_path: Path, end: str) -> None:
    source = "\n".join(PIECES[:-1]) + "\n" + PIECES[0] + end
    changes = changes_of(source)
    (tmp_path / "train.py").write_text(source)
    shown = diff(script(source), changes)
    subprocess.run(["patch", "-p0", "--quiet"], input=shown.encode(), cwd=tmp_path, check=True)
    assert (tmp_path / "train.py").read_bytes() == script(source).rewritten(changes.edits)


def test_a_notebook_has_a_diff_a_cell() -> None:
    document = read_document("x.ipynb", notebook("x = 1", "import keras.preprocessing.image as k\nk").encode())
    shown = diff(document, find_changes(document, Scopes(document.tree)))
    assert shown.splitlines() == [
        "--- x.ipynb (code cell 2)",
        "+++ x.ipynb (code cell 2)",
        "@@ -1,2 +1,2 @@",
        "-import keras.preprocessing.image as k",
        "+import pipeline.legacy as k",
        " k",
        "\\ No newline at end of file",
    ]


def test_a_cell_that_begins_indented_changes_where_it_stands() -> None:
    cell = "    from keras.preprocessing.image import ImageDataGenerator, x\n    if a:\n        m.fit_generator(g, 3)\n"
    document = read_document("x.ipynb", notebook("import keras", cell).encode())
    changes = find_changes(document, Scopes(document.tree))
    (_, (_, after)) = document.changed(changes.edits)
    assert after == (
        "    from keras.preprocessing.image import x\n    from pipeline import ImageDataGenerator\n"
        "    if a:\n        m.fit(g, steps_per_epoch=3)\n"
    )
    assert "\\f" not in document.rewritten(changes.edits).decode()


def test_notes_come_by_line_and_once() -> None:
    notes = changes_of("exec(a)\nfrom keras.preprocessing.image import *\nexec(b)\n").notes
    assert [note.line for note in notes] == [1, 2, 3]


def test_without_keras_there_is_nothing() -> None:
    changes = changes_of("import numpy as np\nnp.load('x')\n")
    assert (changes.edits, changes.notes, diff(script("x"), changes)) == ([], [], "")
