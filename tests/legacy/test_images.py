"""The ways that a batch may take: overridden methods, forked workers, read-ahead, Keras' loops."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import pipeline.legacy
from pipeline.legacy import ImageDataGenerator
from pipeline.legacy.files import FileIterator
from pipeline.legacy.reading import ReadAhead
from tests.support.beside_keras import KERAS, ORIGINAL, difference

RANGES: dict[str, Any] = {"rotation_range": 30, "zoom_range": 0.2, "horizontal_flip": True, "rescale": 1 / 255}
FLOW: dict[str, Any] = {"target_size": (20, 16), "batch_size": 8, "seed": 3, "class_mode": "binary"}


@pytest.fixture(scope="module")
def folder(photo_folder: Callable[..., Path]) -> Path:
    return photo_folder({"a": 13, "b": 12}, (33, 27))


def _custom(base: Any) -> Any:
    """A generator as users derive it: every method that an iterator calls does something of its own."""

    class Custom(base):  # either library's
        def get_random_transform(self, img_shape: Any, seed: Any = None) -> Any:
            parameters = super().get_random_transform(img_shape, seed)
            parameters["theta"] = np.random.choice([0, 90, 180])
            return parameters

        def apply_transform(self, x: Any, transform_parameters: Any) -> Any:
            return super().apply_transform(x, transform_parameters)[::-1]

        def standardize(self, x: Any) -> Any:
            return super().standardize(x) - np.random.uniform(0, 0.1)

    return Custom


@pytest.mark.parametrize("seed", [3, None])
def test_overridden_methods_are_called_as_in_keras(folder: Path, seed: int | None) -> None:
    seen = []
    for base in (ImageDataGenerator, ORIGINAL):
        np.random.seed(2)
        flow = _custom(base)(**RANGES).flow_from_directory(folder, **{**FLOW, "seed": seed})
        seen.append([next(flow) for _ in range(5)] + [flow[0], flow[1]])
    assert difference(*seen) <= 1e-6


@pytest.mark.parametrize("name", ["DirectoryIterator", "NumpyArrayIterator"])
@pytest.mark.parametrize("seed", [3, None])
def test_an_iterator_may_be_derived(folder: Path, name: str, seed: int | None) -> None:
    """As scripts do it to have file names or other labels beside: with `super()`, and draws of their own."""
    seen = []
    for home, generator in ((pipeline.legacy, ImageDataGenerator), (KERAS, ORIGINAL)):
        base: Any = getattr(home, name)

        class Derived(base):  # either library's
            def _get_batches_of_transformed_samples(self, index_array: Any) -> Any:
                before = np.random.rand()
                batch = super()._get_batches_of_transformed_samples(index_array)
                return *batch, index_array, np.array([before, np.random.rand()])

        np.random.seed(8)
        x = np.random.RandomState(0).uniform(0, 255, (20, 20, 16, 3)).astype(np.float32)
        sources = (folder, generator(**RANGES)) if name == "DirectoryIterator" else (x, x[:, 0, 0], generator(**RANGES))
        options = FLOW if name == "DirectoryIterator" else {"batch_size": 8, "shuffle": True}
        flow = Derived(*sources, **{**options, "seed": seed})
        seen.append([next(flow) for _ in range(4)] + [flow[0], flow[1]])
    assert difference(*seen) <= 1e-6


def test_a_batch_method_put_on_the_instance_counts(folder: Path) -> None:
    flow = ImageDataGenerator(**RANGES).flow_from_directory(folder, **FLOW)
    flow._get_batches_of_transformed_samples = lambda index_array: index_array  # type: ignore[method-assign]
    assert sorted(next(flow).tolist() + next(flow).tolist()) == sorted(flow.index_array[:16].tolist())  # type: ignore[index]


DAEMON = """
import sys, threading, time
from pipeline import ImageDataGenerator
flow = ImageDataGenerator(rotation_range=40).flow_from_directory(sys.argv[1], (64, 64), batch_size=8)
begun = threading.Event()
def endless():
    while True:
        next(flow)
        begun.set()
for _ in range(3):
    threading.Thread(target=endless, daemon=True).start()
begun.wait()
"""


@pytest.mark.slow
@pytest.mark.parametrize("_", range(3))
def test_a_program_ends_while_daemon_threads_iterate(folder: Path, _: int) -> None:
    """Quietly: no traceback, no abort."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", DAEMON, str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "Error" not in done.stderr


def test_a_function_that_returns_nothing_is_named(folder: Path) -> None:
    """Keras' own gives batches of NaN."""
    forgetful: Any = lambda x: None  # noqa: E731  # no `return`, in one line
    flow = ImageDataGenerator(preprocessing_function=forgetful).flow_from_directory(folder, **FLOW)
    with pytest.raises(ValueError, match=r"`preprocessing_function` should return a picture\. Received: None"):
        next(flow)


