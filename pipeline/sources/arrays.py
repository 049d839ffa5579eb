"""An array in memory as a source: one image a row."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.sources.source import Features, FeatureSpec, Source

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["ArraySource"]

READ_AT_ONCE = 1 << 24  # bytes of an array


@dataclasses.dataclass(frozen=True)
class ArraySource(Source):
    """A source of images in memory.

    Args:
        array: uint8 or float32 `[M, H, W, C]`, aligned for `pipeline.runtime.shared_array.share`, and not written
            while the source is in use.
        rows: int64 `[N]`, the row of each example; `None`: row i is example i.
        shared: `array` as TensorFlow holds it; `None`: it is shared when it is first read.
    """

    array: NDArray[Any]
    rows: NDArray[np.int64] | None = None
    shared: tf.Variable | None = None

    noun = "picture"
    validation_noun = "validation arrays"
    service_refusal = (
        "a worker of the tf.data service has no part in this process's memory, where these arrays are: save "
        "the pictures as files and read them with pipeline.from_directory. Received: data of from_arrays"
    )

    @property
    def features(self) -> Mapping[str, FeatureSpec]:
        """The image, as the array has it."""
        return {"image": FeatureSpec("image", encoded=False, dtype=self.array.dtype.name, shape=self.array.shape[1:])}

    def __repr__(self) -> str:
        return f"ArraySource({len(self):,} rows of {self.array.dtype} {list(self.array.shape)})"

    def __len__(self) -> int:
        return len(self.array if self.rows is None else self.rows)

    @functools.cached_property
    def _shared(self) -> tf.Variable:
        """The whole array, made known to TensorFlow outside any graph."""
        import tensorflow as tf

        from pipeline.runtime.shared_array import share

        if self.shared is not None:
            return self.shared
        with tf.init_scope():
            return share(self.array)

    def read(self, index: tf.Tensor) -> Features:
        """Gather rows: int64 scalar or `[B]` to `{"image": [H, W, C] or [B, H, W, C]}`."""
        import tensorflow as tf

        from pipeline.runtime.shared_array import take

        row = index if self.rows is None else tf.gather(tf.constant(self.rows), index)
        return {"image": take(self._shared, row)}

    def _numbers(self) -> NDArray[np.int64]:
        return np.arange(len(self.array), dtype=np.int64) if self.rows is None else self.rows

    def subset(self, index: NDArray[np.int64]) -> ArraySource:
        """Return a source of the rows of the examples at `index`, over the same memory."""
        return ArraySource(self.array, self._numbers()[index], self._shared)

    def describe(self, index: int) -> str:
        """Return the row's number, such as `"row 17"`."""
        return f"row {self._numbers()[index]}"

    def columns(self) -> dict[str, Any]:
        """Return the column `row`."""
        return {"row": self._numbers()}

    def identity(self, sizes: Sequence[int]) -> Iterator[bytes]:
        """Yield the type of the array and every pixel of the examples."""
        del sizes
        yield repr((self.array.dtype.str, self.array.shape[1:])).encode()
        rows = self._numbers()
        step = max(1, READ_AT_ONCE * len(self.array) // max(1, self.array.nbytes))
        for first in range(0, len(rows), step):
            yield self.array[rows[first : first + step]].tobytes()
