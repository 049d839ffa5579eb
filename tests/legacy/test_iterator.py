from __future__ import annotations

import copy
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.legacy import ImageDataGenerator, Iterator
from tests.support.beside_keras import KERAS, ORIGINAL, difference

X = np.arange(11 * 4 * 5 * 3, dtype=np.float32).reshape(11, 4, 5, 3) % 251


def _numbered(base: Any, **options: Any) -> Any:
    """An iterator of `base` that gives the examples' numbers and what `np.random` draws beside them."""

    class Numbered(base):  # either library's base
        def _get_batches_of_transformed_samples(self, index_array: Any) -> Any:
            return index_array.tolist(), np.random.random_sample()

    return Numbered(**{"n": 11, "batch_size": 4, "shuffle": True, "seed": 5, **options})


actions = st.lists(
    st.one_of(
        st.sampled_from(["next", "reset", "epoch", "draw", "item", "item", "first item"]),
        st.tuples(st.just("batch_size"), st.integers(1, 6)),
        st.tuples(st.just("shuffle"), st.booleans()),
    ),
    max_size=14,
)


def _run(iterator: Any, steps: list[Any], own_state: bool) -> list[Any]:
    """Return what an iterator gives when it is used like this; by index it is read in order."""
    seen: list[Any] = []
    place = 0
    for step in steps:
        if step in ("next", "epoch", "first item"):
            place = 0
        if step == "next":
            seen.append(next(iterator))
        elif step == "reset":
            iterator.reset()
        elif step == "epoch":
            iterator.on_epoch_end()
        elif step in ("item", "first item"):
            place = place if place < len(iterator) else 0
            seen.append(iterator[place])
            place += 1
        elif step == "draw":
            if not own_state:
                seen.append(np.random.random_sample())
        else:
            setattr(iterator, *step)
        seen.append((iterator.batch_index, iterator.total_batches_seen))
    return seen


@given(steps=actions, seed=st.one_of(st.none(), st.integers(0, 99)))
@settings(deadline=None, max_examples=150)
def test_any_use_in_order_gives_what_keras_gives(steps: list[Any], seed: int | None) -> None:
    """Order, counters and draws, whatever is called; without a seed, with draws in between."""
    # Until its first batch, Keras' own takes an epoch's order from NumPy's state even where there is a seed.
    steps = ["next", *steps]
    np.random.seed(3)
    theirs = _run(_numbered(KERAS.Iterator, seed=seed), steps, own_state=seed is not None)
    np.random.seed(3)
    assert _run(_numbered(Iterator, seed=seed), steps, own_state=seed is not None) == theirs


def test_with_a_seed_numpys_state_is_left_alone() -> None:
    np.random.seed(1)
    wanted = np.random.random_sample(3).tolist()
    np.random.seed(1)
    flow = ImageDataGenerator(rotation_range=20, preprocessing_function=lambda x: x + np.random.rand()).flow(
        X, seed=2, batch_size=4
    )
    next(flow)
    flow.on_epoch_end()
    _ = flow[1], next(_numbered(Iterator))
    assert np.random.random_sample(3).tolist() == wanted


def test_without_a_seed_all_comes_from_numpys_state() -> None:
    """Order, draws, and what is drawn between two batches, as in the original."""
    seen = []
    for generator in (ImageDataGenerator, ORIGINAL):
        np.random.seed(7)
        flow = generator(rotation_range=30, horizontal_flip=True).flow(X, batch_size=4)
        batches = []
        for _ in range(5):
            batches.append(next(flow))
            batches.append(np.random.random_sample(2))
        flow.on_epoch_end()
        batches += [flow[1], np.random.random_sample(2)]
        seen.append(batches)
    assert difference(seen[0], seen[1]) <= 1e-4


def test_indexing() -> None:
    flow = ImageDataGenerator().flow(X, np.arange(11), batch_size=4, shuffle=False)
    assert len(flow) == 3
    assert flow[2][1].tolist() == [8, 9, 10]
    assert flow[-1][1].tolist() == [8, 9, 10]
    assert flow[np.int64(0)][1].tolist() == [0, 1, 2, 3]
    for wrong in (3, -4):
        with pytest.raises(ValueError, match=f"Asked to retrieve element {wrong}, but the Sequence has length 3"):
            flow[wrong]


