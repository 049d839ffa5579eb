"""Decode by Pillow the images that TensorFlow cannot read, or reads differently.

Some files contain more than one image, or more than three channels of 8 bits. The rules for them:

| file | image |
|---|---|
| animation, several pages | the first one |
| alpha, a transparent palette, a transparent colour | dropped, as `Image.convert("RGB")` drops it; `"rgba"` keeps it |
| 16 bits a channel | the upper 8 |
| CMYK | Pillow's `convert("RGB")`, which applies no colour profile |
| EXIF or XMP orientation | applied, unless `exif` is off |
| colour profile | not applied |
"""

from __future__ import annotations

import functools
import io
import re
import struct
import threading
import zlib

import numpy as np
import PIL
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from pipeline.files.archives import archive_kind
from pipeline.images.fault import Fault

__all__ = [
    "PNG_COLOURS",
    "ImageError",
    "claimed_by",
    "declared_webp",
    "eight_bits",
    "formats",
    "is_heic",
    "is_ordinary_png",
    "read_by_pillow",
    "strict",
]

# Formats that Pillow reads by starting another program, and containers that it recognises but cannot read.
REFUSED = frozenset({"BUFR", "EPS", "FITS", "GRIB", "HDF5", "IPTC", "MPEG", "PCD", "WMF"})
# Brands of phones' photos that this package's libraries cannot read. Source: ISO/IEC 23008-12, annex B.
AVIF = (b"ftypavif", b"ftypavis")  # Pillow reads them from version 11.3 on
HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
MODES = {3: "RGB", 4: "RGBA"}
# The colour types of PNG that libpng reads like Pillow, by the number of channels of the result: grey and RGB, with and
# without alpha. Palettes and transparent colours are left to Pillow.
PNG_COLOURS = {3: (0, 2, 4, 6), 4: (6,)}
PNG_TEXTS = (b"zTXt", b"iTXt")
PNG_PROFILES = (b"Raw profile type", b"XML:com.adobe.xmp")  # keys of a tEXt chunk
PNG_BYTES = 1 << 26  # only in files larger than this can uncompressed texts exceed Pillow's limit


class ImageError(ValueError):
    """The error for bytes that are not a readable image; `fault` is the reason."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


@functools.cache
def formats() -> tuple[str, ...]:
    """Return Pillow's names of the formats that this package reads."""
    Image.init()
    return tuple(name for name in Image.OPEN if name not in REFUSED)


class _Strict:
    """A context in which Pillow refuses truncated files, even if `ImageFile.LOAD_TRUNCATED_IMAGES` is set.

    TensorFlow always refuses them. With the switch on, truncated PNGs would be read and truncated JPEGs refused. The
    switch belongs to the whole process: the first thread that enters turns it off, and the last one that leaves
    restores it.
    """

    def __init__(self) -> None:
        self._lock, self._inside, self._before = threading.Lock(), 0, False

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                ImageFile.LOAD_TRUNCATED_IMAGES = self._before


strict = _Strict()


def declared_webp(data: bytes) -> tuple[int, int]:
    """Return `(width, height)` in pixels from a WebP's header; `(0, 0)` if there is no such header.

    Pillow allocates memory for this size as soon as it opens the file. Source: RFC 9649, sections 2.5 to 2.7.
    """
    kind, body = data[12:16], data[20:30]
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or len(body) < 10:
        return 0, 0
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", body, 6)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    return 0, 0


def is_heic(head: bytes) -> bool:
    """Return whether `head`, a file's first 12 bytes or more, begins a HEIC photo; some AVIF files begin like one."""
    return head[4:8] == b"ftyp" and head[8:12] in HEIC


def is_ordinary_png(data: bytes, channels: int, exif: bool, max_pixels: int) -> bool:
    """Return whether libpng and Pillow decode this PNG to the same pixels.

    The conditions are: 8 bits in a colour type that both read alike; not too many pixels; every chunk complete and
    with its correct checksum; no orientation, if `exif` is set; no compressed text. libpng refuses all files with
    wrong checksums, but Pillow reads some of them, since it does not verify the checksums of pixels. Pillow refuses
    compressed texts that become too large. Source: PNG specification, third edition, 5.3 and 11.2.1.

    Args:
        data: the file's bytes.
        channels: number of channels of the result, 3 or 4.
        exif: whether an orientation would be applied.
        max_pixels: the most pixels of an image.
    """
    if not 33 <= len(data) <= PNG_BYTES or data[12:16] != b"IHDR" or data[24:25] != b"\x08":
        return False
    width, height = struct.unpack_from(">II", data, 16)
    if data[25] not in PNG_COLOURS[channels] or not 0 < width * height <= max_pixels:
        return False
    view, position = memoryview(data), 8
    while position + 12 <= len(data):
        name, end = data[position + 4 : position + 8], position + 8 + int.from_bytes(data[position : position + 4])
        if end + 4 > len(data) or zlib.crc32(view[position + 4 : end]) != int.from_bytes(data[end : end + 4]):
            return False
        if name in PNG_TEXTS or (exif and (name == b"eXIf" or data[position + 8 : end].startswith(PNG_PROFILES))):
            return False
        if name == b"IEND":
            return True
        position = end + 4
    return False


