"""Tests of the inputs that arguments name, in order and without omissions."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.inference.inputs import Input, Inputs, _Lines
from tests.support.places import ROOT


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, with empty files named like images in `new`."""
    monkeypatch.chdir(tmp_path)
    for name in ("new/b.JPG", "new/a.png", "new/a/2.jpg", "new/a/1.jpg", "new/notes.txt", "new/.hidden.jpg"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    (tmp_path / "empty").mkdir()
    return tmp_path


def listed(*arguments: str) -> list[tuple[str, str | None]]:
    return [tuple(one) for one in Inputs(arguments) if one is not None]  # type: ignore[misc]


def paths(*arguments: str) -> list[str]:
    found = listed(*arguments)
    assert [error for _, error in found] == [None] * len(found)
    return [path for path, _ in found]


def test_a_folder_is_its_pictures_sorted_and_what_is_passed_over_is_counted(folder: Path) -> None:
    inputs = Inputs(["new"])
    assert [one.path for one in inputs if one] == ["new/a.png", "new/b.JPG", "new/a/1.jpg", "new/a/2.jpg"]
    notes = "\n".join(inputs.passed.notes())
    assert "1 hidden file or folder (the first: new/.hidden.jpg)" in notes
    assert "(the first: new/notes.txt)" in notes


def test_a_folder_is_listed_as_training_lists_it(folder: Path) -> None:
    from pipeline.sources.directory import scan_directory

    (folder / "new" / "c").mkdir()
    (folder / "new" / "c" / "z.jpg").write_bytes(b"")
    scanned = scan_directory("new").paths
    assert [path for path in paths("new") if path.count("/") > 1] == list(scanned)


def test_files_come_in_the_order_asked_whatever_their_name(folder: Path) -> None:
    assert paths("new/notes.txt", "new/b.JPG", "new/a", "new/b.JPG") == [
        "new/notes.txt",
        "new/b.JPG",
        "new/a/1.jpg",
        "new/a/2.jpg",
        "new/b.JPG",
    ]


def test_patterns_that_the_shell_left_are_expanded_sorted(folder: Path) -> None:
    assert paths("new/a/*.jpg") == ["new/a/1.jpg", "new/a/2.jpg"]
    assert paths("new/**") == ["new/a.png", "new/a/1.jpg", "new/a/2.jpg", "new/b.JPG"]
    assert paths("new/**/*.jpg") == ["new/a/1.jpg", "new/a/2.jpg"]
    assert paths("n*") == ["new/a.png", "new/b.JPG", "new/a/1.jpg", "new/a/2.jpg"]


def test_a_file_with_a_pattern_s_characters_is_that_file(folder: Path) -> None:
    (folder / "new" / "[1].jpg").write_bytes(b"")
    (folder / "new" / "1.jpg").write_bytes(b"")
    assert paths("new/[1].jpg") == ["new/[1].jpg"]


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("gone.jpg", "no such file or folder"),
        ("new/a.png/x.jpg", "no such file or folder"),
        ("", "no such file or folder"),
        ("empty", "the folder holds no image (looked for jpg "),
        ("new/*.gif", "no image matches it as a pattern"),
        ("new/*.txt", "no image matches it as a pattern"),
        ("a\0b", "a path cannot hold a null character"),
    ],
)
def test_what_leads_to_no_picture_is_named(folder: Path, argument: str, words: str) -> None:
    (path, error), *rest = listed("new/a.png", argument, "new/b.JPG")[1:-1]
    assert (path, rest) == (argument, [])
    assert error is not None
    assert words in error


def test_pipes_are_not_opened(folder: Path) -> None:
    os.mkfifo(folder / "pipe.jpg")
    assert listed("pipe.jpg") == [("pipe.jpg", "it is neither a file nor a folder")]
    assert listed("new", "empty")[:1] == [("new/a.png", None)]


