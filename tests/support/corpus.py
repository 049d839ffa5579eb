"""Pictures that nobody should have to read: made by Pillow, then cut, flipped, renamed and lied about."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image

from tests.support.versions import writes

__all__ = ["chunk", "corpus", "encoded", "mutations", "sources"]

HEIGHT, WIDTH = 40, 56


def encoded(image: Image.Image, file_format: str, **options: Any) -> bytes:
    """A picture's file."""
    out = io.BytesIO()
    image.copy().save(out, file_format, **options)  # a save leaves its settings in the picture
    return out.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    """A PNG's chunk."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _photo(seed: int = 0) -> Image.Image:
    small = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return Image.fromarray(small).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)


def _noise(channels: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, channels), np.uint8))


def _with_orientation(value: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = value
    return exif


def sources() -> dict[str, bytes]:
    """Sound files of every kind, by a file name."""
    photo, grey, palette = _photo(), _photo().convert("L"), _noise(3).quantize(37)
    deep = Image.fromarray(np.arange(HEIGHT * WIDTH, dtype=np.uint16).reshape(HEIGHT, WIDTH) * 29)
    more = {"save_all": True, "append_images": [_photo(1), _photo(2)]}
    found = {
        "photo.jpg": encoded(photo, "JPEG", quality=90),
        "progressive.jpg": encoded(photo, "JPEG", progressive=True),
        "grey.jpg": encoded(grey, "JPEG"),
        "cmyk.jpg": encoded(photo.convert("CMYK"), "JPEG"),
        "rgb-inside.jpg": encoded(photo, "JPEG", keep_rgb=True),
        "icc-and-comment.jpg": encoded(photo, "JPEG", icc_profile=b"x" * 500, comment=b"hello"),
        "xmp-turned.jpg": encoded(photo, "JPEG", xmp=b'<x:xmpmeta><rdf tiff:Orientation="6"/></x:xmpmeta>'),
        "multi.jpg": encoded(photo, "MPO", **more),
        "photo.png": encoded(photo, "PNG"),
        "grey.png": encoded(grey, "PNG"),
        "1-bit.png": encoded(grey.convert("1"), "PNG"),
        "alpha.png": encoded(_noise(4), "PNG"),
        "grey-alpha.png": encoded(Image.merge("LA", (grey, grey)), "PNG"),
        "palette.png": encoded(palette, "PNG"),
        "palette-alpha.png": encoded(palette, "PNG", transparency=bytes(range(37))),
        "colour-key.png": encoded(photo, "PNG", transparency=(9, 9, 9)),
        "16-bit.png": encoded(deep, "PNG"),
        "animated.png": encoded(photo, "PNG", **more),
        "photo.bmp": encoded(photo, "BMP"),
        "32-bit.bmp": encoded(_noise(4), "BMP"),
        "palette.bmp": encoded(palette, "BMP"),
        "1-bit.bmp": encoded(grey.convert("1"), "BMP"),
        "photo.gif": encoded(palette, "GIF"),
        "transparent.gif": encoded(palette, "GIF", transparency=3),
        "animated.gif": encoded(photo, "GIF", **more),
        "lossy.webp": encoded(photo, "WEBP"),
        "lossless.webp": encoded(photo, "WEBP", lossless=True),
        "alpha.webp": encoded(_noise(4), "WEBP"),
        "animated.webp": encoded(photo, "WEBP", **more),
        "photo.tif": encoded(photo, "TIFF", compression="tiff_lzw"),
        "cmyk.tif": encoded(photo.convert("CMYK"), "TIFF"),
        "16-bit.tif": encoded(deep, "TIFF"),
        "float.tif": encoded(
            Image.fromarray(np.linspace(0, 255, HEIGHT * WIDTH, dtype=np.float32).reshape(HEIGHT, WIDTH)), "TIFF"
        ),
        "pages.tif": encoded(_photo(), "TIFF", save_all=True, append_images=[_photo(1)]),
        "photo.ppm": encoded(photo, "PPM"),
        "photo.tga": encoded(_noise(4), "TGA"),
        "photo.jp2": encoded(photo, "JPEG2000"),
        **({"photo.avif": encoded(photo, "AVIF")} if writes("AVIF") else {}),
        "photo.ico": encoded(_noise(4), "ICO", sizes=[(32, 32)]),
        "photo.pcx": encoded(photo, "PCX"),
        **({"photo.qoi": encoded(photo, "QOI")} if writes("QOI") else {}),
        "photo.psd.tga": encoded(grey, "TGA", compression="tga_rle"),
    }
    for value in range(1, 9):
        found[f"turned-{value}.jpg"] = encoded(photo, "JPEG", exif=_with_orientation(value))
        found[f"turned-{value}.png"] = encoded(photo, "PNG", exif=_with_orientation(value))
        found[f"turned-{value}.webp"] = encoded(photo, "WEBP", exif=_with_orientation(value))
    return found


def _lies() -> dict[str, bytes]:
    """Files that are not what their name or their header says."""
    jpeg, png = encoded(_photo(), "JPEG"), encoded(_photo(), "PNG")
    at = jpeg.index(b"\xff\xc0") + 4
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n"
    return {
        "empty.jpg": b"",
        "zeros.jpg": b"\0" * 1000,
        "text.jpg": b"not a picture at all\n" * 10,
        "html.png": b"<html><body>404 Not Found</body></html>",
        "marker-alone.jpg": b"\xff\xd8\xff",
        "png-named.jpg": png,
        "jpeg-named.png": jpeg,
        "gif-named.jpg": encoded(_photo(), "GIF"),
        "webp-named.jpg": encoded(_photo(), "WEBP"),
        "12-bit.jpg": jpeg[:at] + b"\x0c" + jpeg[at + 1 :],
        "bomb.jpg": jpeg[: at + 1] + struct.pack(">HH", 65_500, 65_500) + jpeg[at + 5 :],
        "no-height.jpg": jpeg[: at + 1] + struct.pack(">HH", 0, WIDTH) + jpeg[at + 5 :],
        "bomb.png": start + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 9999)) + chunk(b"IEND", b""),
        "text-bomb.png": png[:33] + chunk(b"zTXt", b"k\0\0" + zlib.compress(b"\0" * (1 << 24))) + png[33:],
        "bad-crc.png": png[:29] + b"\0\0\0\0" + png[33:],
        "bomb.gif": b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0, 0, 0) + encoded(_photo(), "GIF")[13:],
        "postscript.jpg": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n",
        "pdf.jpg": b"%PDF-1.7\n1 0 obj\n",
        "tail.jpg": jpeg + b"\0" * 5000,
        "tail.png": png + b"garbage" * 100,
        "two.jpg": jpeg + jpeg,
        "no-end.jpg": jpeg[:-2],
    }


def mutations(data: bytes, seed: int, count: int) -> Iterator[bytes]:
    """The file with some of its bytes changed: flipped, cut out, doubled, zeroed."""
    draw = random.Random(seed)
    for _ in range(count):
        found = bytearray(data)
        for _ in range(draw.choice((1, 1, 2, 5))):
            at = draw.randrange(max(1, len(found)))
            span = draw.choice((1, 1, 1, 4, 50))
            kind = draw.randrange(4)
            if kind == 0 and found:
                found[at % len(found)] ^= 1 << draw.randrange(8)
            elif kind == 1:
                del found[at : at + span]
            elif kind == 2:
                found[at:at] = found[at : at + span]
            else:
                found[at : at + span] = bytes(len(found[at : at + span]))
        yield bytes(found)


def corpus() -> dict[str, bytes]:
    """All of them, by a file name; some hundreds."""
    sound = sources()
    found = {**sound, **_lies()}
    for name in ("photo.jpg", "progressive.jpg", "photo.png", "palette.png", "photo.gif", "lossy.webp", "photo.bmp"):
        data = sound[name]
        for length in range(64, len(data), max(64, len(data) // 640 * 64)):
            found[f"cut-{length}-{name}"] = data[:length]
    for seed, (name, data) in enumerate(sound.items()):
        for number, changed in enumerate(mutations(data, seed, 4)):
            found[f"changed-{number}-{name}"] = changed
    return found
