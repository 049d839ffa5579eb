"""Batches that are read by index: the same whoever asks first, and Keras' own where they are read in order."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

from pipeline.legacy import ImageDataGenerator, NumpyArrayIterator
from tests.support.beside_keras import ORIGINAL, difference

RANGES: dict[str, Any] = {"rotation_range": 30, "horizontal_flip": True, "zoom_range": 0.2}
X = np.random.RandomState(1).randint(0, 256, (37, 9, 8, 3)).astype(np.float32)
Y = np.arange(37)
LENGTH = 10  # batches of 4
OTHER_ORDER = [7, 0, 9, 3, 1, 2, 8, 5, 4, 6]


@pytest.fixture(scope="module")
def folder(photo_folder: Callable[..., Path]) -> Path:
    return photo_folder({"a": 19, "b": 18}, (12, 11))


def _noisy(x: np.ndarray) -> np.ndarray:
    noisy: np.ndarray = x + np.random.normal(0, 3, x.shape).astype(x.dtype)
    return noisy


def _flow(generator: Any, kind: str, folder: Path, seed: int | None = 6, **ranges: Any) -> Any:
    made = generator(**{**RANGES, **ranges})
    if kind == "arrays":
        return made.flow(X, Y, batch_size=4, seed=seed)
    options: dict[str, Any] = {"batch_size": 4, "seed": seed, "target_size": (9, 8), "class_mode": "sparse"}
    if kind == "directory":
        return made.flow_from_directory(folder, **options)
    rows = [(str(path.relative_to(folder)), path.parent.name) for path in sorted(folder.rglob("*.jpg"))]
    return made.flow_from_dataframe(pd.DataFrame(rows, columns=["filename", "class"]), folder, **options)


def _in_order(flow: Any, epochs: int) -> list[list[Any]]:
    found = []
    for _ in range(epochs):
        found.append([flow[k] for k in range(LENGTH)])
        flow.on_epoch_end()
    return found


@pytest.mark.parametrize("function", [None, _noisy])
@pytest.mark.parametrize("kind", ["arrays", "directory", "dataframe"])
def test_any_order_gives_what_keras_gives_in_order(kind: str, function: Any, folder: Path) -> None:
    """Epoch by epoch: the order of examples, the draws, and what a function draws."""
    wanted = _in_order(_flow(ORIGINAL, kind, folder, preprocessing_function=function), 3)
    flow = _flow(ImageDataGenerator, kind, folder, preprocessing_function=function)
    for epoch, places in enumerate((OTHER_ORDER, OTHER_ORDER[::-1], range(LENGTH))):
        for k in places:
            assert difference(flow[k], wanted[epoch][k]) <= 1e-4
        flow.on_epoch_end()


@pytest.mark.parametrize("function", [None, _noisy])
def test_threads_get_what_keras_gives_in_order(function: Any, folder: Path) -> None:
    """With a look at two batches before, as `fit` takes one, and with or without the end of an epoch announced."""
    theirs = _flow(ORIGINAL, "arrays", folder, preprocessing_function=function)
    flow = _flow(ImageDataGenerator, "arrays", folder, preprocessing_function=function)
    for k in (0, 1):
        assert difference(flow[k], theirs[k]) <= 1e-4
    with ThreadPoolExecutor(6) as pool:
        for announced in (False, True, False):
            wanted = [theirs[k] for k in range(LENGTH)]
            found = dict(zip(OTHER_ORDER, pool.map(flow.__getitem__, OTHER_ORDER), strict=True))
            for k in range(LENGTH):
                assert difference(found[k], wanted[k]) <= 1e-4
            if announced:
                theirs.on_epoch_end()
                flow.on_epoch_end()


class Pairs(keras.utils.PyDataset):  # Keras has no types
    """Images and their masks from two iterators, as segmentation scripts pair them."""

    def __init__(self, base: Any, announces: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.images = base(**RANGES).flow(X, batch_size=4, seed=6)
        self.masks = base(**RANGES).flow(X[..., :1], batch_size=4, seed=6)
        self.announces = announces
        self.given: list[tuple[int, bytes]] = []
        self.meeting = threading.Barrier(2)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "meeting"}

    def __len__(self) -> int:
        return LENGTH

    def __getitem__(self, index: int) -> Any:
        # Two workers ask at the same time, in an order of their own for each iterator.
        if threading.current_thread() is not threading.main_thread() and not multiprocessing.parent_process():
            self._meet()
        images = self.images[index]
        if threading.current_thread() is not threading.main_thread() and not multiprocessing.parent_process():
            self._meet()
        masks = self.masks[index]
        self.given.append((index, images.tobytes()))
        return images, masks

    def _meet(self) -> None:
        # The last of an odd number of batches meets nobody.
        try:
            self.meeting.wait(0.2)
        except threading.BrokenBarrierError:
            self.meeting.reset()

    def on_epoch_end(self) -> None:
        if self.announces:
            self.images.on_epoch_end()
            self.masks.on_epoch_end()


def _step_model() -> Any:
    """A model whose loss is how far masks are from the images' first channel."""
    model = keras.Sequential([keras.Input((9, 8, 3)), keras.layers.Lambda(lambda x: x[..., :1])])
    model.compile(loss="mae")
    return model


