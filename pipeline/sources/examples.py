"""What a source hands on: which pictures there are, in a fixed order, and which class each belongs to."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.config.checks import shown

__all__ = ["Examples"]


@dataclasses.dataclass(frozen=True)
class Examples:
    """Indexed examples; example i is row i of each column.

    Args:
        paths: N file paths; none where the examples are an array's rows.
        labels: int32 `[N]`, each the position of its class in `class_names`; or float32 `[N, K]`, a column for each
            of `class_names`: 0 or 1 where classes go together (`"multi_label"`), any number for `"regression"`, and
            no column at all where there are no labels.
        class_names: the classes in the order of their labels; for `"regression"` the names of the numbers.
        notes: what the source passed over or found odd, one line each, for the user to read.
        array: `[M, H, W, C]` whose rows the examples are, or `None`.
        rows: int64 `[N]`, which row of `array` each is, or `None`.
        lost: paths that are read no more (`pipeline.reading.lost`), with the bytes that their files had.
    """

    paths: tuple[str, ...]
    labels: NDArray[Any]
    class_names: tuple[str, ...]
    notes: tuple[str, ...] = ()
    array: NDArray[Any] | None = None
    rows: NDArray[np.int64] | None = None
    lost: Mapping[str, int] = dataclasses.field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return f"Examples({len(self):,} {self.noun}s, class_names={shown(self.class_names)})"

    @property
    def noun(self) -> str:
        """What people call one of them: photos come from files, pictures from an array."""
        return "photo" if self.array is None else "picture"

    @property
    def one_class_each(self) -> bool:
        """Whether every example belongs to one class and no other."""
        return self.labels.ndim == 1

    def name(self, index: int) -> str:
        """Where example `index` comes from, for people: its file, or its row such as `row 17`."""
        return self.paths[index] if self.rows is None else f"row {self.rows[index]}"

    def subset(self, index: Sequence[int] | NDArray[np.int64]) -> Examples:
        """The examples at `index`, in that order, without the notes."""
        chosen = np.asarray(index, np.int64)
        paths = tuple(self.paths[i] for i in index) if self.paths else ()
        rows = None if self.rows is None else self.rows[chosen]
        return Examples(paths, self.labels[chosen], self.class_names, array=self.array, rows=rows, lost=self.lost)

    def path_bytes(self) -> list[bytes]:
        """The paths as the file system has them, names that are not UTF-8 included."""
        return [os.fsencode(path) for path in self.paths]

    def counts(self) -> NDArray[np.int64]:
        """Examples of each class, of as many as each belongs to: int64 `[len(class_names)]`."""
        if not self.one_class_each:
            positives: NDArray[np.int64] = np.count_nonzero(self.labels, axis=0)
            return positives
        return np.bincount(self.labels, minlength=len(self.class_names))
