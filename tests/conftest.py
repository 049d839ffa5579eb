"""Fixtures that tests share: real photos, PngSuite, small drawn images, and a cache folder of its own for each test."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

from pipeline.runtime.machine import cores
from tests.support.places import SHARED

if TYPE_CHECKING:
    from tests.support.fonts import Machine

settings.register_profile("shared", deadline=None)  # the machine has other work, and no test asserts a time
settings.load_profile("shared")

# Tests of what TensorFlow, Keras, pandas, NumPy and Pillow do for this package; the rest runs on the newest alone.
VERSIONED = (
    *("augment/", "builders/", "cache/test_disk", "cache/test_fill", "dataset/test_image_data"),
    *("evaluate/test_metrics", "export/test_graph", "images/", "layers/", "legacy/", "models/"),
    *("inference/test_network", "runs/test_callbacks", "runs/test_fit", "runs/test_resume", "runtime/test_startup"),
    "sources/test_array",
)


class Draw(Protocol):
    """Draws an RGB picture with smooth areas, an edge and some grain; the same for the same arguments."""

    def __call__(self, height: int, width: int, seed: int = 0) -> Image.Image: ...


class PhotoFolder(Protocol):
    """Makes a folder with `count` JPEGs of `(height, width)` in a folder for each class."""

    def __call__(self, classes: dict[str, int], size: tuple[int, int] = (40, 30), seed: int = 0) -> Path: ...


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Processes that share the tests: one a core, at most four, since each imports TensorFlow and takes 2 GB."""
    return min(4, cores())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what depends on the libraries' versions: `pytest -m 'oldest and not slow'`."""
    tests = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(tests) and item.path.relative_to(tests).as_posix().startswith(VERSIONED):
            item.add_marker(pytest.mark.oldest)


def pytest_configure() -> None:
    """Let Ctrl-C through: a shell's background jobs ignore it, and what the tests start would inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def photos() -> Path:
    """The folder of real cats and dogs, with `train` and `validation` in it."""
    return _shared("photos")


@pytest.fixture(scope="session")
def pngsuite() -> Path:
    """The folder of PngSuite's files."""
    return _shared("hostile/pngsuite")


def _shared(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"../shared/{name} is not beside the repository")
    return folder


@pytest.fixture(scope="session")
def draw_picture() -> Draw:
    return _draw


@pytest.fixture(scope="session")
def photo_folder(tmp_path_factory: pytest.TempPathFactory) -> PhotoFolder:
    def make(classes: dict[str, int], size: tuple[int, int] = (40, 30), seed: int = 0) -> Path:
        root = tmp_path_factory.mktemp("photos")
        numbers = itertools.count(seed)
        for name, count in classes.items():
            (root / name).mkdir(parents=True)
            for k in range(count):
                _draw(*size, seed=next(numbers)).save(root / name / f"{k:04d}.jpg", quality=90)
        return root

    return make


@pytest.fixture(scope="session", autouse=True)
def session_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Fixtures that outlive a test leave the user's own cache alone as well."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def own_cache(session_cache: None, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that a test remembers is found by another test or by the user."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def _draw(height: int, width: int, seed: int = 0) -> Image.Image:
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    phase = random.uniform(0, 2 * np.pi, 3)
    turns = random.uniform(0.5, 3, (2, 3))
    waves = np.sin(phase + 2 * np.pi * (y[..., None] * turns[0] / height + x[..., None] * turns[1] / width))
    levels = 128 + 90 * waves
    top, left = int(random.integers(height)), int(random.integers(width))
    levels[top : top + max(1, height // 3), left : left + max(1, width // 3)] = random.integers(0, 256, 3)
    levels += random.normal(0, 6, levels.shape)
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """An empty folder that every user may enter; pytest's own are closed to all but theirs."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@pytest.fixture
def bound() -> list[str]:
    """Return the words before a command that make permissions count in its process.

    As root that is `setpriv`, without the capabilities that open any file; another user, such as `as_nobody`'s, could
    often not even start the interpreter. Skipped by name where there is none.
    """
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed, and for root no permission counts")
    dropped = "-dac_override,-dac_read_search"
    return ["setpriv", f"--inh-caps={dropped}", f"--bounding-set={dropped}"]


@pytest.fixture
def as_nobody() -> Callable[[], contextlib.AbstractContextManager[None]]:
    """While `with as_nobody():` holds, permissions count: root, as whom containers run, may read anything."""

    @contextlib.contextmanager
    def drop() -> Iterator[None]:
        before = os.geteuid()
        if before == 0:
            os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(before)

    return drop


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine with no fonts but matplotlib's own; `install` puts one where the system keeps fonts."""
    from tests.support.fonts import alone

    folder = tmp_path / "installed fonts"
    folder.mkdir()
    return alone(folder, monkeypatch)
