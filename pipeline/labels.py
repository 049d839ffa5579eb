"""Class numbers to the labels that a loss wants, and the words that describe them."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import InputError

__all__ = ["LabelMode", "encode_labels", "settle_label_mode"]

LabelMode = Literal["binary", "int", "categorical"] | None


def settle_label_mode(asked: str | None, classes: int) -> LabelMode:
    """The mode that `asked` means for so many classes: `"auto"` is `"binary"` for two and `"int"` for more.

    Raises:
        InputError: `"binary"` with other than two classes.
    """
    if asked is None or asked == "none":
        return None
    if asked == "auto":
        return "binary" if classes == 2 else "int"
    if asked == "binary" and classes != 2:
        raise InputError(f"label_mode='binary' needs two classes, and there are {classes}; use 'int' or 'categorical'")
    if asked not in ("binary", "int", "categorical"):
        raise InputError(f"label_mode must be auto, binary, int, categorical or None. Received: {asked!r}")
    return asked  # type: ignore[return-value]  # narrowed to the three by the line above


def encode_labels(labels: NDArray[np.int32], mode: LabelMode, classes: int) -> NDArray[np.generic] | None:
    """All examples' labels.

    Args:
        labels: int32 `[N]`, class numbers.
        mode: from `settle_label_mode`.
        classes: how many there are.

    Returns:
        `"binary"`: float32 `[N, 1]`, 0 or 1; `"int"`: int32 `[N]`; `"categorical"`: float32 `[N, classes]`,
        one-hot; `None`: none.
    """
    if mode is None:
        return None
    if mode == "binary":
        return labels.astype(np.float32)[:, None]
    if mode == "int":
        return labels
    return np.eye(classes, dtype=np.float32)[labels]
