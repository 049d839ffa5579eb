"""The worst mistakes, kept while batches go by: which example, what was true, what the model said, how sure it was."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluate.metrics import class_numbers
from pipeline.sources.labels import THRESHOLD, Mode

__all__ = ["SHOWN", "Mistake", "Worst", "said", "truth"]

SHOWN = 25


@dataclasses.dataclass(frozen=True)
class Mistake:
    """One example that the model is wrong about.

    Args:
        index: among the examples.
        picture: float32 `[H, W, C]`, as the model saw it.
        badness: the probability of what is wrong; for values the largest error.
        label: the true one, a row of what `measure` takes.
        outputs: float32 `[C]`; `said` puts both into words.
    """

    index: int
    picture: NDArray[np.float32]
    badness: float
    label: NDArray[Any]
    outputs: NDArray[np.float32]


def truth(label: NDArray[Any], class_names: Sequence[str], mode: Mode) -> str:
    """The true class, classes or values of one example in words; `label` as `measure` takes it, one row `[C]`."""
    if mode in ("regression", "multi_label"):
        return said(np.ravel(label), class_names, mode)
    return class_names[int(class_numbers(np.reshape(label, (1, -1)), mode)[0])]


def said(outputs: NDArray[Any], class_names: Sequence[str], mode: Mode) -> str:
    """Return the prediction in the model's outputs `[C]` for one example, in the same form."""
    if mode == "regression":
        return ", ".join(f"{value:.4g}" for value in np.ravel(outputs))
    if mode == "multi_label":
        return ", ".join(name for name, value in zip(class_names, outputs, strict=True) if value > THRESHOLD) or "–"
    return class_names[int(np.argmax(outputs))]


def _badness(outputs: NDArray[Any], labels: NDArray[Any], mode: Mode) -> NDArray[np.float64]:
    """float64 `[B]`: how wrong each example is; -1 where it is right."""
    outputs = np.asarray(outputs, np.float64)
    if mode == "regression":
        return np.asarray(np.abs(outputs - np.reshape(labels, outputs.shape)).max(axis=1), np.float64)
    if mode == "multi_label":
        yes = np.reshape(labels, outputs.shape) > THRESHOLD
        wrong = (outputs > THRESHOLD) != yes
        return np.asarray(np.where(wrong, np.where(yes, 1 - outputs, outputs), -1).max(axis=1), np.float64)
    wrong = outputs.argmax(axis=1) != class_numbers(labels, mode)
    return np.where(wrong, outputs.max(axis=1), -1.0)


class Worst:
    """Keeps the worst, with their pictures, and lets all others go.

    Args:
        mode: what labels look like.
        limit: how many are kept.
    """

    def __init__(self, mode: Mode, limit: int = SHOWN) -> None:
        self._mode, self._limit = mode, limit
        self._seen = 0
        self.found: list[Mistake] = []
        """The worst first; of equals the earlier."""

    def add(self, images: NDArray[np.float32], outputs: NDArray[Any], labels: NDArray[Any]) -> None:
        """The next batch: `[B, H, W, C]`, `[B, C]` and labels as `measure` takes them."""
        badness = _badness(outputs, labels, self._mode)
        floor = self.found[-1].badness if len(self.found) == self._limit else 0.0
        order = np.argsort(-badness, kind="stable")[: self._limit]
        new = [
            Mistake(
                index=self._seen + int(row),
                picture=np.array(images[row]),
                badness=float(badness[row]),
                label=np.array(labels[row]),
                outputs=np.array(outputs[row], np.float32),
            )
            for row in order
            if badness[row] > 0 and badness[row] >= floor
        ]
        self.found = sorted([*self.found, *new], key=lambda one: (-one.badness, one.index))[: self._limit]
        self._seen += len(badness)
