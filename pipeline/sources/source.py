"""The types of a source: where examples come from, and what each of them holds.

A new source is one module here that implements `Source`, and one builder that gives it to `pipeline.builders.assemble`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["FeatureSpec", "Features", "Fingerprint", "Source"]

# The fields of an example, or of a batch of them: "image", and others by name.
Features = dict[str, "tf.Tensor"]
# How a file is recognised: by path, size and times of last change, or by a hash of its bytes.
Fingerprint = Literal["stat", "content"]


@dataclasses.dataclass(frozen=True)
class FeatureSpec:
    """The form in which a source gives a feature.

    Args:
        kind: the meaning: augmentation treats an image, a mask, boxes and keypoints each in its own way.
        encoded: the feature is the bytes of a file (a scalar string), which a reader decodes; otherwise it is an array
            that is ready for use, and a whole batch of indices can be read at once.
        dtype: of the array; `"string"` where it is encoded.
        shape: of the array of one example; `()` where it is encoded.
    """

    kind: Literal["image", "mask", "boxes", "keypoints", "value"]
    encoded: bool
    dtype: str = "string"
    shape: tuple[int, ...] = ()


class Source(Protocol):
    """Indexed examples: a source knows how many there are, and reads any of them.

    A class that inherits from it must define `features`, `__len__`, `read`, `subset` and `describe`.
    """

    @property
    def noun(self) -> str:
        """The word for one example in messages, in the singular: `"photo"`."""
        return "example"

    @property
    def validation_noun(self) -> str:
        """The words for other examples to validate on, in messages: `"a validation folder"`."""
        return "validation examples"

    @property
    def features(self) -> Mapping[str, FeatureSpec]:
        """The features that `read` gives, by name."""
        ...

    @property
    def paths(self) -> tuple[str, ...]:
        """The file of each example; empty where examples have no files of their own."""
        return ()

    @property
    def service_refusal(self) -> str | None:
        """The reason why a worker of the tf.data service cannot read this source; `None` if it can."""
        return None

    def __len__(self) -> int: ...

    def read(self, index: tf.Tensor) -> Features:
        """Read one example in a TensorFlow graph.

        Args:
            index: int64 scalar; also int64 `[B]` where no feature is encoded, for a whole batch.

        Raises:
            tf.errors.OpError: the example cannot be read.
        """
        ...

    def subset(self, index: NDArray[np.int64]) -> Source:
        """Return a source of the examples at `index`, in that order."""
        ...

    def describe(self, index: int) -> str:
        """Return the name of an example for people, such as `"cats/1.jpg"` or `"row 17"`; no two have the same."""
        ...

    def columns(self) -> dict[str, Any]:
        """Return the columns of a table that say where each example comes from, by name."""
        return {"example": [self.describe(index) for index in range(len(self))]}

    def sizes(self) -> NDArray[np.int64]:
        """Return the bytes of each example's file, -1 for one that is gone: int64 `[N]`; empty without files."""
        return np.array([], np.int64)

    def identity(self, sizes: Sequence[int]) -> Iterator[bytes]:
        """Yield what tells these examples from others, for the state of a run: the same for the same examples.

        Args:
            sizes: those of `sizes()`, as they were when the run began.
        """
        del sizes
        for index in range(len(self)):
            yield self.describe(index).encode("utf-8", "surrogateescape")

    def fingerprints(self, how: Fingerprint, index: Sequence[int] | None = None) -> list[bytes | None]:
        """Return what recognises the content of each example for a cache on disk.

        `None` for an example that cannot be looked at, or whose source has no fingerprints: it is not kept on disk.

        Args:
            how: by the file system's record of the file, or by its bytes.
            index: of the examples; `None`: all.
        """
        del how
        return [None] * (len(self) if index is None else len(index))
