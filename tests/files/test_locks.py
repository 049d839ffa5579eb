"""One process at a time holds a lock."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.files.locks import is_file_at, locked, try_lock, wait_for_lock
from tests.support.places import ROOT

OTHER = """
import sys
from pathlib import Path
from pipeline.files.locks import locked
with locked(Path(sys.argv[1]), "reading"):
    print("held")
"""


def other_process(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", OTHER, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_another_process_is_refused_while_the_lock_is_held_and_served_after_that(tmp_path: Path) -> None:
    with locked(tmp_path, "writing"):
        refused = other_process(tmp_path)
    assert "InputError: another process is reading" in refused.stderr
    assert refused.stdout == ""
    assert other_process(tmp_path).stdout == "held\n"


def test_an_error_inside_releases_the_lock(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locked(tmp_path, "writing"):
        raise ZeroDivisionError
    with (
        locked(tmp_path, "writing"),
        pytest.raises(InputError, match="is training in"),
        locked(tmp_path, "training in"),
    ):
        pytest.fail("two hold one lock")


def test_an_open_file_is_locked_against_another_opening_of_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("ab") as one, path.open("ab") as two:
        assert try_lock(one.fileno())
        assert not try_lock(two.fileno())
        one.close()
        wait_for_lock(two.fileno())
        assert is_file_at(two.fileno(), path)
        os.replace(path, tmp_path / "moved")
        assert not is_file_at(two.fileno(), path)
        path.touch()
        assert not is_file_at(two.fileno(), path)
