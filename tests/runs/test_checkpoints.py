"""Checkpoints are complete or absent, whatever happens to the files."""

from __future__ import annotations

import errno
import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.runs.checkpoints import Checkpoint, load_last, save
from tests.support.places import ROOT


def checkpoint(step: int) -> Checkpoint:
    arrays = {"model/0": np.full((3, 4), step, np.float32), "model/1": np.arange(step), "metrics/0": np.float64(step)}
    return Checkpoint(
        step // 4, step % 4, {name: np.asarray(one) for name, one in arrays.items()}, {"text": "개", "wait": step}
    )


def steps(folder: Path) -> list[int]:
    """Return the steps of the files, four in an epoch."""
    names = [path.name.split("-") for path in folder.glob("epoch-*.npz")]
    return sorted(4 * int(epoch) + int(step) for _, epoch, _, step, _ in names)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    path = save(tmp_path / "made", checkpoint(7), keep=1)
    found = load_last(tmp_path / "made")
    assert found is not None
    assert (found.epoch, found.step, found.path) == (1, 3, path)
    assert found.state == {"text": "개", "wait": 7}
    wanted = checkpoint(7).arrays
    assert set(found.arrays) == set(wanted)
    for name, array in wanted.items():
        assert found.arrays[name].dtype == array.dtype
        assert np.array_equal(found.arrays[name], array)


def test_numbers_that_json_lacks_are_kept(tmp_path: Path) -> None:
    save(tmp_path, Checkpoint(0, 1, {}, {"best": -math.inf, "loss": math.nan}), keep=1)
    found = load_last(tmp_path)
    assert found is not None
    assert found.state["best"] == -math.inf
    assert math.isnan(found.state["loss"])


def test_the_last_ones_are_kept(tmp_path: Path) -> None:
    for step in range(1, 6):
        save(tmp_path, checkpoint(step), keep=3)
        assert steps(tmp_path) == list(range(max(1, step - 2), step + 1))


def test_an_epoch_s_end_comes_after_its_last_step(tmp_path: Path) -> None:
    """Compare by epoch and step; both checkpoints come after the same number of steps."""
    for epoch, step in ((1, 0), (0, 4)):
        save(tmp_path, Checkpoint(epoch, step, {}, {}), keep=2)
    found = load_last(tmp_path)
    assert found is not None
    assert (found.epoch, found.step) == (1, 0)


def test_a_folder_without_one_has_none(tmp_path: Path) -> None:
    assert load_last(tmp_path) is None
    assert load_last(tmp_path / "nowhere") is None
    (tmp_path / "step-1.npz").write_bytes(b"")
    (tmp_path / "other").mkdir()
    assert load_last(tmp_path) is None


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_whatever_happens_to_the_last_the_one_before_is_found(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("checkpoints")
    save(folder, checkpoint(1), keep=2)
    path = save(folder, checkpoint(2), keep=2)
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    match data.draw(st.sampled_from(["flip", "cut", "more", "rename"])):
        case "flip":
            content[place] ^= data.draw(st.integers(1, 255))
            path.write_bytes(content)
        case "cut":
            path.write_bytes(content[:place])
        case "more":
            path.write_bytes(content + b"\0")
        case _:
            path.rename(path.with_name(path.name.replace("step-000000002", "step-000000009")))
    found = load_last(folder)
    assert found is not None
    assert (found.step, found.state["wait"]) == (1, 1)
    save(folder, checkpoint(2), keep=2)
    again = load_last(folder)
    assert again is not None
    assert again.step == 2  # the damaged one does not stand before it
    assert steps(folder) == [1, 2]


def test_a_damaged_one_is_said_and_set_aside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = save(tmp_path, checkpoint(3), keep=2)
    path.write_bytes(b"")
    assert load_last(tmp_path) is None
    said = capsys.readouterr().err
    assert str(path) in said
    assert "damaged" in said
    assert [one.name for one in tmp_path.iterdir()] == [path.name + ".damaged"]


KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from pipeline.runs import checkpoints
folder, moment = Path(sys.argv[1]), sys.argv[2]
kill = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
arrays = {"model/0": np.arange(100_000)}
checkpoints.save(folder, checkpoints.Checkpoint(0, 1, arrays, {}), 1)
if moment == "written":
    write = checkpoints._Hashing.write
    checkpoints._Hashing.write = lambda self, data: write(self, data) if self.digest.digest() == EMPTY else kill()
    EMPTY = checkpoints.hashlib.blake2b(digest_size=16).digest()
elif moment == "synced":
    checkpoints.os.fsync = kill
else:
    checkpoints.Path.replace = kill
checkpoints.save(folder, checkpoints.Checkpoint(0, 2, arrays, {}), 1)
"""


@pytest.mark.parametrize("moment", ["written", "synced", "renamed"])
def test_a_kill_in_the_middle_leaves_the_one_before(tmp_path: Path, moment: str) -> None:
    root = ROOT
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), moment], cwd=root, check=False)
    assert done.returncode == -signal.SIGKILL
    assert any(path.name.endswith(".partial") for path in tmp_path.iterdir())
    found = load_last(tmp_path)
    assert found is not None
    assert found.step == 1
    assert len(list(tmp_path.iterdir())) == 1  # the half-written one is gone


def test_a_full_disk_is_an_error_and_leaves_the_one_before(tmp_path: Path) -> None:
    """Limit file sizes with `RLIMIT_FSIZE` in a new process, so that the kernel refuses to write more."""
    code = f"""
import resource, signal
from pathlib import Path
import numpy as np
from pipeline.runs.checkpoints import Checkpoint, save
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
folder = Path({str(tmp_path)!r})
save(folder, Checkpoint(0, 1, {{}}, {{}}), 1)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    save(folder, Checkpoint(0, 2, {{"model/0": np.zeros(100_000)}}, {{}}), 1)
except OSError as error:
    print(error.errno)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    assert int(done.stdout) == errno.EFBIG
    assert len(list(tmp_path.iterdir())) == 1
    found = load_last(tmp_path)
    assert found is not None
    assert found.step == 1


def test_it_is_a_plain_archive(tmp_path: Path) -> None:
    """Read a checkpoint with NumPy alone, without this package."""
    path = save(tmp_path, checkpoint(5), keep=1)
    with np.load(path) as archive:
        contents: dict[str, Any] = dict(archive)
    assert json.loads(contents.pop("state").tobytes())[:2] == [1, 1]
    assert np.array_equal(contents["model/1"], np.arange(5))
    assert os.path.getsize(path) < 2000
