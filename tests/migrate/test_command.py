"""The command: what goes to stdout, what to stderr, what is written, and its exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import InputError, MissingPathError
from pipeline.migrate.command import main
from tests.support.migrated import CATS, notebook
from tests.support.places import ROOT

Captured = pytest.CaptureFixture[str]


def process(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pipeline.migrate", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def cats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the notebook's script, which is the current one."""
    (tmp_path / "train.py").write_text(CATS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_process_shows_writes_and_then_has_nothing_to_do(cats: Path) -> None:
    done = process("train.py", "--write", cwd=cats)
    assert (done.returncode, done.stderr) == (0, "train.py: the file was changed as shown\n")
    assert done.stdout.startswith("--- train.py\n+++ train.py\n@@ ")
    assert (
        "\n\n# train.py: the same data with pipeline.from_directory, to copy by hand\nimport pipeline\n" in done.stdout
    )
    assert (cats / "train.py").read_text() == CATS.replace("tensorflow.keras.preprocessing.image", "pipeline")
    again = process("train.py", "--write", cwd=cats)
    assert (again.returncode, again.stderr) == (0, "train.py: nothing to change\n")
    assert again.stdout == done.stdout[done.stdout.index("# train.py:") :]


def test_wrong_use_is_one_line_and_2(tmp_path: Path) -> None:
    done = process("no-such.py", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: FILE must name a script or a notebook; there is no 'no-such.py'\n"


def test_help_and_work_load_nothing_heavy(cats: Path) -> None:
    code = (
        "import sys; from pipeline.migrate.command import main; main(['train.py'])\n"
        "print([name for name in ('tensorflow', 'keras', 'numpy', 'pandas') if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=cats, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_without_write_nothing_is_touched(cats: Path, capsys: Captured) -> None:
    before = os.stat("train.py")
    assert main(["train.py"]) == 0
    assert os.stat("train.py") == before
    assert capsys.readouterr().err == "train.py: nothing was written; --write changes the file as shown\n"


def test_lines_that_cannot_be_read_are_named_and_the_rest_is_done(cats: Path, capsys: Captured) -> None:
    Path("train.py").write_text(CATS + "exec(code)\nmodel.fit_generator(train_generator)\n")
    assert main(["train.py", "--write"]) == 1
    error = capsys.readouterr().err.splitlines()
    assert error[0].startswith("train.py:12: exec() runs code")
    assert error[1].startswith("train.py:13: fit_generator is gone from Keras 3: it becomes fit")
    assert error[2:] == [
        "train.py: lines that could not be read or changed: 1; look at them yourself",
        "train.py: the file was changed as shown",
    ]
    assert "from pipeline import" in Path("train.py").read_text()


def test_python_2_is_named_and_left_alone(cats: Path, capsys: Captured) -> None:
    Path("train.py").write_text(CATS + "print 'done'\n")
    assert main(["train.py", "--write"]) == 1
    captured = capsys.readouterr()
    assert (captured.out, Path("train.py").read_text()) == ("", CATS + "print 'done'\n")
    assert captured.err.startswith("train.py:12: the file could not be read because of this line")
    assert captured.err.endswith("train.py: nothing that could be changed\n")


def test_a_notebook(cats: Path, capsys: Captured) -> None:
    raw = notebook("!pip install x\n%matplotlib inline", CATS, "print 'old'")
    Path("x.ipynb").write_text(raw)
    assert main(["x.ipynb", "--write"]) == 1
    captured = capsys.readouterr()
    assert captured.out.startswith("--- x.ipynb (code cell 2)\n")
    assert "\n# code cell 2, line 10: steps_per_epoch=100 is left out" in captured.out
    assert "x.ipynb: code cell 3, line 1: the cell could not be read" in captured.err
    after = Path("x.ipynb").read_text()
    assert after == raw.replace("from tensorflow.keras.preprocessing.image import Image", "from pipeline import Image")


def test_nothing_to_do_is_said(cats: Path, capsys: Captured) -> None:
    Path("other.py").write_text("import os\n")
    assert main(["other.py", "--write"]) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "other.py: nothing to change\n")


def test_of_several_files_all_are_read_before_one_is_written(cats: Path) -> None:
    with pytest.raises(MissingPathError):
        main(["train.py", "no-such.py", "--write"])
    assert Path("train.py").read_text() == CATS
    Path("b.py").write_text(CATS)
    assert main(["train.py", "b.py", "train.py", "--write"]) == 0
    assert Path("b.py").read_text() == Path("train.py").read_text() != CATS


def test_a_link_is_followed_and_said(cats: Path, capsys: Captured) -> None:
    Path("link.py").symlink_to("train.py")
    assert main(["link.py", "--write"]) == 0
    assert f"(the file {cats.resolve() / 'train.py'}, to which it links)" in capsys.readouterr().err
    assert "from pipeline import" in Path("train.py").read_text()


def test_a_shadow_is_named(cats: Path, capsys: Captured) -> None:
    Path("pipeline.py").write_text("import os\n")
    assert main(["train.py"]) == 0
    assert "train.py: import pipeline means your own pipeline.py there" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["--write"], ["x.py", "--wirte"], ["."], ["x.txt"], ["zero.py"]])
def test_wrong_use_is_refused(cats: Path, arguments: list[str]) -> None:
    Path("x.txt").touch()
    Path("zero.py").write_bytes(b"\0")
    with pytest.raises(InputError):
        main(arguments)


def test_help(capsys: Captured) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    assert "--write     change the files (the first part only)" in capsys.readouterr().out


def test_a_terminal_that_knows_no_korean_gets_utf_8(cats: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    Path("train.py").write_text("from keras.preprocessing.image import load_img  # 고양이\n", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "pipeline.migrate", "train.py"]
    assert "고양이".encode() in subprocess.run(command, env=environment, capture_output=True, check=True).stdout
