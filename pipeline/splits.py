"""Training and validation examples out of one set, each class in the same share (stratified)."""

from __future__ import annotations

import numpy as np

from pipeline.errors import InputError
from pipeline.sources.examples import Examples

__all__ = ["split_examples"]


def _check_sides(train: Examples, validation: Examples, validation_split: float) -> None:
    """Refuse a side without an example of some class: too small a class rounds to none."""
    for side, name in ((train, "training"), (validation, "validation")):
        gone = [one for one, count in zip(side.class_names, side.counts(), strict=True) if count == 0]
        if gone:
            raise InputError(
                f"validation_split={validation_split} leaves no {name} photo of {gone}; choose another "
                "share, add photos of it, or name a validation folder"
            )


def split_examples(examples: Examples, validation_split: float, seed: int) -> tuple[Examples, Examples]:
    """Split at random, stratified by class; the same seed and files give the same split.

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

    counts = examples.counts()
    short = [name for name, count in zip(examples.class_names, counts, strict=True) if count < 2]
    if short:
        raise InputError(f"validation_split needs two photos or more of each class; too few of {short}")
    everyone = np.arange(len(examples))
    try:
        train, validation = train_test_split(
            everyone, test_size=validation_split, stratify=examples.labels, random_state=seed
        )
    except ValueError as error:
        raise InputError(
            f"validation_split={validation_split} of {len(examples)} photos leaves a class without "
            f"an example on one side ({error}); choose another share or name a validation folder"
        ) from None
    sides = examples.subset(np.sort(train)), examples.subset(np.sort(validation))
    _check_sides(*sides, validation_split)
    return sides
