"""Answers reach every kind of stdout: a file, a notebook's text stream, none at all."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pipeline.console.arguments import run_command
from pipeline.console.streams import print_json, print_text
from pipeline.errors import InputError
from pipeline.runtime.interrupt import Interrupts, interruptible
from pipeline.runtime.progress import is_terminal, progress, say
from pipeline.runtime.startup import import_tensorflow

NAME = "강아지 \udcff"


class TextOnly:
    """A stream like ipykernel's `OutStream`: it takes text, has no `buffer`, and is not a terminal."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        text.encode()  # a notebook sends UTF-8
        self.text += text
        return len(text)

    def flush(self) -> None:
        """Do nothing, since nothing is buffered."""


def test_a_stream_of_text_alone_gets_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = TextOnly()
    monkeypatch.setattr(sys, "stdout", stream)
    print_text(f"{NAME}\n")
    print_json({"name": "둘"})
    assert stream.text == '강아지 \\udcff\n{"name": "둘"}\n'


def test_so_does_a_string(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    print_json({"name": "둘"})
    assert json.loads(stream.getvalue()) == {"name": "둘"}


def test_no_stdout_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(InputError, match="stdout is closed"):
        print_text("x")


@pytest.mark.parametrize("code", [0, 2])
def test_a_command_runs_with_streams_of_text_alone(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    out, messages = TextOnly(), TextOnly()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", messages)

    def work(_: Interrupts) -> int:
        with progress("Reading", 2, every=0) as advance:
            advance(2)
        print_json({"done": 2})
        if code:
            raise InputError("bad input")
        return 0

    with pytest.raises(SystemExit) as left:
        run_command(lambda: interruptible(work, "interrupted"))
    assert left.value.code == code
    assert out.text == '{"done": 2}\n'
    assert messages.text.count("error: bad input\n") == bool(code)
    assert "Reading: 2 of 2" in messages.text


def test_without_stderr_messages_go_nowhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    say("a message")
    with progress("Reading", 1, every=0) as advance:
        advance(1)
    import_tensorflow()
    assert capsys.readouterr().out == ""


def test_no_terminal() -> None:
    closed = io.StringIO()
    closed.close()
    assert not any(map(is_terminal, (None, TextOnly(), io.StringIO(), closed)))


def test_a_command_runs_in_another_thread_than_the_main_one() -> None:
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(interruptible(lambda _: 7, "interrupted")))
    thread.start()
    thread.join()
    assert codes == [7]


NOTEBOOK = """
import io, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
with open("a.py", "w") as file:
    file.write("from keras.preprocessing.image import ImageDataGenerator\\n")
class TextOnly(io.TextIOBase):
    text = ""
    def write(self, text):
        TextOnly.text += text
        return len(text)
before, sys.stdout = sys.stdout, TextOnly()
shell.run_line_magic("run", "-m pipeline.migrate a.py")
shell.run_line_magic("run", "-m pipeline.migrate gone.py")
sys.stdout = before
print(TextOnly.text)
"""


def test_ipython_runs_a_command(tmp_path: Path) -> None:
    pytest.importorskip("IPython")
    done = subprocess.run([sys.executable, "-c", NOTEBOOK], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "+from pipeline import ImageDataGenerator" in done.stdout
    assert "exit code 2" in done.stderr
    assert "SystemExit" not in done.stdout + done.stderr
