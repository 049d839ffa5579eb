"""Training that is killed again and again, in real processes, ends as if nothing had happened.

Each chain is one run: begun, killed, resumed, killed, … and at last left to end; between two lives files of the cache
and of the checkpoints may be damaged. It must have trained on the very batches of an undisturbed run, each step's of
it, and must end with its weights, bit for bit, on one thread.
"""

from __future__ import annotations

import concurrent.futures
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import pytest

from pipeline.runs.checkpoints import load_last
from pipeline.runs.history import read_history
from tests.support.places import ROOT, SUPPORT

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder

pytestmark = pytest.mark.slow

EPOCHS, STEPS, VALIDATION_STEPS = 8, 25, 8
ONE_THREAD = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}


class Life:
    """One process of a run: how it ended and what it said."""

    def __init__(self, folder: Path, fault: str, options: list[str]) -> None:
        environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(folder / "cache")}
        command = [sys.executable, str(SUPPORT / "faults.py"), str(folder / "log"), fault, *options]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr.decode()


class Chain:
    """A run of one or more lives, in a folder of its own."""

    def __init__(self, folder: Path, options: list[str]) -> None:
        folder.mkdir()
        self.folder, self.options = folder, options
        self.lives: list[Life] = []

    def live(self, fault: str = "-") -> Life:
        run = self.folder / "run" / "run.json"
        options = ["--resume", "run"] if run.exists() else [*self.options, "--output", "run"]
        if not run.exists():
            shutil.rmtree(self.folder / "run", ignore_errors=True)  # killed between the folder and its run.json
        self.lives.append(Life(self.folder, fault, options))
        return self.lives[-1]

    @property
    def steps(self) -> list[tuple[int, str]]:
        """(step, hash of its batch) of every step that was trained, in any life; a kill may cut the last line off."""
        lines = (self.folder / "log").read_text().splitlines()
        pairs = [line.split(" ", 1) for line in lines]
        return [(int(number), rest) for number, rest in (pair for pair in pairs if len(pair) == 2)]

    @property
    def record(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.folder / "run" / "run.json").read_text())
        return content

    @property
    def end(self) -> dict[str, Any]:
        """Return the state that the run ended with: models, checkpoint, history."""
        run = self.folder / "run"
        models = {name: keras.models.load_model(run / name) for name in ("model.keras", "last.keras")}
        checkpoint = load_last(run / "checkpoints")
        assert checkpoint is not None
        return {
            "weights": {name: [one.tobytes() for one in model.get_weights()] for name, model in models.items()},
            "checkpoint": {
                name: array.tobytes() for name, array in checkpoint.arrays.items() if not name.startswith("callback")
            },
            "history": [
                {name: row[name] for name in row if name != "seconds"} for row in read_history(run / "history.csv")
            ],
            "record": {
                name: self.record[name] for name in ("finished", "epochs", "val_accuracy", "best_epoch", "threads")
            },
        }


@pytest.fixture(scope="module")
def options(photo_folder: PhotoFolder) -> list[str]:
    """Everything that a step may depend on: shuffle, augmentation, dropout, optimizer, disk cache, early stopping."""
    train, validation = photo_folder({"cats": 102, "dogs": 96}), photo_folder({"cats": 30, "dogs": 31}, seed=900)
    return [
        *("--data.train", str(train), "--data.validation", str(validation)),
        *("--image.size", "24", "--loader.batch_size", "8", "--loader.cache", "disk"),
        *("--augment.rotation_range", "40", "--augment.zoom_range", "0.2", "--augment.horizontal_flip"),
        *("--model.filters", "[8]", "--model.dense", "[16]", "--model.dropout", "0.3"),
        *("--train.epochs", str(EPOCHS), "--train.optimizer", "adam", "--train.early_stopping", "9"),
        *("--train.checkpoint_steps", "4", "--seed", "5"),
    ]


@pytest.fixture(scope="module")
def undisturbed(options: list[str], tmp_path_factory: pytest.TempPathFactory) -> Chain:
    chain = Chain(tmp_path_factory.mktemp("undisturbed") / "chain", options)
    life = chain.live()
    assert life.code == 0, life.err
    assert [number for number, _ in chain.steps] == list(range(EPOCHS * STEPS))
    assert len({rest for _, rest in chain.steps}) == EPOCHS * STEPS
    return chain


def check(chain: Chain, undisturbed: Chain) -> None:
    """The last life ended well, and the run as the undisturbed one did."""
    last = chain.lives[-1]
    assert last.code == 0, last.err
    wanted = dict(undisturbed.steps)
    assert all(wanted[number] == rest for number, rest in chain.steps)
    assert {number for number, _ in chain.steps} == set(wanted)
    assert chain.end == undisturbed.end
    names = {path.name for path in (chain.folder / "run").iterdir()}
    assert names == {path.name for path in (undisturbed.folder / "run").iterdir()}


@pytest.fixture(scope="module")
def pool() -> Iterator[concurrent.futures.ThreadPoolExecutor]:
    """Two chains side by side, each of one thread."""
    with concurrent.futures.ThreadPoolExecutor(2) as executor:
        yield executor


# ---- killed at a place

