"""Tests of the command that fills the disk cache: its effect on training, its output, its exit codes."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from pipeline import from_directory
from pipeline.cache import fill, sets
from pipeline.console.arguments import run_command
from pipeline.prepare.command import main
from pipeline.runtime.interrupt import Interrupts
from tests.support.places import ROOT

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder

CATS_DOGS = ROOT / "configs" / "cats_dogs.yaml"
ROW = 24 * 24 * 3 + 56


@pytest.fixture(scope="module")
def training(photo_folder: PhotoFolder) -> Path:
    return photo_folder({"고양이": 7, "개": 6})


@pytest.fixture(scope="module")
def validation(photo_folder: PhotoFolder) -> Path:
    return photo_folder({"고양이": 2, "개": 3}, seed=50)


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def start(folder: Path, *argv: str | Path, err: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "pipeline.prepare", *map(str, argv)]
    return subprocess.Popen(command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=err)


Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Return a function that runs the command in a new folder and returns (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def run(*argv: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["prepare", *map(str, argv)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            run_command(main)
        return (int(left.value.code or 0), *capfd.readouterr())

    return run


def record(result: tuple[int, str, str], code: int = 0) -> dict[str, Any]:
    """Check the exit code and that stdout is one line of JSON, and return its content."""
    assert result[0] == code, result[2]
    (line,) = result[1].splitlines()
    content: dict[str, Any] = json.loads(line)
    return content


SMALL = ("--image.size", "24")


# ---- filling


def test_training_finds_every_photo(command: Command, training: Path, validation: Path) -> None:
    result = command("cache", "--from", training, "--data.validation", validation, "--to", "kept", *SMALL)
    said = record(result)
    seconds, rate = said.pop("seconds"), said.pop("images_per_second")
    assert seconds > 0
    assert rate == pytest.approx(18 / seconds, rel=0.5)
    assert said == {
        "finished": True, "photos": 18, "kept_before": 0, "decoded": 18, "not_kept": 0, "unreadable": [],
        "bytes": 18 * ROW, "folder": "kept",
    }  # fmt: skip
    assert "0 photos were there, 18 decoded now; " in result[2]
    assert "training reads it with --loader.cache disk" in result[2]
    data = from_directory(training, validation, image_size=24, cache="disk", cache_folder="kept")
    assert data.cache.endswith("; 18 photos were there, 0 decoded now")


def test_the_second_time_it_decodes_what_is_new_and_mends_what_is_damaged(
    command: Command, training: Path, tmp_path: Path
) -> None:
    photos = shutil.copytree(training, tmp_path / "photos")
    arguments = ("cache", "--from=photos", "--to=kept", *SMALL)
    assert record(command(*arguments))["decoded"] == 13
    (pixels,) = (tmp_path / "kept").glob("*/pixels")
    data = pixels.read_bytes()
    pixels.write_bytes(data[:100] + b"\0\1\2\3" + data[104:])
    os.utime(photos / "개" / "0002.jpg")
    said = record(command(*arguments, "--loader.cache", "disk"))
    assert (said["photos"], said["kept_before"], said["decoded"]) == (13, 11, 2)
    assert pixels.read_bytes()[: len(data)] == data


def test_a_configuration_and_a_split_name_the_photos_that_training_reads(
    command: Command, training: Path, validation: Path
) -> None:
    """Check the arguments that training takes."""
    folders = ("--data.train", training, "--data.validation", validation)
    said = record(command("cache", "--config", CATS_DOGS, *folders, "--loader.cache_folder", "kept"))
    assert (said["photos"], said["bytes"]) == (18, 18 * (150 * 150 * 3 + 56))
    code, _, err = command(
        "cache", "--config", CATS_DOGS, "--from", training, "--data.validation", "null", "--to", "kept"
    )
    assert code == 0
    assert "13 photos were there, 0 decoded now" in err
    assert "kept for it" not in err  # the choice of validation photos concerns training only


def test_unreadable_photos_are_named_and_the_rest_kept(command: Command, training: Path, tmp_path: Path) -> None:
    photos = shutil.copytree(training, tmp_path / "photos")
    bad = os.path.join(os.fsencode(photos / "개"), b"\xff.jpg")
    Path(os.fsdecode(bad)).write_bytes(b"text")
    result = command("cache", "--from", photos, "--to", "kept", *SMALL, "--data.on_error", "skip")
    said = record(result, 1)
    assert [os.fsencode(one["path"]) for one in said["unreadable"]] == [bad]
    assert "its content is not that of a picture" in said["unreadable"][0]["reason"]
    assert (said["photos"], said["decoded"], said["not_kept"]) == (14, 13, 0)
    assert "cannot be read: " in result[2]


def test_a_limit_is_kept_to_and_what_finds_no_room_is_counted(command: Command, training: Path) -> None:
    result = command("cache", "--from", training, "--to", "kept", "--limit", f"{5 * ROW / 1e9}", *SMALL)
    said = record(result)
    assert (said["decoded"], said["not_kept"], said["bytes"]) == (13, 8, 5 * ROW)
    assert result[2].count("limit of") == 1


def test_without_a_folder_it_is_the_users_cache_folder(command: Command, training: Path) -> None:
    said = record(command("cache", "--from", training, *SMALL))
    assert said["folder"] == os.path.join(os.environ["XDG_CACHE_HOME"], "tf-image-pipeline", "pictures")
    assert from_directory(training, image_size=24, cache="disk").cache.endswith("; 13 photos were there, 0 decoded now")


def test_a_disk_without_room_is_a_failure(command: Command, training: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sets, "SPARE_SHARE", 1)
    monkeypatch.setattr(sets, "SPARE_BYTES", 1 << 80)
    result = command("cache", "--from", training, "--to", "kept", *SMALL)
    assert record(result, 1)["not_kept"] == 13
    assert result[2].count("warning: disk cache kept/") == 1


# ---- clearing


def test_clear_deletes_the_sets_and_says_how_much_that_was(command: Command, training: Path, tmp_path: Path) -> None:
    for size in ("24", "16"):
        record(command("cache", "--from", training, "--to", "kept", "--image.size", size))
    (tmp_path / "kept" / "mine.txt").write_text("mine")
    expected = 13 * (ROW + 16 * 16 * 3 + 56)
    result = command("cache", "--clear", "--to", "kept")
    assert record(result) == {"folder": "kept", "sets": 2, "bytes": expected}
    assert "cleared kept: 2 sets, 0 MB" in result[2]
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["mine.txt"]
    assert record(command("cache", "--clear", "--to", "kept"))["bytes"] == 0


# ---- in a process of its own


@pytest.mark.slow
def test_on_a_terminal_there_is_a_bar_and_stdout_holds_json_alone(training: Path, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = start(tmp_path, "cache", "--from", training, "--to", "kept", *SMALL, err=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            shown += os.read(ours, 4096)
        except OSError:  # raised when the last writer has closed its end
            break
    os.close(ours)
    out, _ = process.communicate()
    assert (process.returncode, json.loads(out)["decoded"]) == (0, 13)
    for words in (b"Reading photos", b"13/13", b"/s"):
        assert words in shown


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), pytest.param(signal.SIGINT, 130, marks=pytest.mark.slow)]
)
def test_a_signal_ends_it_and_what_was_decoded_is_kept(tmp_path: Path, number: int, code: int) -> None:
    """Send a signal after the first batch of many large photos."""
    for name in ("cats", "dogs"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        Image.effect_noise((800, 800), 60).save(tmp_path / "photos" / name / "0000.jpg")
        for k in range(1, 200):
            os.link(tmp_path / "photos" / name / "0000.jpg", tmp_path / "photos" / name / f"{k:04d}.jpg")
    arguments = ("cache", "--from", "photos", "--to", "kept", *SMALL)
    process = start(tmp_path, *arguments, "--image.decode", "exact")
    while not [one for one in (tmp_path / "kept").glob("*/index") if one.stat().st_size]:
        assert process.poll() is None
    process.send_signal(number)
    out, err = process.communicate()
    assert process.returncode == code, err
    assert b"Traceback" not in err
    said = json.loads(out)
    assert said["finished"] is False
    assert 64 <= said["decoded"] < 400
    assert said["bytes"] // ROW == 400 - said["not_kept"] >= 64
    assert b"the same command goes on from there" in err


def test_a_signal_whose_exception_is_lost_ends_it_all_the_same(
    command: Command, photo_folder: PhotoFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lose the exception as TensorFlow does when it calls Python code."""
    photos = photo_folder({"a": 150, "b": 150})
    add = fill._Filling._add

    def signalled(filling: Any, *arguments: Any) -> None:
        add(filling, *arguments)
        os.kill(os.getpid(), signal.SIGTERM)

    def lost(interrupts: Interrupts, number: int, _frame: Any) -> None:
        interrupts.received = number

    monkeypatch.setattr(fill._Filling, "_add", signalled)
    monkeypatch.setattr(Interrupts, "_receive", lost)
    said = record(command("cache", "--from", photos, "--to", "kept", *SMALL), 143)
    assert said["finished"] is False
    assert 0 < said["decoded"] < 300
    assert said["decoded"] == 300 - said["not_kept"]


