from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pipeline.legacy import ImageDataGenerator
from tests.support.beside_keras import ORIGINAL, difference

X = np.random.RandomState(0).randint(0, 256, (22, 9, 7, 3)).astype(np.uint8)
Y = np.arange(22) % 2
OTHER = np.arange(22.0)[:, None]


def _assert_as_keras(
    x: Any, y: Any = None, generator: dict[str, Any] | None = None, tolerance: float = 1e-4, **options: Any
) -> None:
    options = {"batch_size": 5, "seed": 3, **options}
    mine, theirs = (one(**(generator or {})).flow(x, y, **options) for one in (ImageDataGenerator, ORIGINAL))
    assert np.array_equal(mine.x, theirs.x)
    assert mine.x.dtype == theirs.x.dtype
    assert (mine.n, len(mine)) == (theirs.n, len(theirs))
    for _ in range(len(theirs) + 1):
        assert difference(next(mine), next(theirs)) <= tolerance


@pytest.mark.parametrize("options", [
    {},
    {"y": Y},
    {"y": Y, "sample_weight": OTHER[:, 0]},
    {"y": Y, "batch_size": 64},
    {"y": Y.tolist(), "shuffle": False},
    {"y": Y, "subset": "training", "generator": {"validation_split": 0.3}},
    {"y": Y, "subset": "validation", "generator": {"validation_split": 0.3}},
])  # fmt: skip
@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64", "int32"])
def test_batches(options: dict[str, Any], dtype: str) -> None:
    _assert_as_keras(
        X.astype(dtype), **{**options, "generator": {"rotation_range": 30, **options.get("generator", {})}}
    )


@pytest.mark.parametrize("beside", [OTHER, [OTHER, Y]])
def test_arrays_that_go_along(beside: Any) -> None:
    _assert_as_keras((X, beside), Y)
    _assert_as_keras([X, beside], None)
    _assert_as_keras((X, beside), Y, {"validation_split": 0.5}, subset="validation")


def test_one_channel_and_four() -> None:
    _assert_as_keras(X[..., :1], Y, {"zoom_range": 0.3, "brightness_range": (0.4, 1.4)})
    _assert_as_keras(np.concatenate([X, X[..., :1]], axis=3), Y, {"brightness_range": (0.4, 1.4)})


def test_values_beyond_bytes() -> None:
    """Negative and large values: brightness stretches them to bytes and back, as Pillow wants."""
    _assert_as_keras(X * 7.0 - 300, Y, {"rotation_range": 30, "channel_shift_range": 90.0}, tolerance=1e-3)
    _assert_as_keras(X * 7.0 - 300, Y, {"brightness_range": (0.4, 1.4)})
    _assert_as_keras(X / 255, Y, {"brightness_range": (0.4, 1.4)})


def test_bytes_are_kept_as_bytes_and_apart() -> None:
    x = X.copy()
    flow = ImageDataGenerator().flow(x, shuffle=False)
    assert flow._pixels.nbytes == x.nbytes
    x[:] = 0
    assert np.array_equal(next(flow), X.astype(np.float32))


def test_the_pictures_may_be_replaced() -> None:
    flow = ImageDataGenerator().flow(X, shuffle=False)
    flow.x = np.zeros_like(X)
    assert not next(flow).any()


def test_weights_follow_the_subset() -> None:
    """Keras' own gives the weights of the first examples to the last."""
    weights = np.arange(22.0)
    generator = ImageDataGenerator(validation_split=0.5)
    flow = generator.flow(X, Y, sample_weight=weights, subset="training", shuffle=False, batch_size=22)
    assert next(flow)[2].tolist() == weights[11:].tolist()


def test_strange_channels_warn_as_in_keras() -> None:
    with pytest.warns(UserWarning, match=r"expected either 1, 3, or 4 channels on axis 3.*\(2 channels\)"):
        ImageDataGenerator().flow(X[..., :2])


@pytest.mark.parametrize(("x", "options"), [
    (X[0], {}),
    (X, {"y": Y[:3]}),
    (X, {"y": Y, "sample_weight": Y[:3]}),
    ((X, OTHER[:4]), {}),
    (X, {"subset": "test"}),
    (X, {"y": np.arange(22), "subset": "training"}),
])  # fmt: skip
def test_refusals_are_those_of_keras(x: Any, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError) as theirs:  # noqa: PT011  # compared below
        ORIGINAL(validation_split=0.5).flow(x, **options)
    with pytest.raises(ValueError) as mine:  # noqa: PT011
        ImageDataGenerator(validation_split=0.5).flow(x, **options)
    assert str(mine.value)[:60] == str(theirs.value)[:60]


def test_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"should have rank 4\. You passed: None"):
        ImageDataGenerator().flow(None)


def test_classes_may_differ_on_request() -> None:
    _assert_as_keras(X, np.arange(22), {"validation_split": 0.5}, subset="training", ignore_class_split=True)
