"""Indexed examples: the columns that are known without reading an image, and the source that reads it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.config.checks import shown
from pipeline.sources.source import Source

__all__ = ["Examples"]


@dataclasses.dataclass(frozen=True)
class Examples:
    """Examples in a fixed order; example i is row i of each column and index i of the source.

    Args:
        source: reads their features.
        labels: int32 `[N]`, each the position of its class in `class_names`; or float32 `[N, K]`, a column for each
            of `class_names`: 0 or 1 where classes go together (`"multi_label"`), any number for `"regression"`, and
            no column at all where there are no labels.
        class_names: the classes in the order of their labels; for `"regression"` the names of the numbers.
        notes: findings of the source for the user to read, one line each.
        lost: names of examples that are read no more (`pipeline.reading.lost`), with the bytes that their files had.
    """

    source: Source
    labels: NDArray[Any]
    class_names: tuple[str, ...]
    notes: tuple[str, ...] = ()
    lost: Mapping[str, int] = dataclasses.field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return f"Examples({len(self):,} {self.noun}s, class_names={shown(self.class_names)})"

    @property
    def noun(self) -> str:
        """The word for one example in messages."""
        return self.source.noun

    @property
    def paths(self) -> tuple[str, ...]:
        """The file of each example; empty where examples have no files of their own."""
        return self.source.paths

    @property
    def one_class_each(self) -> bool:
        """True where every example belongs to one class and no other."""
        return self.labels.ndim == 1

    def name(self, index: int) -> str:
        """Return the name of an example for people: its file, or its row such as `row 17`."""
        return self.source.describe(index)

    def subset(self, index: Sequence[int] | NDArray[np.int64]) -> Examples:
        """Return the examples at `index`, in that order, without the notes."""
        chosen = np.asarray(index, np.int64)
        return Examples(self.source.subset(chosen), self.labels[chosen], self.class_names, lost=self.lost)

    def sizes(self) -> NDArray[np.int64]:
        """Return the bytes of each example's file, those of a lost one as they were: int64 `[N]`; empty without files.

        A file that is gone has -1.
        """
        sizes = self.source.sizes()
        if self.lost:
            for index in range(len(sizes)):
                sizes[index] = self.lost.get(self.name(index), sizes[index])
        return sizes

    def counts(self) -> NDArray[np.int64]:
        """Return the examples of each class; an example of several classes counts in each: int64 `[K]`."""
        if not self.one_class_each:
            positives: NDArray[np.int64] = np.count_nonzero(self.labels, axis=0)
            return positives
        return np.bincount(self.labels, minlength=len(self.class_names))
