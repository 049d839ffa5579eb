"""A full disk or too little memory gives one line that says what to do; no partial file is left, and old files stay."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import pytest

from pipeline.config import DataConfig, FitConfig, ImageConfig, LoaderConfig, ModelConfig, TrainConfig
from pipeline.errors import InputError
from pipeline.evaluate.command import main as evaluate
from pipeline.files.atomic import is_leftover, write_bytes, written_aside
from pipeline.files.shortage import shortage
from pipeline.predict.resumed import opened
from pipeline.runs import fit
from pipeline.runs.callbacks import save_model
from pipeline.runs.history import History
from tests.support.places import ROOT
from tests.support.small_runs import make_run

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder

SIZE = 1 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of one megabyte."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root may mount a small file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path, left: int) -> Path:
    """Fill the disk up to `left` free bytes."""
    path = folder / "other"
    path.write_bytes(bytes(max(0, shutil.disk_usage(folder).free - left)))
    return path


def network(units: int) -> keras.Model:
    return keras.Sequential([keras.Input((64,)), keras.layers.Dense(units)])


def test_a_model_that_finds_no_room_leaves_the_one_before(small_disk: Path) -> None:
    path = small_disk / "model.keras"
    save_model(network(2), path)
    before = path.read_bytes()
    with pytest.raises(OSError, match="No space left") as full:
        save_model(network(8192), path)
    assert full.value.filename == str(path)
    assert path.read_bytes() == before
    assert os.listdir(small_disk) == ["model.keras"]


def test_a_row_of_history_is_there_whole_or_not_at_all(small_disk: Path) -> None:
    history = History(small_disk / "history.csv")
    history.append({"epoch": 1, "loss": 0.5})
    before, other = history.path.read_bytes(), fill(small_disk, 0)
    with pytest.raises(OSError, match="No space left"):  # noqa: PT012
        for epoch in range(2, 2000):
            history.append({"epoch": epoch, "loss": 0.25})
            before = history.path.read_bytes()
    assert history.path.read_bytes() == before == history.text.encode()
    other.unlink()
    history.append({"epoch": 2000, "loss": 0.125})
    assert history.path.read_bytes() == before + b"2000,0.125\r\n"


def test_rows_of_predictions_are_whole_or_not_there(small_disk: Path) -> None:
    other = fill(small_disk, 8192)
    with opened(small_disk / "rows.csv", overwrite=False) as file:
        file.write(b"path,class\n")
        with pytest.raises(OSError, match="No space left") as full:
            file.write(b"a long row\n" * 20_000)  # a part of it finds room
        assert full.value.filename == str(small_disk / "rows.csv")
        assert (small_disk / "rows.csv").read_bytes() == b"path,class\n"
        other.unlink()
        file.write(b"a.jpg,cats\n")
    assert (small_disk / "rows.csv").read_bytes() == b"path,class\na.jpg,cats\n"


def test_training_on_a_full_disk_ends_with_one_line_and_goes_on_once_there_is_room(
    small_disk: Path, photo_folder: PhotoFolder
) -> None:
    config = TrainConfig(
        data=DataConfig(train=str(photo_folder({"cats": 4, "dogs": 4})), validation_split=0.25),
        image=ImageConfig(size=12),
        loader=LoaderConfig(batch_size=4, cache="none"),
        model=ModelConfig(filters=(2,), dense=(300,)),
        train=FitConfig(epochs=2, checkpoint_minutes=None),
        output=str(small_disk / "run"),
    )
    other = fill(small_disk, 100_000)
    with pytest.raises(InputError) as refused:
        fit.train(config)
    line = str(refused.value)
    assert "\n" not in line
    assert ".keras' cannot be written: No space left on device" in line
    assert line.endswith(f"--resume {small_disk / 'run'}")
    there = [path.name for path in (small_disk / "run").rglob("*")]
    assert not [name for name in there if is_leftover(name) or name.endswith(".partial")]
    other.unlink()
    code, record = fit.train(TrainConfig(**{**vars(config), "resume": str(small_disk / "run"), "output": None}))
    assert (code, record["epochs"]) == (0, 2)
    keras.models.load_model(small_disk / "run" / "model.keras")


# ---- without a disk of one's own: a limit on files' sizes


LIMITED = """
import resource, sys
from pathlib import Path
from pipeline.console.arguments import run_command
from pipeline.files.atomic import write_bytes
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
run_command(lambda: write_bytes(Path(sys.argv[1]), bytes(5000)) or 0)
"""


def test_a_file_that_grows_too_large(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"before")
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, tmp_path / "a"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"error: '{tmp_path / 'a'}' cannot be written: {os.strerror(errno.EFBIG)}")
    assert (tmp_path / "a").read_bytes() == b"before"
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_words_of_h5py_and_of_a_quota_are_understood(code: int, tmp_path: Path) -> None:
    words = f"Unable to flush file's cached information (errno = {code}, error message = '{os.strerror(code)}')"
    with pytest.raises(OSError, match=os.strerror(code)) as failed, written_aside(tmp_path / "a") as aside:  # noqa: PT012
        aside.write_bytes(b"half")
        raise RuntimeError(words)
    line = str(shortage(failed.value))
    assert line.startswith(f"{str(tmp_path / 'a')!r} cannot be written: {os.strerror(code)}")
    assert "name a folder" in line
    assert os.listdir(tmp_path) == []


def test_a_folder_that_is_closed_meanwhile(open_folder: Path, as_nobody: Any) -> None:
    open_folder.chmod(0o555)
    with as_nobody(), pytest.raises(OSError, match="Permission denied") as failed:
        write_bytes(open_folder / "a", b"x")
    assert "name a folder that can be written to" in str(shortage(failed.value))


def test_other_errors_stay_what_they_are() -> None:
    missing = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "a.jpg")
    assert shortage(missing) is None
    assert shortage(PermissionError(errno.EACCES, os.strerror(errno.EACCES), "a.jpg")) is None  # of reading, perhaps
    assert shortage(ValueError("No space left on device")) is None


# ---- memory


GREEDY = """
import resource
from pipeline.console.arguments import run_command
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
run_command(lambda: len(bytearray(1 << 31)))
"""


def test_a_limit_on_memory_is_one_line() -> None:
    done = subprocess.run([sys.executable, "-c", GREEDY], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: there is not enough memory")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("size", "dense"), [(24, ((1 << 31) - 1,)), (60_000, ())], ids=["a network that is too large", "images that are"]
)
def test_training_names_what_to_make_smaller(
    size: int, dense: tuple[int, ...], photo_folder: PhotoFolder, tmp_path: Path
) -> None:
    config = TrainConfig(
        data=DataConfig(train=str(photo_folder({"cats": 4, "dogs": 4})), validation_split=0.25),
        image=ImageConfig(size=size),
        loader=LoaderConfig(batch_size=4, cache="none"),
        model=ModelConfig(filters=(2,), dense=dense),
        output=str(tmp_path / "run"),
    )
    with pytest.raises(InputError, match="there is not enough memory") as refused:
        fit.train(config)
    assert "--loader.batch_size" in str(refused.value)
    assert "--image.size" in str(refused.value)


def test_evaluation_blames_no_photo(photo_folder: PhotoFolder, tmp_path: Path) -> None:
    photos = keras.Input((12, 16, 3))
    large = keras.layers.GlobalAveragePooling2D()(keras.layers.UpSampling2D(30_000)(photos))
    model = keras.Model(photos, keras.layers.Dense(2, "softmax")(large))
    run = make_run(tmp_path / "run", names=("cats", "dogs"), model=model)
    with pytest.raises(InputError, match="there is not enough memory for a tensor of shape"):
        evaluate([str(run), "--data.validation", str(photo_folder({"cats": 1, "dogs": 1}))])
    assert not (run / "evaluate").exists()
