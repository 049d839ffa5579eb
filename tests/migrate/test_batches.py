"""Lists in batches, which Keras 3 refuses: told, with the form that it takes."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from tests.support.migrated import notes_of

TOLD = "Keras 3 takes no lists in a batch: if fit reads this, write "


@pytest.mark.parametrize(
    ("batch", "written"),
    [
        ("yield [a, b], y", "yield (a, b), y"),
        ("yield ([a[0], b[0]], y, w)", "yield (a[0], b[0]), y, w"),
        ("yield a, [y, z]", "yield a, (y, z)"),
        ("yield [a], y", "yield (a,), y"),
        ("yield [a, b]", "yield a, b"),
        ("c = [a, b]; yield c, y", "yield tuple(c), y"),
        ("c = []; yield c, y", "yield np.array(c), y"),
        ("yield a, [f(k) for k in y]", "yield a, np.array([f(k) for k in y])"),
        ("yield a, [0, 1]", "yield a, np.array([0, 1])"),
        ("yield [\n        a,  # first\n        b,\n    ], y", "yield (a, b), y"),
    ],
)
def test_what_a_generator_yields(batch: str, written: str) -> None:
    ((line, text),) = notes_of(f"def batches(a, b, y):\n    {batch}\nmodel.fit(batches(1, 2, 3))\n")
    assert (line, text) == (2, TOLD + written)


def test_what_a_sequence_returns() -> None:
    source = "class Two(keras.utils.Sequence):\n def __getitem__(self, k):\n  return [a, b], y\nmodel.fit(Two())\n"
    assert notes_of(source) == [(3, f"{TOLD}return (a, b), y")]


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    yield (a, b), y\nm.fit(f())",
        "def f():\n    yield {'a': a, 'b': b}, y\nm.fit(f())",
        "def f():\n    yield np.array([a, b]), y\nm.fit(f())",
        "def f():\n    yield a, y\nm.fit(f())",
        "def f():\n    yield\nm.fit(f())",
        "def f():\n    yield [a, b], y\n",  # nothing in this file trains
        "class C:\n  def __getitem__(self, k):\n    return [a, b], y\nm.fit(x)",
        "class C(Sequence):\n  def pairs(self, k):\n    return [a, b], y\nm.fit(x)",
        "class C(Sequence):\n  def __getitem__(self, k):\n    return [a, y]\nm.fit(x)",  # Keras takes this list
    ],
)
def test_what_keras_takes_is_not_told(source: str) -> None:
    assert notes_of(source) == []


def test_keras_refuses_the_one_and_takes_the_other() -> None:
    """Run what is told: two inputs and two outputs, as a generator of one's own yields them."""
    inputs = [keras.Input((3,)), keras.Input((3,))]
    joined = keras.layers.Concatenate()(inputs)
    model = keras.Model(inputs, [keras.layers.Dense(1)(joined), keras.layers.Dense(1)(joined)])
    model.compile("sgd", ["mse", "mse"])
    x, y = np.ones((4, 3), "float32"), np.ones((4, 1), "float32")

    def fit(line: str) -> Any:
        names: dict[str, Any] = {"a": x, "b": x, "y": y, "z": y}
        exec(f"def batches():\n    while True:\n        {line}\n", names)
        return model.fit(names["batches"](), steps_per_epoch=2, verbose=0).history

    before = "yield [a, b], [y, z]"
    ((_, text),) = notes_of(f"def batches():\n    {before}\nmodel.fit(batches())\n")
    with pytest.raises(TypeError, match="TypeSpec"):
        fit(before)
    assert "loss" in fit(text.removeprefix(TOLD))