@pytest.mark.slow
@pytest.mark.parametrize("place", range(3))
def test_a_signal_before_a_photo_is_read_is_no_traceback(training: Path, tmp_path: Path, place: int) -> None:
    """Send a signal while TensorFlow is imported, in C code that calls Python and discards its exceptions."""
    process = start(tmp_path, "cache", "--from", training, "--to", "kept", *SMALL)
    heavy = (b"_pywrap_tensorflow_internal", b"libtensorflow_framework", b"multiarray")[place]
    while heavy not in Path(f"/proc/{process.pid}/maps").read_bytes():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130, err
    assert b"Traceback" not in err
    assert b"interrupted" in err


def test_help_needs_nothing_heavy(tmp_path: Path) -> None:
    for argv in (["cache", "--help"], ["--help"], ["cache", "--clear", "--to", "."]):
        arguments = [sys.executable, "-X", "importtime", "-m", "pipeline.prepare", *argv]
        done = subprocess.run(arguments, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        imported = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines()}
        assert "pipeline.config" in imported
        assert not imported & {"tensorflow", "keras", "numpy", "pandas", "matplotlib", "sklearn"}
        if "--help" in argv:
            for words in ("python -m pipeline.prepare cache", "--from DIR", "--clear"):
                assert words in " ".join(done.stdout.split())


