"""Training and validation examples out of one set, each class in the same share (stratified) where it has one."""

from __future__ import annotations

import numpy as np

from pipeline.errors import InputError
from pipeline.sources.examples import Examples

__all__ = ["split_examples"]


def _check_sides(train: Examples, validation: Examples, validation_split: float) -> None:
    """Refuse a side without an example of some class that the other has: too small a class rounds to none."""
    if not train.one_class_each:
        return
    there = train.counts() + validation.counts()
    for side, name in ((train, "training"), (validation, "validation")):
        counts = zip(side.class_names, side.counts(), there, strict=True)
        gone = [one for one, count, both in counts if count == 0 < both]
        if gone:
            raise InputError(
                f"validation_split={validation_split} leaves no {name} {train.noun} of {gone}; choose another "
                f"share, add {train.noun}s of it, or name {_apart(train)}"
            )


def _apart(examples: Examples) -> str:
    """What validation can be instead of a share."""
    return "a validation folder" if examples.array is None else "validation arrays"


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
    # Imported where it is needed: it costs a second, and most runs name a validation folder.
    from sklearn.model_selection import train_test_split

    stratify = examples.labels if examples.one_class_each else None
    if stratify is not None:
        short = [name for name, n in zip(examples.class_names, examples.counts(), strict=True) if n == 1]
        if short:
            raise InputError(
                f"validation_split keeps a share of each class for validation, and needs two {examples.noun}s or more "
                f"of each class; too few of {short}: add some, or name {_apart(examples)}"
            )
    everyone = np.arange(len(examples))
    try:
        train, validation = train_test_split(everyone, test_size=validation_split, stratify=stratify, random_state=seed)
    except ValueError as error:
        raise InputError(
            f"validation_split={validation_split} of {len(examples)} {examples.noun}s leaves a side, or a class on it, "
            f"without an example ({error}); choose another share or name {_apart(examples)}"
        ) from None
    sides = examples.subset(np.sort(train)), examples.subset(np.sort(validation))
    _check_sides(*sides, validation_split)
    return sides
