"""Messages and bars go to stderr; bars are shown to people only, and nothing goes to stdout."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest

from pipeline.runtime.progress import _span, progress, say
from tests.support.places import ROOT

BAR = """
from pipeline.runtime.progress import progress
with progress("Reading photos", 300) as advance:
    for _ in range(3):
        advance(100)
print("done")
"""


def test_a_message_is_one_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    say("고양이 40 %")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "고양이 40 %\n")


def test_a_message_may_name_a_file_that_is_no_utf_8() -> None:
    code = "import os; from pipeline.runtime.progress import say; say(os.fsdecode(b'\\xff.jpg'))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"")
    assert b".jpg" in done.stderr


def test_without_a_terminal_there_is_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("Reading photos", 3) as advance:
        advance(3)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_without_a_terminal_a_long_work_says_now_and_then_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("Reading photos", 3000, every=0) as advance:
        advance(1500)
        advance(1500)
    first, last = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"Reading photos: 1,500 of 3,000, [\d,]+/s, 0 s left", first)
    assert last.startswith("Reading photos: 3,000 of 3,000, ")


def test_a_work_of_unknown_length_says_how_much_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("Predicting", None, every=0) as advance:
        advance(1500)
    assert re.fullmatch(r"Predicting: 1,500, [\d,]+/s\n", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (99, "99 s"), (100, "2 min"), (5999, "100 min"), (9000, "2.5 h")]
)
def test_the_time_left_in_words(seconds: float, words: str) -> None:
    assert _span(seconds) == words


def test_on_a_terminal_there_is_a_bar_and_stdout_is_left_alone() -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(
        [sys.executable, "-c", BAR], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=theirs
    ) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                shown += os.read(ours, 4096)
            except OSError:  # the last writer has closed its end
                break
        assert process.stdout is not None
        assert process.stdout.read() == b"done\n"
    os.close(ours)
    assert process.returncode == 0
    assert b"Reading photos" in shown
    assert b"300/300" in shown


def test_an_error_inside_ends_the_bar_and_goes_on() -> None:
    with pytest.raises(KeyError), progress("Reading photos", 3):
        raise KeyError
