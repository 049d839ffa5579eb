"""`pipeline.images.pillow`: what it refuses, and its rules where Pillow leaves a choice."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import warnings
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageOps

from pipeline.config import MAX_PIXELS
from pipeline.images.pillow import ImageError, read_by_pillow
from tests.support.corpus import chunk, encoded
from tests.support.versions import needs_avif, writes


def png_of(width: int, height: int, depth: int = 8, colour: int = 2) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def patched(data: bytes, at: int, body: bytes) -> bytes:
    return data[:at] + body + data[at + len(body) :]


def jpeg_of(width: int, height: int) -> bytes:
    data = encoded(Image.new("RGB", (8, 8)), "JPEG")
    return patched(data, data.index(b"\xff\xc0") + 5, struct.pack(">HH", height, width))


SMALL = Image.new("RGB", (8, 8), (200, 10, 10))
BOMBS: dict[str, Callable[[], bytes]] = {
    "PNG": lambda: png_of(60_000, 60_000),
    "JPEG": lambda: jpeg_of(65_500, 65_500),
    "GIF": lambda: patched(encoded(SMALL, "GIF"), 6, struct.pack("<HH", 65_535, 65_535)),
    "BMP": lambda: patched(encoded(SMALL, "BMP"), 18, struct.pack("<ii", 60_000, 60_000)),
    "WebP lossy": lambda: patched(encoded(SMALL, "WEBP"), 26, struct.pack("<HH", 16_383, 16_383)),
    "WebP lossless": lambda: patched(
        encoded(SMALL, "WEBP", lossless=True), 21, struct.pack("<I", 16_382 | 16_382 << 14)
    ),
    "WebP extended": lambda: patched(
        encoded(SMALL, "WEBP", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0"), 24, b"\xfe\x3f\0" * 2
    ),
    "TIFF": lambda: tiff_of(60_000, 60_000),
    "TGA": lambda: patched(encoded(SMALL, "TGA"), 12, struct.pack("<HH", 65_535, 65_535)),
    "PPM": lambda: b"P6 60000 60000 255 " + b"\0" * 100,
}


def tiff_of(width: int, height: int) -> bytes:
    """A TIFF of one short strip that claims such sides."""
    tags = [(256, width), (257, height), (258, 8), (259, 1), (262, 1), (273, 200), (277, 1), (278, height), (279, 64)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    head = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + entries + b"\0" * 4
    return head.ljust(200, b"\0") + b"\0" * 64


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("name", BOMBS)
def test_a_picture_that_claims_too_many_pixels_is_refused(name: str) -> None:
    with pytest.raises(ImageError, match=r"it claims .*,\d{3} pixels, more than max_pixels = 178,000,000"):
        read_by_pillow(BOMBS[name](), max_pixels=MAX_PIXELS)


def test_the_bound_is_on_the_pixels_and_counts_to_the_last_one() -> None:
    data = encoded(Image.new("RGB", (30, 20)), "PNG")
    assert read_by_pillow(data, max_pixels=600).shape == (20, 30, 3)
    with pytest.raises(ImageError, match=r"30 x 20 = 600 pixels, more than max_pixels = 599"):
        read_by_pillow(data, max_pixels=599)


def test_where_max_pixels_allows_it_pillow_s_own_bound_is_named() -> None:
    with pytest.raises(ImageError, match=r"claims 3,600,000,000 pixels, more than the 178,956,970 that Pillow opens"):
        read_by_pillow(png_of(60_000, 60_000), max_pixels=10**10)


MEASURE = """
import resource, sys
from pipeline.config import MAX_PIXELS
from pipeline.images.pillow import ImageError, read_by_pillow
data = sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_by_pillow(data, max_pixels=MAX_PIXELS)
    print("read")
except ImageError:
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize("name", BOMBS)
def test_it_is_refused_before_memory_is_taken(name: str) -> None:
    """Megabytes that the refusal took, in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-c", MEASURE]
    done = subprocess.run(command, input=BOMBS[name](), capture_output=True, check=True)
    assert int(done.stdout) < 60


def test_sixteen_bit_grey_keeps_its_upper_bits() -> None:
    levels = np.arange(0, 65536, 16, dtype=np.uint16).reshape(64, 64)
    for file_format in ("PNG", "TIFF"):
        found = read_by_pillow(encoded(Image.fromarray(levels), file_format), max_pixels=MAX_PIXELS)
        np.testing.assert_array_equal(found, np.repeat((levels >> 8).astype(np.uint8)[..., None], 3, axis=2))
        # What convert gives instead: white, from level 256 on.
        clipped = np.asarray(Image.fromarray(levels).convert("RGB"))
        assert (clipped == 255).mean() > 0.9


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "TIFF", pytest.param("AVIF", marks=needs_avif)])
def test_orientation_is_that_of_exif_transpose(file_format: str, orientation: int) -> None:
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8))
    exif = Image.Exif()
    exif[0x0112] = orientation
    lossless = {"lossless": True} if file_format == "WEBP" else {}
    data = encoded(image, file_format, exif=exif, **lossless)
    with Image.open(io.BytesIO(data)) as opened:
        upright = np.asarray(ImageOps.exif_transpose(opened).convert("RGB"))
    np.testing.assert_array_equal(read_by_pillow(data, max_pixels=MAX_PIXELS), upright)
    if file_format != "TIFF":  # which Pillow turns as it reads it
        assert read_by_pillow(data, exif=False, max_pixels=MAX_PIXELS).shape == (20, 30, 3)


def test_broken_exif_leaves_the_picture_as_it_is() -> None:
    data = encoded(SMALL, "PNG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff" + b"\xff" * 20)
    np.testing.assert_array_equal(read_by_pillow(data, max_pixels=MAX_PIXELS), np.asarray(SMALL))


def test_a_format_that_runs_another_program_is_not_opened() -> None:
    postscript = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n"
    with pytest.raises(ImageError, match="no kind that is read"):
        read_by_pillow(postscript, max_pixels=MAX_PIXELS)


def test_a_transparent_palette_is_dropped_without_a_warning() -> None:
    data = encoded(SMALL.quantize(4), "PNG", transparency=bytes([0, 10, 20, 30]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_by_pillow(data, max_pixels=MAX_PIXELS).shape == (8, 8, 3)


@pytest.mark.parametrize(("brand", "known"), [(b"heic", True), (b"mif1", True), (b"mp42", False)])
def test_a_photo_of_a_phone_is_called_that(brand: bytes, known: bool) -> None:
    with pytest.raises(ImageError) as caught:
        read_by_pillow(b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1heic", max_pixels=1000)
    assert ("HEIC photo" in str(caught.value)) == known
    assert ("convert it to JPEG" in str(caught.value)) == known


@pytest.mark.skipif(writes("AVIF"), reason="this Pillow reads AVIF")
def test_a_pillow_without_avif_says_which_has_it() -> None:
    with pytest.raises(ImageError, match=r"AVIF photo, which Pillow .* does not read: use Pillow 11.3 or newer"):
        read_by_pillow(b"\0\0\0\x1cftypavif" + bytes(100), max_pixels=MAX_PIXELS)