def _check_pixels(width: int, height: int, max_pixels: int) -> None:
    if width * height > max_pixels:
        claim = f"{width} x {height} = {width * height:,}"
        raise ImageError(Fault("too_large", {"claim": claim, "limit": max_pixels}))


def claimed_by(error: Image.DecompressionBombError) -> tuple[int, int]:
    """Return the number of pixels that an image claims, and the most that Pillow opens, from Pillow's error."""
    numbers = [int(number) for number in re.findall(r"\d+", str(error))]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (0, 0)


def eight_bits(image: Image.Image) -> Image.Image:
    """Convert a grey image of 16 bits to its upper 8 bits; return any other image. `convert` would clip it to white."""
    if not image.mode.startswith("I"):
        return image
    levels = np.clip(np.asarray(image), 0, 65535).astype(np.uint16)
    return Image.fromarray((levels >> 8).astype(np.uint8))


def _upright(image: Image.Image) -> Image.Image:
    """Turn an image upright; return it unchanged if its orientation cannot be read."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001  # broken metadata can raise any error
        return image


def _read(data: bytes, channels: int, exif: bool, max_pixels: int) -> NDArray[np.uint8]:
    _check_pixels(*declared_webp(data), max_pixels)
    with strict, Image.open(io.BytesIO(data), formats=formats()) as image:
        _check_pixels(*image.size, max_pixels)
        image.load()
        upright = eight_bits(_upright(image) if exif else image)
        if channels == 3:
            upright.info.pop("transparency", None)  # `convert` drops it anyway, but would warn
        return np.asarray(upright.convert(MODES[channels]))


def _too_large(error: Image.DecompressionBombError, max_pixels: int) -> Fault:
    """Return the fault of an image that claims more pixels than Pillow ever opens."""
    pixels, most = claimed_by(error)
    if pixels > max_pixels:
        return Fault("too_large", {"claim": f"{pixels:,}", "limit": max_pixels})
    return Fault("too_large_for_pillow", {"pixels": pixels, "limit": most})


def _unidentified(data: bytes) -> Fault:
    """Return the fault of bytes that Pillow does not recognise."""
    if is_heic(data):
        return Fault("heic")
    if data[4:12] in AVIF:
        return Fault("avif", {"pillow": PIL.__version__})
    if kind := archive_kind(data[:512]):
        return Fault("archive", {"archive": kind})
    return Fault("not_an_image")


def _fault(error: Exception, data: bytes, max_pixels: int) -> Fault:
    """Return the fault of an image that Pillow cannot read."""
    if not data:
        return Fault("empty")
    if isinstance(error, UnidentifiedImageError):
        return _unidentified(data)
    if isinstance(error, MemoryError):
        return Fault("no_memory")
    if isinstance(error, Image.DecompressionBombError):
        return _too_large(error, max_pixels)
    return Fault("damaged", {"detail": " ".join(str(error).split()) or type(error).__name__})


def read_by_pillow(data: bytes, channels: int = 3, *, exif: bool = True, max_pixels: int) -> NDArray[np.uint8]:
    """Decode one image of any format that Pillow reads, at full size.

    Args:
        data: the encoded bytes.
        channels: 3 (RGB) or 4 (RGBA; opaque where the file has no alpha).
        exif: whether to turn the image upright as its EXIF or XMP orientation says.
        max_pixels: the most pixels (height times width); a larger image is refused before it is decoded.

    Returns:
        uint8 `[H, W, channels]`.

    Raises:
        ImageError: the image cannot be read, for any reason.
    """
    try:
        return _read(data, channels, exif, max_pixels)
    except ImageError:
        raise
    except Exception as error:  # noqa: BLE001  # a broken file can make Pillow's plugins raise any error
        raise ImageError(_fault(error, data, max_pixels)) from None
