"""Read a photo with OpenCV in its fastest way: libjpeg's scaled decode, then a bilinear stretch."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["INVERSE", "decoded", "reduction"]

INVERSE = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
# EXIF orientation is ignored, as in all other arms.
FLAGS = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Return height and width from a JPEG's frame header, or zeros if the bytes are not a whole JPEG header."""
    at = 2
    while data[:2] == b"\xff\xd8" and at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # a frame, not a table
            return int.from_bytes(data[at + 5 : at + 7]), int.from_bytes(data[at + 7 : at + 9])
        # A repeated 0xFF is padding. Every other marker before the frame has a length.
        at += 1 if marker == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4])
    return 0, 0


def reduction(data: bytes, side: int) -> int:
    """Return the largest reduction (1, 2, 4 or 8) by libjpeg that leaves both sides at least `side` pixels long."""
    least = min(_jpeg_size(data))
    return next((by for by in (8, 4, 2) if least >= by * side), 1)


def decoded(path: str, side: int) -> NDArray[np.uint8]:
    """Read and resize one photo: RGB, uint8 `[side, side, 3]`."""
    with open(path, "rb") as file:
        data = file.read()
    flags = FLAGS[reduction(data, side)] | cv2.IMREAD_IGNORE_ORIENTATION
    image: Any = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if image is None:
        raise ValueError(f"OpenCV cannot read {path}")
    # The channels are swapped after the resize, since there are fewer pixels then.
    small = cv2.resize(image, (side, side), interpolation=cv2.INTER_LINEAR)
    colours: NDArray[np.uint8] = cv2.cvtColor(small, cv2.COLOR_BGR2RGB)
    return colours