# ---- wrong use: one line, exit code 2


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ([], ["must be named", "cache --from DIR", "Received: ''"]),
        (["tfrecords"], ["Received: 'tfrecords'"]),
        (["--from", "{in}"], ["must be named", "Received: '--from'"]),
        (["shards", "--from", "{in}", "--to", "x"], ["shards does not exist yet"]),
        (["cache", "--from", "nowhere"], ["'nowhere'"]),
        (["cache", "--from", "empty"], ["'empty' holds no class folders"]),
        (["cache", "--from"], ["--data.train must be followed by a value"]),
        (["cache", "--from", "{in}", "--too", "x"], ["--too is not a field"]),
        (["cache", "--from", "{in}", "--limit", "-1"], ["loader.cache_limit", "Received: -1"]),
        (["cache", "--from", "{in}", "--to", "file", *SMALL], ["'file/24x24x3", "cannot be written: Not a directory"]),
        (["cache", "--from", "{in}", "--to", "{in}/kept"], ["--to must lie outside the photos"]),
        (["cache", "--clear", "--to", "nowhere"], ["there is none: 'nowhere'"]),
        (["cache", "--from", "{in}", "--data.validation", "{in}/개"], ["holds no class folders"]),
    ],
)  # fmt: skip
def test_wrong_use_is_one_line(
    command: Command, training: Path, tmp_path: Path, argv: list[str], words: list[str]
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    code, out, err = command(*(word.replace("{in}", str(training)) for word in argv))
    assert (code, out) == (2, ""), err
    (line,) = [line for line in err.splitlines() if line.startswith("error: ")]
    assert not [word for word in words if word not in line], line
    assert "Traceback" not in err
    assert "warning" not in err