def test_a_folder_below_that_cannot_be_opened_has_a_row(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check a folder without permissions. For root, which may read it, the folder is deleted instead."""
    real = os.scandir

    def scandir(path: str) -> object:
        if path == "new/a":
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert listed("new")[2:] == [("new/a", "the folder cannot be opened: Permission denied")]


def test_linked_folders_are_entered_where_training_finds_classes_and_no_deeper(folder: Path) -> None:
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere" / "e.jpg").write_bytes(b"")
    (folder / "new" / "a" / "deeper").symlink_to(folder / "elsewhere")
    (folder / "new" / "class").symlink_to(folder / "elsewhere")
    (folder / "new" / "copy").symlink_to(folder / "elsewhere")
    (folder / "new" / "loop").symlink_to(folder / "new")
    inputs = Inputs(["new"])
    assert [one.path for one in inputs if one][2:] == ["new/a/1.jpg", "new/a/2.jpg", "new/class/e.jpg"]
    notes = "\n".join(inputs.passed.notes())
    assert "1 linked folder further down" in notes
    assert "1 linked folder whose photos are read already (the first: new/copy)" in notes
    assert "1 link that leads back to a folder above it (the first: new/loop)" in notes
    assert len([one for one in Inputs(["new"], None, True) if one]) == 5


def test_thumbnails_of_a_disk_station_are_no_inputs_unless_they_are_named(folder: Path) -> None:
    thumbnail = folder / "new" / "a" / "@eaDir" / "1.jpg" / "SYNOPHOTO_THUMB_M.jpg"
    thumbnail.parent.mkdir(parents=True)
    thumbnail.write_bytes(b"")
    for asked in (["new"], ["new/**/*.jpg"]):
        inputs = Inputs(asked)
        assert not [one for one in inputs if one and "@eaDir" in one.path]
        assert "1 folder that a disk station or an operating system made" in "\n".join(inputs.passed.notes())
    assert paths(str(thumbnail)) == [str(thumbnail)]
    assert paths("new/a/@eaDir/**/*.jpg") == ["new/a/@eaDir/1.jpg/SYNOPHOTO_THUMB_M.jpg"]


def test_the_total_is_known_but_for_stdin(folder: Path) -> None:
    assert Inputs(["new", "gone"]).total() == 5
    assert Inputs(["new", "-"]).total() is None


def test_stdin_is_named_once() -> None:
    with pytest.raises(InputError, match=r"- \(paths on stdin\) may be named once\. Received: 2 times"):
        Inputs(["-", "-"])


# ---- stdin


def test_a_closed_stdin_is_refused() -> None:
    script = "from pipeline.inference.inputs import Inputs; Inputs(['-'])"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, preexec_fn=lambda: os.close(0), capture_output=True, text=True
    )
    assert "InputError: - reads paths from stdin, which is closed" in done.stderr


def test_lines_stand_for_files_and_folders_and_no_patterns(folder: Path) -> None:
    (folder / "new" / os.fsdecode(b"\xff.jpg")).write_bytes(b"")
    inputs = Inputs([])
    lines = [b"new/a", b"", b"new/a.png\r", b"new/*.jpg", b"new/\xff.jpg", b"x\0y"]
    found = [one for line in lines for one in inputs._inputs_of_line(line)]
    assert found == [
        Input("new/a/1.jpg"),
        Input("new/a/2.jpg"),
        Input("new/a.png"),
        Input("new/*.jpg", "no such file or folder"),
        Input("new/\udcff.jpg"),
        Input("x\0y", "no such file: a path cannot hold a null character"),
    ]


def test_lines_are_given_before_the_end_and_pauses_are_said() -> None:
    read, write = os.pipe()
    lines = iter(_Lines(read, idle=0.01))
    os.write(write, b"one\ntw")
    assert next(lines) == b"one"
    assert next(lines) is None
    os.write(write, b"o\nthree")
    assert next(lines) == b"two"
    os.close(write)
    assert [line for line in lines if line is not None] == [b"three"]


def test_a_reader_that_waits_can_be_stopped() -> None:
    read, _write = os.pipe()
    lines = _Lines(read, idle=None)
    found: list[bytes | None] = []
    thread = threading.Thread(target=lambda: found.extend(lines))
    thread.start()
    lines.stop()
    thread.join()
    assert found == []