FAULTS = [
    ["fill:1", "index:2", "fill:2", "write:1", "step:0:2", "rename:3", f"step:0:{STEPS}"],
    ["index:1", "validation:0:1", f"validation:0:{VALIDATION_STEPS}", "history:1", "model:1", f"step:1:{STEPS - 1}"],
    [
        "step:0:1",
        "write:6",
        f"step:{EPOCHS - 1}:{STEPS}",
        f"validation:{EPOCHS - 1}:{VALIDATION_STEPS}",
        "history:1",
        "rename:1",
    ],
]


def test_killed_in_fills_checkpoints_last_steps_and_validation(
    options: list[str], undisturbed: Chain, tmp_path: Path, pool: concurrent.futures.ThreadPoolExecutor
) -> None:
    def run(number: int) -> Chain:
        chain = Chain(tmp_path / str(number), options)
        for fault in FAULTS[number]:
            chain.live(fault)
        chain.live()
        return chain

    for chain, faults in zip(pool.map(run, range(len(FAULTS))), FAULTS, strict=True):
        codes = {fault: life.code for fault, life in zip(faults, chain.lives, strict=False)}
        assert codes == dict.fromkeys(faults, -signal.SIGKILL)
        check(chain, undisturbed)


# ---- killed at any time


def test_killed_at_random_moments(
    options: list[str], undisturbed: Chain, tmp_path: Path, pool: concurrent.futures.ThreadPoolExecutor
) -> None:
    """SIGALRM's default action, at times from before the cache is filled to near the last step."""
    chance = random.Random(20)
    whole = undisturbed.record["seconds"]
    times = [[round(chance.uniform(0.1, 0.6) * whole, 2) for _ in range(4)] for _ in range(6)]

    def run(number: int) -> Chain:
        chain = Chain(tmp_path / str(number), options)
        for seconds in times[number]:
            chain.live(f"seconds:{seconds}")
        chain.live()
        return chain

    chains = list(pool.map(run, range(len(times))))
    killed = [life for chain in chains for life in chain.lives if life.code == -signal.SIGALRM]
    assert len(killed) >= 20  # of 24; the last of a chain may find it done
    for chain in chains:
        assert {life.code for life in chain.lives} <= {0, -signal.SIGALRM}
        check(chain, undisturbed)


# ---- damaged files


def flip(path: Path, chance: random.Random) -> None:
    with path.open("r+b") as file:
        place = chance.randrange(path.stat().st_size)
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ (1 << chance.randrange(8))]))


def cut(path: Path, chance: random.Random) -> None:
    os.truncate(path, chance.randrange(path.stat().st_size))


def delete(path: Path, chance: random.Random) -> None:
    path.unlink()


def last_checkpoint(folder: Path) -> Path:
    return max((folder / "run" / "checkpoints").glob("*.npz"))


def cached(name: str) -> Callable[[Path], Path]:
    def find(folder: Path) -> Path:
        (found,) = (folder / "cache" / "tf-image-pipeline" / "pictures").glob(f"*/{name}")
        return found

    return find


DAMAGES: list[tuple[Callable[[Path, random.Random], None], Callable[[Path], Path]]] = [
    (damage, find) for find in (last_checkpoint, cached("pixels"), cached("index")) for damage in (flip, cut, delete)
]


def test_damaged_files_are_noticed_and_nothing_wrong_is_served(
    options: list[str], undisturbed: Chain, tmp_path: Path, pool: concurrent.futures.ThreadPoolExecutor
) -> None:
    """In two chains, each kind of damage to each kind of file once, after a kill in mid-epoch."""
    parts = (DAMAGES[::2], DAMAGES[1::2])

    def run(number: int) -> Chain:
        chance = random.Random(number)
        chain = Chain(tmp_path / str(number), options)
        for place, (damage, find) in enumerate(parts[number]):
            epoch, step = divmod(9 + 15 * place, STEPS)
            chain.live(f"step:{epoch}:{step}")
            damage(find(chain.folder), chance)
        chain.live()
        return chain

    for chain, damages in zip(pool.map(run, range(2)), parts, strict=True):
        check(chain, undisturbed)
        for (damage, find), life in zip(damages, chain.lives[1:], strict=True):
            noticed = f"{damage.__name__} of {find}"
            if find is not last_checkpoint:
                assert " 0 decoded now" not in life.err, noticed
            elif damage is not delete:
                assert "is damaged" in life.err, noticed
        if any(find is last_checkpoint for _, find in damages):
            aside = [path.name for path in (chain.folder / "run" / "checkpoints").glob("*.damaged")]
            assert len(aside) == sum(find is last_checkpoint and damage is not delete for damage, find in damages)


# ---- said


def test_another_number_of_threads_is_said(options: list[str], undisturbed: Chain, tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain", options)
    chain.live(f"step:0:{STEPS}")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_NUM_INTRAOP_THREADS": "2"}
    command = [sys.executable, "-m", "pipeline.train", "--resume", "run"]
    done = subprocess.run(command, cwd=chain.folder, env=environment, capture_output=True, check=False)
    assert done.returncode == 0
    assert b"note: threads was 1, is 2: batches are the same, but weights may differ" in done.stderr