def test_older_spellings_and_public_names() -> None:
    flow = ImageDataGenerator().flow(X, np.arange(11), batch_size=4, seed=3)
    again = ImageDataGenerator().flow(X, np.arange(11), batch_size=4, seed=3)
    assert flow.next()[1].tolist() == next(again)[1].tolist()
    theirs = ORIGINAL().flow(X, np.arange(11), batch_size=4, seed=3)
    next(theirs)
    assert next(flow.index_generator).tolist() == next(theirs.index_generator).tolist()
    flow.shuffle = False
    flow.set_index_array()
    assert flow.index_array is not None
    assert flow.index_array.tolist() == list(range(11))
    assert flow._get_batches_of_transformed_samples(np.array([7]))[1].tolist() == [7]


def test_an_iterator_with_its_own_next_repeats() -> None:
    """Keras 2's way to write one: index under the lock, then draws from `np.random`."""
    seen = []
    for home, generator in ((Iterator, ImageDataGenerator), (KERAS.Iterator, ORIGINAL)):

        class Own(home):  # type: ignore[misc,valid-type]  # either library's
            def _get_batches_of_transformed_samples(self, index_array: Any, generator: Any = generator) -> Any:
                return np.stack([generator(rotation_range=90).random_transform(X[k]) for k in index_array])

            def next(self) -> Any:
                with self.lock:
                    index_array = next(self.index_generator)
                return self._get_batches_of_transformed_samples(index_array)

        flow = Own(11, 4, True, 3)
        seen.append([flow.next() for _ in range(5)])
    assert difference(*seen) == 0


@pytest.mark.parametrize(("options", "error", "message"), [
    ({"batch_size": 0}, ValueError, "`batch_size` should be at least 1. Received: 0"),
    ({"batch_size": "2"}, TypeError, "`batch_size` should be an integer. Received: '2'"),
    ({"seed": "1"}, TypeError, "`seed` should be an integer or None. Received: '1'"),
    ({"seed": 1.5}, TypeError, "`seed` should be an integer or None. Received: 1.5"),
])  # fmt: skip
def test_wrong_numbers_are_named(options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message.replace(".", r"\.")):
        ImageDataGenerator().flow(X, **options)


def test_it_loops_without_end() -> None:
    flow = ImageDataGenerator().flow(X, batch_size=4, shuffle=False)
    sizes = [len(batch) for batch, _ in zip(flow, range(7), strict=False)]
    assert sizes == [4, 4, 3, 4, 4, 3, 4]


@pytest.mark.parametrize("how", [copy.deepcopy, lambda flow: pickle.loads(pickle.dumps(flow))])
def test_a_copy_goes_on_where_the_original_stands(how: Callable[[Any], Any]) -> None:
    flow = ImageDataGenerator(rotation_range=30).flow(X, batch_size=4, seed=1)
    next(flow)
    other = how(flow)
    for _ in range(4):
        assert difference(next(other), next(flow)) == 0


def test_threads_share_one_stream(photo_folder: Callable[..., Path]) -> None:
    """As many threads as may be: each batch once, and the very batches of one thread."""
    folder = photo_folder({"a": 30, "b": 33}, (30, 30))

    def flow() -> Any:
        options: dict[str, Any] = {"target_size": (16, 16), "batch_size": 7, "seed": 4, "class_mode": "sparse"}
        return ImageDataGenerator(rotation_range=30).flow_from_directory(folder, **options)

    alone = flow()
    wanted = {next(alone)[0].tobytes() for _ in range(27)}
    assert len(wanted) == 27
    shared = flow()
    barrier = threading.Barrier(8)

    def take(_: int) -> list[bytes]:
        barrier.wait()
        return [next(shared)[0].tobytes() for _ in range(3)]

    with ThreadPoolExecutor(8) as pool:
        found = [batch for batches in pool.map(take, range(8)) for batch in batches]
    found += [next(shared)[0].tobytes() for _ in range(3)]
    assert set(found) == wanted
    assert len(found) == 27


def test_nothing_at_all() -> None:
    flow = ImageDataGenerator().flow(X[:0])
    assert len(flow) == 0
    assert len(next(flow)) == 0
    with pytest.raises(ValueError, match="Asked to retrieve element 0"):
        flow[0]


@pytest.mark.parametrize("arguments", [{}, {"rotation_range": 30}, {"preprocessing_function": lambda x: x}])
def test_a_batch_of_nothing(arguments: Any) -> None:
    flow = ImageDataGenerator(**arguments).flow(np.concatenate([X, X]), seed=1)
    assert flow._get_batches_of_transformed_samples(np.array([], int)).shape == (0, 4, 5, 3)