def test_a_method_put_on_the_instance_counts(folder: Path) -> None:
    generator = ImageDataGenerator(**RANGES)
    generator.standardize = lambda x: x * 0 + 7  # type: ignore[method-assign]
    assert (next(generator.flow_from_directory(folder, **FLOW))[0] == 7).all()


def test_attributes_may_be_changed_between_batches(folder: Path) -> None:
    seen = []
    for base in (ImageDataGenerator, ORIGINAL):
        generator = base(rescale=1 / 255)
        flow = generator.flow_from_directory(folder, **FLOW)
        batches = [next(flow)]
        generator.rotation_range, generator.rescale, generator.fill_mode = 45, 2.0, "reflect"
        batches.append(next(flow))
        generator.featurewise_center, generator.mean = True, np.array([1.0, 2.0, 3.0], np.float32)
        generator.width_shift_range = 3
        batches.append(next(flow))
        flow.batch_size = 5
        batches.append(next(flow))
        seen.append(batches)
    assert difference(*seen) <= 1e-3


def test_another_librarys_generator_is_used_as_it_is(folder: Path) -> None:
    """Anything with the three methods."""
    from pipeline.legacy import DirectoryIterator

    np.random.seed(1)
    mine = next(DirectoryIterator(folder, ORIGINAL(**RANGES), **FLOW))
    theirs = next(ORIGINAL(**RANGES).flow_from_directory(folder, **FLOW))
    assert difference(mine, theirs) == 0


@pytest.mark.parametrize(
    "arguments", [{}, {"brightness_range": (0.5, 1.5)}, {"samplewise_center": True}, {"dtype": "float64"}]
)
def test_large_batches_go_part_by_part(folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: Any) -> None:
    x = np.random.RandomState(0).randint(0, 256, (25, 20, 16, 3)).astype(np.uint8)
    monkeypatch.setattr("pipeline.legacy.images.ONE_CALL_VALUES", 0)
    generators = [one(**{**RANGES, **arguments}) for one in (ImageDataGenerator, ORIGINAL)]
    for options in (FLOW, {**FLOW, "batch_size": 25}):
        mine, theirs = (one.flow_from_directory(folder, **options) for one in generators)
        for _ in range(5):
            assert difference(next(mine), next(theirs)) <= (2.1 / 255 if "brightness_range" in arguments else 1e-6)
    mine, theirs = (one.flow(x, seed=2, batch_size=20) for one in generators)
    for _ in range(3):
        assert difference(next(mine), next(theirs)) <= (2.1 / 255 if "brightness_range" in arguments else 1e-6)


def test_few_pictures_are_scipys_own(folder: Path) -> None:
    """Images for which compiling is not worth it are SciPy's to the last bit."""
    x = np.random.RandomState(0).uniform(0, 255, (3, 40, 30, 3)).astype(np.float32)
    arguments: dict[str, Any] = {"rotation_range": 30, "brightness_range": (0.5, 1.5), "fill_mode": "wrap"}
    flows = [one(**arguments).flow(x, seed=2, batch_size=2) for one in (ImageDataGenerator, ORIGINAL)]
    for _ in range(4):
        assert difference(next(flows[0]), next(flows[1])) == 0


def _from_a_fork(flow: Any, queue: Any) -> None:
    queue.put(flow[2])


def test_a_forked_child_gives_the_same_batches(folder: Path) -> None:
    """`use_multiprocessing` forks: TensorFlow must not be called there, and is not missed."""
    flow = ImageDataGenerator(**RANGES).flow_from_directory(folder, **FLOW)
    flow[0]
    child_flow = ImageDataGenerator(**RANGES).flow_from_directory(folder, **FLOW)
    child_flow[0]
    # What the parent is reading ahead will never be finished in the child.
    order = child_flow.index_array
    assert order is not None
    unfinished: Future[Any] = Future()
    child_flow._read_ahead()._ahead[tuple(child_flow._paths(order[16:24]))] = [(slice(0, 8), unfinished)]
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_from_a_fork, args=(child_flow, queue), daemon=True)
    child.start()
    batch = queue.get(timeout=60)
    child.join()
    assert difference(batch, flow[2]) <= 1e-6


