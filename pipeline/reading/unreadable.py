"""Examples that cannot be read: the type, and its words for people."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.files.shortage import TRAINING
from pipeline.images.fault import Fault
from pipeline.runtime.progress import say

__all__ = ["Unreadable", "describe_all", "readable", "refuse_too_many", "refuse_unreadable"]

NAMED = 3


@dataclasses.dataclass(frozen=True)
class Unreadable:
    """An example that cannot be read.

    Args:
        index: among the examples that were read; -1 where it is none of them.
        name: for people: its path, or its place in the source.
        fault: the reason.
    """

    index: int
    name: str
    fault: Fault

    @property
    def path(self) -> str:
        """The path of a photo, which is its name."""
        return self.name

    @property
    def reason(self) -> str:
        """The reason in English, in one line."""
        return str(self.fault)

    @property
    def verdict(self) -> str:
        """The fault in a word or two: the image may be sound, and only too large."""
        return "larger than max_pixels" if self.fault.is_size else "cannot be read"


def readable(count: int, found: Sequence[Unreadable]) -> NDArray[np.int64]:
    """Return the indices of the examples that can be read, of `count` examples, in order: int64 `[M]`."""
    return np.delete(np.arange(count, dtype=np.int64), [one.index for one in found])


def describe_all(found: Sequence[Unreadable]) -> str:
    """Return the verdict on all of them, as it follows "3 of 10 photos"."""
    large = sum(one.fault.is_size for one in found)
    if not large:
        return "cannot be read"
    are = "is" if len(found) == 1 else "are"
    return f"{'' if large == len(found) else 'cannot be read or '}{are} larger than max_pixels"


def refuse_too_many(found: Sequence[Unreadable], count: int, share: float) -> None:
    """Raise where more than a share of the examples cannot be read, once each of them is named on stderr.

    Raises:
        InputError: says how many they are, and the way out.
    """
    if len(found) <= share * count:
        return
    for one in found:
        say(f"{one.verdict}: {one.name}: {one.reason}")
    raise InputError(
        f"{len(found)} of {count} photos {describe_all(found)}, more than max_bad = {share:g} of them, which is rarely "
        "chance: look at the list above, mend them or raise max_bad (--data.max_bad)"
    )


def refuse_unreadable(found: Sequence[Unreadable], count: int) -> None:
    """Raise where there is one.

    Raises:
        InputError: names the first few, each with its reason, and the way out.
    """
    if not found:
        return
    if len(found) == count and all(one.fault.kind == "out_of_memory" for one in found):  # it is not the images
        raise InputError(f"there is not enough memory for a single image of this size: {TRAINING}")
    named = "; ".join(f"{one.name}: {one.reason}" for one in found[:NAMED])
    more = f"; and {len(found) - NAMED} more" if len(found) > NAMED else ""
    large = sum(one.fault.is_size for one in found)
    out = "Mend or remove what cannot be read; " if 0 < large < len(found) else ""
    out += "save the large ones smaller or raise max_pixels (--image.max_pixels)" if large else "Mend or remove them"
    raise InputError(
        f"{len(found)} of {count} photos {describe_all(found)}: {named}{more}. "
        f"{out[0].upper()}{out[1:]}, or leave them out with on_error='skip' (--data.on_error skip)"
    )
