"""What a source hands on: which pictures there are, in a fixed order, and which class each belongs to."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["Examples"]


@dataclasses.dataclass(frozen=True)
class Examples:
    """Indexed examples; example i is row i of each column.

    Args:
        paths: N file paths.
        labels: int32 `[N]`, each the position of its class in `class_names`.
        class_names: the classes in the order of their labels.
        notes: what the source passed over or found odd, one line each, for the user to read.
    """

    paths: tuple[str, ...]
    labels: NDArray[np.int32]
    class_names: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.paths)

    def subset(self, index: Sequence[int] | NDArray[np.int64]) -> Examples:
        """The examples at `index`, in that order, without the notes."""
        paths = tuple(self.paths[i] for i in index)
        return Examples(paths, self.labels[np.asarray(index, np.int64)], self.class_names)

    def path_bytes(self) -> list[bytes]:
        """The paths as the file system has them, names that are not UTF-8 included."""
        return [os.fsencode(path) for path in self.paths]

    def counts(self) -> NDArray[np.int64]:
        """Examples of each class: int64 `[len(class_names)]`."""
        return np.bincount(self.labels, minlength=len(self.class_names))
