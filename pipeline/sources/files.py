"""Files as a source: one encoded image a file."""

from __future__ import annotations

import dataclasses
import functools
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.files.fingerprints import content_fingerprint, status_fingerprint
from pipeline.sources.source import Features, FeatureSpec, Fingerprint, Source

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["FileSource"]

IMAGE = FeatureSpec("image", encoded=True)


@dataclasses.dataclass(frozen=True)
class FileSource(Source):
    """A source of files.

    Args:
        files: N file paths. A path may hold bytes that are not UTF-8, as `os.fsdecode` gives them.
    """

    files: tuple[str, ...]
    noun = "photo"
    validation_noun = "a validation folder"

    @property
    def paths(self) -> tuple[str, ...]:
        """The files."""
        return self.files

    @property
    def features(self) -> Mapping[str, FeatureSpec]:
        """The encoded image alone."""
        return {"image": IMAGE}

    def __repr__(self) -> str:
        return f"FileSource({len(self):,} files)"

    def __len__(self) -> int:
        return len(self.paths)

    @functools.cached_property
    def _paths(self) -> tf.Tensor:
        """The paths as a tensor, string `[N]`, made once and outside any graph."""
        import tensorflow as tf

        with tf.init_scope(), tf.device("CPU:0"):
            return tf.constant([os.fsencode(path) for path in self.paths], tf.string)

    def read(self, index: tf.Tensor) -> Features:
        """Read the bytes of one file: int64 scalar to `{"image": scalar string}`."""
        import tensorflow as tf

        return {"image": tf.io.read_file(tf.gather(self._paths, index))}

    def subset(self, index: NDArray[np.int64]) -> FileSource:
        """Return a source of the files at `index`, in that order."""
        return FileSource(tuple(self.paths[i] for i in index))

    def describe(self, index: int) -> str:
        """Return the path of a file."""
        return self.paths[index]

    def columns(self) -> dict[str, Any]:
        """Return the column `path`."""
        return {"path": list(self.paths)}

    def sizes(self) -> NDArray[np.int64]:
        """Return the bytes of each file, -1 for one that is not there: int64 `[N]`."""
        return np.array([_size(path) for path in self.paths], np.int64)

    def identity(self, sizes: Sequence[int]) -> Iterator[bytes]:
        """Yield each file's name below the folder that all have in common, with its size."""
        folder = os.path.commonpath([os.path.dirname(os.path.abspath(path)) for path in self.paths])
        for path, size in zip(self.paths, sizes, strict=True):
            marks = (os.path.relpath(os.path.abspath(path), folder), int(size))
            yield repr(marks).encode("utf-8", "surrogateescape")

    def fingerprints(self, how: Fingerprint, index: Sequence[int] | None = None) -> list[bytes | None]:
        """Return a fingerprint of each file: its absolute path, size and times, or a hash of its bytes."""
        chosen = self.paths if index is None else [self.paths[i] for i in index]
        fingerprint = status_fingerprint if how == "stat" else content_fingerprint
        return [fingerprint(os.fsencode(path)) for path in chosen]


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return -1
