"""The identity of a stream of training batches: a state of one stream is refused by every other."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.augment.given import recipe_of
from pipeline.config import ImageConfig, LoaderConfig
from pipeline.config.checks import is_integer, refusal
from pipeline.errors import InputError
from pipeline.sources.examples import Examples

__all__ = ["Identity", "identify", "resolve_start"]


@dataclasses.dataclass(frozen=True)
class Identity:
    """Everything that a training batch follows from, beside its step.

    Args:
        seed: the root seed.
        batch_size: examples a batch.
        shuffle: whether the order is random.
        drop_remainder: whether a partial last batch is dropped.
        photos: of the examples in their order: classes, labels, names below their common folder, sizes in bytes; of
            an array's rows their pixels instead of names and sizes.
        pixels: of the options that turn a photo into a picture, augmentation included.
        reshuffle: whether each epoch has another order, where it is random; states without it had one.
    """

    seed: int
    batch_size: int
    shuffle: bool
    drop_remainder: bool
    photos: str
    pixels: str
    reshuffle: bool = True

    def refuse_other(self, state: Mapping[str, Any]) -> None:
        """Refuse a state that was taken of another stream.

        Raises:
            InputError: names what differs.
        """
        mine, theirs = dataclasses.asdict(self), {"reshuffle": True, **state}
        names = {
            "photos": "the training photos (number, classes, names or sizes) or arrays (pixels or labels)",
            "pixels": "the options of image or augment",
        }
        different = [
            names.get(name, f"{name} (was {theirs.get(name)!r}, is {value!r})")
            for name, value in mine.items()
            if theirs.get(name) != value
        ]
        if different:
            raise InputError(
                "going on at a step needs the very data that it was counted in, and these differ from them in "
                f"{', '.join(different)}. Put them back as they were, or begin anew"
            )


def _digest(*parts: object) -> str:
    return hashlib.blake2b(repr(parts).encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()


def _photos(examples: Examples, sizes: NDArray[np.int64]) -> str:
    digest = hashlib.blake2b(repr(examples.class_names).encode("utf-8", "surrogateescape"), digest_size=8)
    digest.update(examples.labels.tobytes())
    for content in examples.source.identity(sizes.tolist()):
        digest.update(content)
    return digest.hexdigest()


def _pixels(image: ImageConfig, augment: Any) -> str:
    return _digest(image, recipe_of(augment).identity())


def identify(
    examples: Examples, sizes: NDArray[np.int64], image: ImageConfig, loader: LoaderConfig, augment: Any, seed: int
) -> Identity:
    """Return the identity of a stream; `sizes` are those of `Examples.sizes`. Reads an array whole."""
    return Identity(
        seed,
        loader.batch_size,
        loader.shuffle,
        loader.drop_remainder,
        _photos(examples, sizes),
        _pixels(image, augment),
        loader.reshuffle or not loader.shuffle,
    )


def resolve_start(start: Any) -> tuple[int, Mapping[str, Any] | None]:
    """(global step, state that it came with, if any).

    Raises:
        InputError: it is neither an integer of at least 0 nor a state.
    """
    state = start if isinstance(start, Mapping) else None
    step = start if state is None else state.get("step")
    if not is_integer(step) or int(step) < 0:  # type: ignore[arg-type]  # an integer, as the check says
        raise refusal("start", "an integer of at least 0 (the global step) or what data.state(step) gave", start)
    return int(step), state  # type: ignore[arg-type]
