"""Pictures that TensorFlow reads otherwise than Pillow, or not at all, read by Pillow.

Rules, where a file holds more than a picture of three times 8 bits:

| file | picture |
|---|---|
| animation, several pages | its first |
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

# Formats whose reading runs another program, or that are containers which Pillow only recognises.
REFUSED = frozenset({"BUFR", "EPS", "FITS", "GRIB", "HDF5", "IPTC", "MPEG", "PCD", "WMF"})
# Brands of the photos of phones that no library of this package reads. Source: ISO/IEC 23008-12, annex B.
AVIF = (b"ftypavif", b"ftypavis")  # read by Pillow itself from 11.3 on
HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
MODES = {3: "RGB", 4: "RGBA"}
# Colour types of a PNG that libpng reads as Pillow does, by the channels asked for: grey, RGB, with alpha. Palettes and
# transparent colours are for Pillow.
PNG_COLOURS = {3: (0, 2, 4, 6), 4: (6,)}
PNG_TEXTS = (b"zTXt", b"iTXt")
PNG_PROFILES = (b"Raw profile type", b"XML:com.adobe.xmp")  # keys of a tEXt
PNG_BYTES = 1 << 26  # plain texts come to more than Pillow takes only in a file of this size


class ImageError(ValueError):
    """The bytes are no image that is read; `fault` is the reason."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


@functools.cache
def formats() -> tuple[str, ...]:
    """Pillow's names of the formats that are read."""
    Image.init()
    return tuple(name for name in Image.OPEN if name not in REFUSED)


class _Strict:
    """Pillow refuses files that are cut short, as TensorFlow does, whatever `ImageFile.LOAD_TRUNCATED_IMAGES` says.

    That switch is the process's: with it on, a cut PNG would be read and a cut JPEG refused. Threads enter and leave;
    the first turns it off, the last puts it back.
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
    """Width and height that a WebP's header declares: Pillow takes the memory for them when it opens the file.

    Source: RFC 9649, sections 2.5 to 2.7; (0, 0) where there is no such header.
    """
    kind, body = data[12:16], data[20:30]
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or len(body) < 10:
        return 0, 0
    if kind == b"VP8 ":
        wide, high = struct.unpack_from("<HH", body, 6)
        return wide & 0x3FFF, high & 0x3FFF
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    return 0, 0


def is_heic(head: bytes) -> bool:
    """Whether a file that begins so is a HEIC photo, as phones make them; an AVIF may be one by its first brand."""
    return head[4:8] == b"ftyp" and head[8:12] in HEIC


def is_ordinary_png(data: bytes, channels: int, exif: bool, max_pixels: int) -> bool:
    """Whether libpng, told to give so many channels of 8 bits, reads this PNG as Pillow does.

    It must be of 8 bits in a colour type that both read alike, not too large, sound, and hold neither a word on its
    orientation, where that counts, nor a compressed text, of which Pillow refuses those that grow beyond all measure.
    Sound: each chunk is whole and has its checksum, to the last one. Of the others Pillow reads some (it does not ask
    for the checksums of the pixels), libpng refuses all. Source: PNG specification, third edition, 5.3 and 11.2.1.
    """
    if not 33 <= len(data) <= PNG_BYTES or data[12:16] != b"IHDR" or data[24:25] != b"\x08":
        return False
    width, height = struct.unpack_from(">II", data, 16)
    if data[25] not in PNG_COLOURS[channels] or not 0 < width * height <= max_pixels:
        return False
    view, at = memoryview(data), 8
    while at + 12 <= len(data):
        name, end = data[at + 4 : at + 8], at + 8 + int.from_bytes(data[at : at + 4])
        if end + 4 > len(data) or zlib.crc32(view[at + 4 : end]) != int.from_bytes(data[end : end + 4]):
            return False
        if name in PNG_TEXTS or (exif and (name == b"eXIf" or data[at + 8 : end].startswith(PNG_PROFILES))):
            return False
        if name == b"IEND":
            return True
        at = end + 4
    return False


def _check_pixels(width: int, height: int, max_pixels: int) -> None:
    if width * height > max_pixels:
        claim = f"{width} x {height} = {width * height:,}"
        raise ImageError(Fault("too_large", {"claim": claim, "limit": max_pixels}))


def claimed_by(error: Image.DecompressionBombError) -> tuple[int, int]:
    """The pixels that a picture claims which Pillow does not open, and the most that it opens."""
    numbers = [int(number) for number in re.findall(r"\d+", str(error))]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (0, 0)


def eight_bits(image: Image.Image) -> Image.Image:
    """A grey picture of 16 bits as one of 8; `convert` would clip it to white."""
    if not image.mode.startswith("I"):
        return image
    levels = np.clip(np.asarray(image), 0, 65535).astype(np.uint16)
    return Image.fromarray((levels >> 8).astype(np.uint8))


def _upright(image: Image.Image) -> Image.Image:
    """The picture as its orientation says; where that cannot be read, as it is."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001  # metadata of any kind of brokenness
        return image


def _read(data: bytes, channels: int, exif: bool, max_pixels: int) -> NDArray[np.uint8]:
    _check_pixels(*declared_webp(data), max_pixels)
    with strict, Image.open(io.BytesIO(data), formats=formats()) as image:
        _check_pixels(*image.size, max_pixels)
        image.load()
        whole = eight_bits(_upright(image) if exif else image)
        if channels == 3:
            whole.info.pop("transparency", None)  # it is dropped; without this Pillow warns that it is
        return np.asarray(whole.convert(MODES[channels]))


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
    """Return the fault that an error of Pillow shows, in Pillow's words where they help."""
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
    """Decode one picture of any kind that Pillow knows, at full size.

    Args:
        data: the encoded bytes.
        channels: 3 (RGB) or 4 (RGBA; opaque where the file has no alpha).
        exif: turn it as its EXIF or XMP orientation says.
        max_pixels: of a larger picture no pixel is read.

    Returns:
        uint8 `[H, W, channels]`.

    Raises:
        ImageError: it cannot be read, whatever is wrong with it.
    """
    try:
        return _read(data, channels, exif, max_pixels)
    except ImageError:
        raise
    except Exception as error:  # noqa: BLE001  # Pillow's plugins raise whatever a broken file leads them to
        raise ImageError(_fault(error, data, max_pixels)) from None