def _model(shape: tuple[int, ...], outputs: int = 1) -> Any:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(outputs, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    return model


def _trained(base: Any, folder: Path, **attributes: Any) -> list[float]:
    flow = base(**RANGES).flow_from_directory(folder, **FLOW)
    for name, value in attributes.items():
        setattr(flow, name, value)
    history = _model((20, 16, 3)).fit(flow, epochs=3, shuffle=False, verbose=0)
    losses: list[float] = history.history["loss"]
    return losses


def test_fit_learns_the_same_as_with_keras(folder: Path) -> None:
    assert np.allclose(_trained(ImageDataGenerator, folder), _trained(ORIGINAL, folder), atol=1e-5)


@pytest.mark.parametrize("attributes", [{"workers": 3}, {"workers": 2, "use_multiprocessing": True}])
def test_fit_with_workers_learns_what_keras_learns_without(folder: Path, attributes: dict[str, Any]) -> None:
    """Threads and processes ask for batches in any order, and get those of reading in order, epoch by epoch."""
    wanted = _trained(ORIGINAL, folder)
    for _ in range(2):
        assert np.allclose(_trained(ImageDataGenerator, folder, **attributes), wanted, atol=1e-5)


def test_evaluate_and_predict(folder: Path) -> None:
    model = _model((20, 16, 3))
    flows = [
        one(rescale=1 / 255).flow_from_directory(folder, shuffle=False, **FLOW)
        for one in (ImageDataGenerator, ORIGINAL)
    ]
    assert model.evaluate(flows[0], verbose=0) == pytest.approx(model.evaluate(flows[1], verbose=0), abs=1e-6)
    predicted = [model.predict(flow, verbose=0) for flow in flows]
    assert predicted[0].shape == (25, 1)
    assert np.allclose(predicted[0], predicted[1], atol=1e-6)


BACKEND = """
import sys
import numpy as np, keras
from pipeline import ImageDataGenerator
generator = ImageDataGenerator(rotation_range=20)
flow = generator.flow_from_directory(sys.argv[1], (20, 16), class_mode="binary", batch_size=8)
model = keras.Sequential([keras.Input((20, 16, 3)), keras.layers.Flatten(), keras.layers.Dense(1, "sigmoid")])
model.compile("sgd", "binary_crossentropy", run_eagerly=keras.backend.backend() == "numpy")
if keras.backend.backend() != "numpy":
    model.fit(flow, epochs=2, verbose=0)
model.evaluate(flow, verbose=0)
sys.stderr.write(f"{keras.backend.backend()} {model.predict(flow, verbose=0).shape}")
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch", "numpy"])
def test_other_backends(folder: Path, backend: str) -> None:
    needed = "jax" if backend == "numpy" else backend  # Keras' NumPy backend borrows from JAX
    pytest.importorskip(needed, reason=f"{needed} is not installed")
    done = subprocess.run(
        [sys.executable, "-c", BACKEND, str(folder)],
        env={**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"{backend} (25, 1)" in done.stderr, done.stderr


def _count_reads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    started: list[tuple[str, ...]] = []
    start = ReadAhead._start

    def counted(self: ReadAhead, paths: Any) -> Any:
        started.append(tuple(paths))
        return start(self, paths)

    monkeypatch.setattr(ReadAhead, "_start", counted)
    return started


@pytest.mark.parametrize("seed", [3, None])
def test_what_is_read_ahead_is_what_comes(folder: Path, monkeypatch: pytest.MonkeyPatch, seed: int | None) -> None:
    """Across the ends of epochs too; so no file is read twice for one batch."""
    started = _count_reads(monkeypatch)
    flow = ImageDataGenerator(**RANGES).flow_from_directory(folder, **{**FLOW, "seed": seed})
    for _ in range(12):
        next(flow)
    ahead = flow._read_ahead().batches()
    assert 12 <= len(started) <= 12 + ahead
    assert isinstance(flow, FileIterator)


def test_batches_in_any_order_are_not_read_ahead(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`model.fit` asks for them so."""
    started = _count_reads(monkeypatch)
    flow = ImageDataGenerator(**RANGES).flow_from_directory(folder, **FLOW)
    for k in (3, 1, 2, 0, 2):
        flow[k]
    assert len(started) == 6  # behind 1 came 2, so 3 was read as well


def test_what_was_foreseen_wrongly_is_not_served(folder: Path) -> None:
    """Order changed by hand between two batches."""
    seen = []
    for base in (ImageDataGenerator, ORIGINAL):
        flow = base(rescale=1 / 255).flow_from_directory(folder, **FLOW)
        batches = [next(flow)]
        flow.index_array = np.arange(25)[::-1]
        batches.append(next(flow))
        flow.reset()
        batches.append(next(flow))
        flow.seed = 99
        batches.append(next(flow))
        seen.append(batches)
    assert difference(*seen) == 0


def test_a_function_may_keep_and_change_what_it_gets(folder: Path) -> None:
    seen = []
    for base in (ImageDataGenerator, ORIGINAL):
        kept: list[Any] = []

        def function(x: Any, kept: list[Any] = kept) -> Any:
            kept.append(x)
            x += 1
            return x[:, ::-1]

        flow = base(preprocessing_function=function, rescale=0.5).flow_from_directory(folder, **FLOW)
        seen.append([next(flow)[0], np.stack(kept)])
    assert difference(seen[0][0], seen[1][0]) == 0
    assert np.array_equal(seen[0][1], seen[1][1])


def test_a_failing_function_fails_the_batch(folder: Path) -> None:
    def function(x: Any) -> Any:
        raise RuntimeError("mine")

    flow = ImageDataGenerator(preprocessing_function=function).flow_from_directory(folder, **FLOW)
    with pytest.raises(RuntimeError, match="mine"):
        next(flow)
    flow.image_data_generator.preprocessing_function = None
    assert len(next(flow)[0]) == 8
