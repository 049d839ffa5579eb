"""Whatever a subclass or a function of the user's draws: the numbers that Keras gives it, and no trace outside."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from keras.src.legacy.preprocessing import image as keras_image

import pipeline.legacy
from pipeline.legacy import ImageDataGenerator
from tests.support.beside_keras import ORIGINAL, difference

X = np.random.RandomState(1).randint(0, 256, (21, 9, 8, 3)).astype(np.float32)
LENGTH = 6  # batches of 4
HOMES = ((pipeline.legacy, ImageDataGenerator), (keras_image, ORIGINAL))


@pytest.fixture(scope="module")
def folder(photo_folder: Callable[..., Path]) -> Path:
    return photo_folder({"a": 10, "b": 11}, (12, 11))


def _order(base: Any) -> Any:
    class Own(base):  # either library's
        def _set_index_array(self) -> None:
            self.index_array = np.random.choice(self.n, self.n)

    return Own


def _order_and_super(base: Any) -> Any:
    class Own(base):
        def _set_index_array(self) -> None:
            super()._set_index_array()
            np.random.shuffle(vars(self)["index_array"])

    return Own


def _ends(base: Any) -> Any:
    class Own(base):
        def on_epoch_end(self) -> None:
            super().on_epoch_end()
            self.index_array = np.roll(vars(self)["index_array"], np.random.randint(self.n))

    return Own


def _ends_alone(base: Any) -> Any:
    class Own(base):
        def on_epoch_end(self) -> None:
            self.index_array = np.random.permutation(self.n)

    return Own


def _resets(base: Any) -> Any:
    class Own(base):
        def reset(self) -> None:
            super().reset()
            self.mark = np.random.random_sample() if self.total_batches_seen else 0.0

        def _get_batches_of_transformed_samples(self, index_array: Any) -> Any:
            return super()._get_batches_of_transformed_samples(index_array), np.array([self.mark])

    return Own


def _items(base: Any) -> Any:
    class Own(base):
        def __getitem__(self, idx: Any) -> Any:
            with self.lock:
                batch = super().__getitem__(idx)
            return batch, np.random.normal(size=3)

    return Own


def _nexts(base: Any) -> Any:
    class Own(base):
        def __next__(self) -> Any:
            return super().__next__(), np.random.beta(0.2, 0.2, 3)

    return Own


def _older_nexts(base: Any) -> Any:
    class Own(base):
        def __next__(self) -> Any:
            with self.lock:
                index_array = next(self.index_generator)
            return self._get_batches_of_transformed_samples(index_array), np.random.normal(size=3)

    return Own


def _flows(base: Any) -> Any:
    class Own(base):
        def _flow_index(self) -> Iterator[Any]:
            self.reset()
            while True:
                if self.seed is not None:
                    np.random.seed(self.seed + self.total_batches_seen)
                self.total_batches_seen += 1
                yield np.random.choice(self.n, self.batch_size)

    return Own


def _batches(base: Any) -> Any:
    class Own(base):
        def _get_batches_of_transformed_samples(self, index_array: Any) -> Any:
            index_array = np.random.permutation(index_array)
            return super()._get_batches_of_transformed_samples(index_array), np.random.random_sample(2)

    return Own


def _mixed(base: Any) -> Any:
    class Mixin:
        n: int

        def _set_index_array(self) -> None:
            self.index_array = np.random.permutation(self.n)[::-1]

        def on_epoch_end(self) -> None:
            super().on_epoch_end()  # type: ignore[misc]
            self.index_array = vars(self)["index_array"][np.random.permutation(self.n)]

    class Own(Mixin, base):
        pass

    return Own


OVERRIDES = [
    _order,
    _order_and_super,
    _ends,
    _ends_alone,
    _resets,
    _items,
    _nexts,
    _older_nexts,
    _flows,
    _batches,
    _mixed,
]


def _made(home: Any, generator: Any, name: str, override: Any, folder: Path, **options: Any) -> Any:
    """An iterator of a class that is derived from `name`."""
    options = {"batch_size": 4, "shuffle": True, "seed": 5, **options}
    derived = override(getattr(home, name))
    transformer = generator(rotation_range=30, horizontal_flip=True)
    if name == "NumpyArrayIterator":
        return derived(X, np.arange(21), transformer, **options)
    options |= {"target_size": (9, 8), "class_mode": "sparse"}
    if name == "DirectoryIterator":
        return derived(folder, transformer, **options)
    rows = [(str(path.relative_to(folder)), path.parent.name) for path in sorted(folder.rglob("*.jpg"))]
    return derived(pd.DataFrame(rows, columns=["filename", "class"]), folder, transformer, **options)


def _used(flow: Any) -> list[Any]:
    """Return the batches by `next()` and by index, over the ends of epochs."""
    found = [next(flow) for _ in range(LENGTH + 2)]
    flow.reset()
    found += [next(flow) for _ in range(2)]
    flow.on_epoch_end()
    found += [flow[k] for k in range(LENGTH)]
    flow.on_epoch_end()
    found += [flow[k] for k in range(3)]
    if "_set_index_array" not in vars(flow):
        flow._set_index_array()
    return [*found, flow[0], flow.index_array]


@pytest.mark.parametrize("override", OVERRIDES)
@pytest.mark.parametrize(("name", "seed"), [
    ("NumpyArrayIterator", 5), ("DirectoryIterator", 5), ("DataFrameIterator", 5), ("NumpyArrayIterator", None),
])  # fmt: skip
def test_an_override_draws_what_it_draws_in_keras(name: str, override: Any, seed: int | None, folder: Path) -> None:
    seen = []
    for home, generator in HOMES:
        np.random.seed(9)
        flow = _made(home, generator, name, override, folder, seed=seed)
        outside = np.random.get_state()
        seen.append(_used(flow))
        if home is pipeline.legacy and seed is not None:
            assert all(np.array_equal(one, two) for one, two in zip(np.random.get_state(), outside, strict=True))
    assert difference(*seen) <= 1e-4


def test_an_order_put_on_the_instance_draws_what_it_draws_in_keras() -> None:
    seen = []
    for _, generator in HOMES:
        np.random.seed(9)
        flow = generator().flow(X, np.arange(21), batch_size=4, seed=5)

        def order(flow: Any = flow) -> None:
            flow.index_array = np.random.permutation(flow.n)[::-1]

        flow._set_index_array = order  # type: ignore[method-assign]
        seen.append(_used(flow))
    assert difference(*seen) == 0


def _stream(base: Any) -> Any:
    class Own(base):
        def __iter__(self) -> Iterator[Any]:
            for _ in range(4):
                batch = next(self)
                yield batch, np.random.random_sample(2)

    return Own


def test_a_generator_of_a_subclass_draws_what_it_draws_in_keras(folder: Path) -> None:
    """In Keras nobody else may draw between two steps; here it makes no difference."""
    seen = []
    for home, generator in HOMES:
        flow = _made(home, generator, "NumpyArrayIterator", _stream, folder)
        found = []
        for batch in flow:
            found.append(batch)
            if home is pipeline.legacy:
                np.random.random_sample()
        seen.append(found)
    assert difference(*seen) <= 1e-4


class Drawing:
    """Methods of a generator that go on to draw."""

    def get_random_transform(self, img_shape: Any, seed: Any = None) -> Any:
        before = np.random.random_sample() if seed is None else 0.0
        parameters = super().get_random_transform(img_shape, seed)  # type: ignore[misc]
        return {**parameters, "theta": 90 * np.random.randint(4), "before": before}

    def apply_transform(self, x: Any, transform_parameters: Any) -> Any:
        return super().apply_transform(x, transform_parameters) + np.random.random_sample()  # type: ignore[misc]


@pytest.mark.parametrize("call", [
    lambda generator: np.array(generator.get_random_transform((9, 8, 3), seed=4)["zx"]),
    lambda generator: np.array(generator.get_random_transform((9, 8, 3), 4)["theta"]),
    lambda generator: generator.random_transform(X[0].copy(), seed=4),
    lambda generator: generator.random_transform(X[0].copy(), 4),
    lambda generator: generator.fit(X, augment=True, seed=4) or generator.mean,
])  # fmt: skip
def test_what_follows_a_seed_follows_from_it(call: Any) -> None:
    seen = []
    for _, generator in HOMES:
        np.random.seed(3)
        own = type("Own", (Drawing, generator), {})
        seen.append(call(own(rotation_range=20, featurewise_center=True)))
        if generator is ImageDataGenerator:
            drawn = np.random.random_sample()
            np.random.seed(3)
            assert drawn == np.random.random_sample()
    assert difference(*seen) <= 1e-4


def test_a_seed_within_a_batch_counts_for_its_rest() -> None:
    """A subclass may transform with a seed of its own: Keras goes on from it."""
    seen = []
    for _, generator in HOMES:

        class Own(generator):  # type: ignore[misc,valid-type]
            def apply_transform(self, x: Any, transform_parameters: Any) -> Any:
                return super().apply_transform(x, self.get_random_transform(x.shape, seed=int(x.sum()) % 97))

        flow = Own(rotation_range=30).flow(X, batch_size=4, seed=5)
        seen.append([next(flow) for _ in range(3)])
    assert difference(*seen) <= 1e-4


def test_threads_of_two_kinds_end() -> None:
    """Methods that take the iterator's lock, others that do not, and another iterator whose function draws."""

    class Locked(pipeline.legacy.NumpyArrayIterator):
        def __next__(self) -> Any:
            with self.lock:
                return super().__next__(), np.random.rand()

    locked = Locked(X, None, ImageDataGenerator(rotation_range=30), batch_size=4, shuffle=True, seed=1)
    noisy = ImageDataGenerator(preprocessing_function=lambda x: x + np.random.rand()).flow(X, batch_size=4, seed=1)

    def use(k: int) -> None:
        for _ in range(10):
            _ = next(locked) if k % 3 == 0 else next(noisy) if k % 3 == 1 else locked[k % LENGTH]

    threads = [threading.Thread(target=use, args=(k,), daemon=True) for k in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert locked.total_batches_seen == 60
