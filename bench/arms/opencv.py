"""A photo as OpenCV reads it best: libjpeg's scaled decode, a bilinear stretch, and the notebook's warp."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["INVERSE", "decoded", "reduction"]

INVERSE = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
# The tag in a photo that says how it was held is not followed: no other arm follows it.
FLAGS = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Height and width from a JPEG's frame header; zeros where the bytes are no JPEG or are cut short."""
    at = 2
    while data[:2] == b"\xff\xd8" and at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # a frame; not tables or arithmetic coding
            return int.from_bytes(data[at + 5 : at + 7]), int.from_bytes(data[at + 7 : at + 9])
        # 0xFF repeated pads; a marker without a length follows no other before the frame.
        at += 1 if marker == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4])
    return 0, 0


def reduction(data: bytes, side: int) -> int:
    """By how much libjpeg may shrink a photo while it decodes it and leave both sides at least `side`: 1, 2, 4 or 8."""
    least = min(_jpeg_size(data))
    return next((by for by in (8, 4, 2) if least >= by * side), 1)


def decoded(path: str, side: int) -> NDArray[np.uint8]:
    """One photo, RGB, uint8 `[side, side, 3]`."""
    with open(path, "rb") as file:
        data = file.read()
    flags = FLAGS[reduction(data, side)] | cv2.IMREAD_IGNORE_ORIENTATION
    image: Any = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if image is None:
        raise ValueError(f"OpenCV cannot read {path}")
    # Colours change places after the resize: there are fewer of them.
    small = cv2.resize(image, (side, side), interpolation=cv2.INTER_LINEAR)
    colours: NDArray[np.uint8] = cv2.cvtColor(small, cv2.COLOR_BGR2RGB)
    return colours
