"""Divide examples into training, validation and test, each class in the same share where there are classes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipeline.errors import InputError
from pipeline.sources.examples import Examples

__all__ = ["split_by_shares", "split_examples"]


def _check_sides(train: Examples, kept: Examples, side: str, option: str) -> None:
    """Refuse a side without an example of some class that the other has: too small a class rounds to none."""
    if not train.one_class_each:
        return
    there = train.counts() + kept.counts()
    for examples, name in ((train, "training"), (kept, side)):
        counts = zip(examples.class_names, examples.counts(), there, strict=True)
        gone = [one for one, count, both in counts if count == 0 < both]
        if gone:
            raise InputError(
                f"{option} leaves no {name} {train.noun} of {gone}; choose another "
                f"share, add {train.noun}s of it, or name {train.source.validation_noun}"
            )


def _check_classes(examples: Examples, least: int, option: str) -> None:
    """Refuse a class of fewer examples than there are sides."""
    if not examples.one_class_each:
        return
    short = [name for name, n in zip(examples.class_names, examples.counts(), strict=True) if 0 < n < least]
    if short:
        number = {2: "two", 3: "three"}[least]
        raise InputError(
            f"{option} keeps a share of each class for validation, and needs {number} {examples.noun}s or more "
            f"of each class; too few of {short}: add some, or name {examples.source.validation_noun}"
        )


def _cut(examples: Examples, size: float, seed: int, side: str, option: str) -> tuple[Examples, Examples]:
    """Return (training, kept for `side`); `size` is the share or the number that is kept."""
    # Imported where it is needed: it costs a second, and most runs name a validation folder.
    from sklearn.model_selection import train_test_split

    stratify = examples.labels if examples.one_class_each else None
    everyone = np.arange(len(examples))
    try:
        train, kept = train_test_split(everyone, test_size=size, stratify=stratify, random_state=seed)
    except ValueError as error:
        raise InputError(
            f"{option} of {len(examples)} {examples.noun}s leaves a side, or a class on it, "
            f"without an example ({error}); choose another share or name {examples.source.validation_noun}"
        ) from None
    sides = examples.subset(np.sort(train)), examples.subset(np.sort(kept))
    _check_sides(*sides, side, option)
    return sides


def split_examples(examples: Examples, validation_split: float, seed: int) -> tuple[Examples, Examples]:
    """Split at random; the same seed and examples give the same split.

    Stratified by class where each example has one: not for `"multi_label"`, `"regression"` and no labels.

    Args:
        examples: what is split.
        validation_split: share that goes to validation, between 0 and 1.
        seed: of the choice.

    Returns:
        (training, validation), each in the order of `examples`.

    Raises:
        InputError: a class or a side would be left without an example.
    """
    option = f"validation_split={validation_split}"
    _check_classes(examples, 2, "validation_split")
    return _cut(examples, validation_split, seed, "validation", option)


def split_by_shares(
    examples: Examples, shares: Mapping[str, float], seed: int
) -> tuple[Examples, Examples | None, Examples | None]:
    """Split at random into up to three sides that have no example in common; the same seed gives the same split.

    The test side is drawn first, so that another share of validation does not change it. Stratified by class as in
    `split_examples`; shares of training and validation alone give the split of that function.

    Args:
        examples: what is split.
        shares: `"train"` and one or both of `"validation"` and `"test"`, which make 1 together.
        seed: of the choice.

    Returns:
        (training, validation, test), each in the order of `examples`; `None` for a side without a share.

    Raises:
        InputError: a class or a side would be left without an example.
    """
    if set(shares) == {"train", "validation"}:
        return *split_examples(examples, shares["validation"], seed), None
    option, rest = f"split={dict(shares)}", examples
    sides: dict[str, Examples] = {}
    _check_classes(examples, len(shares), "split")
    for side in ("test", "validation"):
        if side in shares:
            size = shares[side] if len(shares) == 2 else round(shares[side] * len(examples))
            rest, sides[side] = _cut(rest, size, seed, side, option)
    return rest, sides.get("validation"), sides.get("test")