@pytest.mark.parametrize("announces", [False, True])
def test_two_iterators_stay_in_step_under_workers(announces: bool) -> None:
    """And two runs are equal, while no two epochs are."""
    runs = []
    for _ in range(2):
        pairs = Pairs(ImageDataGenerator, announces, workers=4)
        model = _step_model()
        assert [model.evaluate(pairs, verbose=0) for _ in range(2)] == [0, 0]
        runs.append(sorted(pairs.given))
        assert len({batch for _, batch in pairs.given}) == len(pairs.given)
    assert runs[0] == runs[1]


@pytest.mark.parametrize("announces", [False, True])
def test_two_iterators_stay_in_step_in_processes(announces: bool) -> None:
    pairs = Pairs(ImageDataGenerator, announces, workers=2, use_multiprocessing=True)
    model = _step_model()
    assert [model.evaluate(pairs, verbose=0) for _ in range(2)] == [0, 0]


def _asked(flow: Any, queue: Any) -> None:
    queue.put([flow[k] for k in OTHER_ORDER])


def test_processes_read_epochs_that_the_parent_ends() -> None:
    """Each epoch is another one though the parent reads none of it, and all are those of reading in order."""
    theirs = ORIGINAL(**RANGES).flow(X, Y, batch_size=4, seed=6)
    flow = ImageDataGenerator(**RANGES).flow(X, Y, batch_size=4, seed=6)
    context = multiprocessing.get_context("fork")
    for _ in range(3):
        queue = context.Queue()
        child = context.Process(target=_asked, args=(flow, queue), daemon=True)
        child.start()
        found = dict(zip(OTHER_ORDER, queue.get(timeout=60), strict=True))
        child.join()
        for k in range(LENGTH):
            assert difference(found[k], theirs[k]) <= 1e-4
        flow.on_epoch_end()
        theirs.on_epoch_end()


def test_a_batch_asked_for_again_is_another_one_as_in_keras() -> None:
    """Five views of one batch, as notebooks show what the augmentation does."""
    flows = [one(**RANGES).flow(X, Y, batch_size=4, seed=6) for one in (ImageDataGenerator, ORIGINAL)]
    views = [[flow[0] for _ in range(5)] for flow in flows]
    assert difference(*views) <= 1e-4
    assert len({images.tobytes() for images, _ in views[0]}) == 5


def test_the_number_of_batches_seen_may_be_set() -> None:
    """As scripts do that resume a training."""
    flows = [one(**RANGES).flow(X, Y, batch_size=4, seed=6) for one in (ImageDataGenerator, ORIGINAL)]
    for flow in flows:
        _in_order(flow, 1)
        flow.total_batches_seen = 3
    assert difference(*_halves(flows)) <= 1e-4


def _halves(flows: list[Any]) -> list[Any]:
    return [[flow[k] for k in range(5)] + [next(flow), flow.on_epoch_end() or flow[0]] for flow in flows]


def test_a_second_batch_within_one_depends_on_the_first_alone() -> None:
    """A subclass that blends each batch with another one, in threads."""

    class Blended(NumpyArrayIterator):
        def __getitem__(self, idx: Any) -> Any:
            x, y = super().__getitem__(idx)
            other = np.random.randint(LENGTH - 1)
            return x, y, super().__getitem__(other)[0], np.random.rand(1)

    def flow() -> Blended:
        return Blended(X, Y, ImageDataGenerator(**RANGES), batch_size=4, shuffle=True, seed=6)

    alone = flow()
    wanted = [alone[k] for k in range(LENGTH)]
    with ThreadPoolExecutor(4) as pool:
        found = dict(zip(OTHER_ORDER, pool.map(flow().__getitem__, OTHER_ORDER), strict=True))
    assert all(difference(found[k], wanted[k]) == 0 for k in range(LENGTH))


def test_without_a_seed_draws_come_in_the_order_of_asking() -> None:
    seen = []
    for base in (ImageDataGenerator, ORIGINAL):
        np.random.seed(4)
        flow = base(**RANGES).flow(X, Y, batch_size=4)
        seen.append([flow[k] for k in OTHER_ORDER])
    assert difference(*seen) <= 1e-4
