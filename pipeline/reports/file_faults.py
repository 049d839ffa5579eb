"""One file, judged by Pillow: what it is, whether it can be read, and what is odd about it.

Training's decoder is not asked, which would take TensorFlow: it reads by Pillow whatever TensorFlow reads otherwise,
and refuses the very files that are broken here (`tests/images/test_verdicts.py`).
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import os
import threading
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from pipeline.config import MAX_PIXELS
from pipeline.files.walk import EXTENSIONS, FOREIGN_EXTENSIONS
from pipeline.images.pillow import claimed_by, declared_webp, eight_bits, formats, is_heic, strict

__all__ = ["BROKEN", "FOREIGN", "KINDS", "ODD", "Finding", "Judged", "judge", "upright"]

MAX_BYTES = 1 << 31  # a larger file is refused before memory is taken for it
HUGE_PIXELS = 40_000_000
TINY_SIDE = 32  # pixels of the shorter side
LARGE_PIXELS = 16_000_000  # pictures of more are decoded one at a time, whatever the number of threads
FLAT = 8  # levels: a picture that spans fewer has no look to compare

BROKEN = ("unreadable", "truncated", "too_large", "refused")
FOREIGN = ("foreign",)
ODD = (
    "damaged",
    "mislabelled",
    "not_listed",
    "no_class",
    "animated",
    "sixteen_bit",
    "cmyk",
    "tiny",
    "huge",
)
KINDS = FOREIGN + BROKEN + ODD
# Formats that their content gives away: what else training reads is tried only where the name says that it is a photo.
FORMATS = ("JPEG", "MPO", "PNG", "BMP", "GIF", "WEBP", "TIFF", "AVIF", "JPEG2000", "ICO", "PPM")
ANIMATED = ("GIF", "WEBP", "PNG", "AVIF")
# Names of formats whose files go by those of another, too.
SAME_NAMES = {"MPO": "JPEG", "DIB": "BMP"}
SIGNATURES = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"BM": "BMP",
    b"GIF8": "GIF",
    b"RIFF": "WEBP",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
}
ORIENTATION, BITS_PER_SAMPLE = 0x0112, 258
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_one_large = threading.Lock()


@dataclasses.dataclass(frozen=True)
class Finding:
    """Something to say about a file.

    Args:
        kind: one of `KINDS`.
        says: which sentence of `pipeline.reports.words` says why.
        values: what stands in that sentence.
    """

    kind: str
    says: str
    values: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Judged:
    """The verdict on one file.

    Args:
        bytes: on disk; 0 where it cannot be looked at.
        digest: SHA-256 of its bytes, hexadecimal; empty where they cannot be read.
        format: Pillow's name, such as "JPEG"; empty where it is no picture.
        mode: Pillow's name of its colours, such as "RGB"; likewise.
        width: in pixels, turned upright; 0 where it is not known.
        height: likewise.
        orientation: EXIF's, 1 to 8.
        look: 64 bits, alike for pictures that look alike; `None` for one without contrast or that cannot be read.
        findings: what is wrong or odd.
    """

    bytes: int = 0
    digest: str = ""
    format: str = ""
    mode: str = ""
    width: int = 0
    height: int = 0
    orientation: int = 1
    look: int | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def broken(self) -> Finding | None:
        """The reason why training cannot read the file, if there is one."""
        return next((finding for finding in self.findings if finding.kind in BROKEN), None)

    @property
    def is_image(self) -> bool:
        """True if the image was read to its last pixel."""
        return bool(self.format) and self.broken is None

    @property
    def aspect(self) -> float:
        """Width by height, upright."""
        return self.width / self.height


def _formats(listed: bool) -> tuple[str, ...]:
    return formats() if listed else tuple(name for name in FORMATS if name in formats())


@functools.cache
def _is_named(extension: str, form: str) -> bool:
    """Return whether files of this format have this extension."""
    usual = Image.registered_extensions().get(extension, "")
    return SAME_NAMES.get(usual, usual) == SAME_NAMES.get(form, form)


def judge(path: str, listed: bool = True, max_pixels: int = MAX_PIXELS) -> Judged:
    """Read the file at `path` to its last pixel; whatever it holds, this returns.

    Args:
        path: of a regular file or a link to one.
        listed: whether its name is one that training reads. A file of another name that is no picture is nothing to
            complain about, unless it is the name of a photo in a format that is not read.
        max_pixels: a picture that claims more is refused before memory is taken for it.
    """
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_BYTES:
                return Judged(size, findings=(Finding("refused", "too_many_bytes", {"limit": MAX_BYTES >> 30}),))
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            judged = _look(file, size, path, listed, max_pixels) if size else _broken("unreadable", "empty")
    except OSError as error:
        if isinstance(error, PermissionError):
            return _broken("unreadable", "no_permission")
        return _broken("unreadable", "cannot_open", detail=error.strerror or str(error))
    if not listed:
        judged = _not_listed(judged, path)
    return dataclasses.replace(judged, bytes=size, digest=digest)


def _not_listed(judged: Judged, path: str) -> Judged:
    extension = os.path.splitext(path)[1].lower()
    # Of a camera's raw data Pillow reads the small picture that comes with them, as a TIFF.
    if extension in FOREIGN_EXTENSIONS and (not judged.is_image or judged.format == "TIFF"):
        return Judged(findings=(Finding("foreign", "foreign_format", {"extension": extension}),))
    if not judged.is_image:
        return Judged()
    return dataclasses.replace(judged, findings=(*judged.findings, Finding("not_listed", "name_not_listed")))


def _broken(kind: str, says: str, **values: Any) -> Judged:
    return Judged(findings=(Finding(kind, says, values),))


def _look(file: BinaryIO, size: int, path: str, listed: bool, max_pixels: int) -> Judged:
    file.seek(0)
    head = file.read(64)
    file.seek(0)
    known = Judged()
    if too_large := _too_large(*declared_webp(head), max_pixels):  # Pillow takes the memory when it opens it
        return Judged(format="WEBP", findings=(too_large,))
    try:
        with strict, Image.open(file, formats=_formats(listed)) as picture:
            if too_large := _too_large(*picture.size, max_pixels):  # before a PNG's EXIF, which takes all of it
                return Judged(format=picture.format or "", mode=picture.mode, findings=(too_large,))
            known = _described(picture)
            odd = tuple(_odd(picture, known, head, path))
            with _alone(picture.width * picture.height):
                picture.load()
                look = _look_of(picture, known.orientation)
        odd = (*_wrong_sums(file, known.format), *odd)
    except Image.DecompressionBombError as error:
        pixels, most = claimed_by(error)
        return _broken("too_large", "too_many_pixels_claimed", pixels=pixels, limit=min(most, max_pixels))
    except UnidentifiedImageError:
        return _unidentified(head, size)
    except MemoryError:
        return dataclasses.replace(known, findings=(Finding("refused", "no_memory"),))
    except Exception as error:  # noqa: BLE001 (Pillow's readers raise whatever they meet: struct.error, IndexError, …)
        return dataclasses.replace(known, findings=(_fault(error, head, size),))
    return dataclasses.replace(known, look=look, findings=odd)


def _too_large(width: int, height: int, max_pixels: int) -> Finding | None:
    if width * height <= max_pixels:
        return None
    values = {"width": width, "height": height, "pixels": width * height, "limit": max_pixels}
    return Finding("too_large", "too_many_pixels", values)


def _wrong_sums(file: BinaryIO, form: str) -> Iterator[Finding]:
    """A PNG's checksums; Pillow, and training with it, decodes without a look at those of the pixels."""
    if form != "PNG":
        return
    file.seek(0)
    try:
        with strict, Image.open(file, formats=("PNG",)) as picture:
            picture.verify()
    except Exception as error:  # noqa: BLE001 (as above)
        yield Finding("damaged", "wrong_sums", {"detail": " ".join(str(error).split())[:200]})


def _described(picture: Image.Image) -> Judged:
    orientation = picture.getexif().get(ORIENTATION, 1)
    if not isinstance(orientation, int) or not 1 <= orientation <= 8:
        orientation = 1
    width, height = picture.size if orientation < 5 else picture.size[::-1]
    return Judged(format=picture.format or "", mode=picture.mode, width=width, height=height, orientation=orientation)


@contextlib.contextmanager
def _alone(pixels: int) -> Iterator[None]:
    """Let one thread at a time decode a large image, so that its memory is taken once."""
    with _one_large if pixels > LARGE_PIXELS else contextlib.nullcontext():
        yield


def _odd(picture: Image.Image, known: Judged, head: bytes, path: str) -> Iterator[Finding]:
    extension = os.path.splitext(path)[1].lower()
    if extension in EXTENSIONS and not _is_named(extension, known.format):
        yield Finding("mislabelled", "named_otherwise", {"extension": extension, "format": known.format})
    # Asked of these alone: a damaged second page of a TIFF, which nobody reads, would end the look at the first.
    frames = int(getattr(picture, "n_frames", 1)) if known.format in ANIMATED else 1
    if frames > 1:
        yield Finding("animated", "frames", {"count": frames})
    bits = _bits(picture, head)
    if bits > 8:
        yield Finding("sixteen_bit", "bits", {"bits": bits})
    if picture.mode == "CMYK":
        yield Finding("cmyk", "print_colours")
    if min(picture.size) < TINY_SIDE:
        yield Finding("tiny", "sides", {"width": known.width, "height": known.height})
    if picture.width * picture.height > HUGE_PIXELS:
        yield Finding("huge", "sides", {"width": known.width, "height": known.height})


def _bits(picture: Image.Image, head: bytes) -> int:
    """Bits a channel, as the file has them; Pillow reduces some to 8 without a word."""
    if picture.format == "PNG":
        return head[24]
    if picture.format == "TIFF":
        bits = getattr(picture, "tag_v2", {}).get(BITS_PER_SAMPLE, (8,))
        return max(bits) if isinstance(bits, tuple) else int(bits)
    return 16 if picture.mode.startswith(("I", "F")) else 8


def _unidentified(head: bytes, size: int) -> Judged:
    form = next((form for magic, form in SIGNATURES.items() if head.startswith(magic)), "")
    if not form:
        return _broken("unreadable", "is_heic" if is_heic(head) else "no_picture")
    kind = "truncated" if _is_cut(head, size) else "unreadable"
    return _broken(kind, "damaged_header", format=form)


def _is_cut(head: bytes, size: int) -> bool:
    """Return whether the file is shorter than its header says, for formats whose header says it."""
    if head.startswith(b"RIFF"):
        return size < int.from_bytes(head[4:8], "little") + 8
    return head.startswith(b"BM") and size < int.from_bytes(head[2:6], "little")


def _fault(error: Exception, head: bytes, size: int) -> Finding:
    text = " ".join(str(error).split()) or type(error).__name__
    cut = "truncated" in text.lower() or isinstance(error, EOFError) or _is_cut(head, size)
    return Finding(*(("truncated", "ends_early") if cut else ("unreadable", "damaged_data")), {"detail": text[:200]})


def upright(picture: Image.Image, orientation: int) -> Image.Image:
    """The picture turned as EXIF's `orientation` says."""
    turn = TURNS.get(orientation)
    return picture if turn is None else picture.transpose(turn)


def _look_of(picture: Image.Image, orientation: int) -> int | None:
    """A difference hash: of 8×9 means over the upright grey picture, whether each is darker than its neighbour.

    Source of the idea: N. Krawetz, "Kind of Like That" (2013), dHash.
    """
    small = upright(eight_bits(picture).convert("L"), orientation).resize((9, 8), Image.Resampling.BOX)
    means = np.asarray(small, np.int16)
    if int(means.max()) - int(means.min()) < FLAT:
        return None
    return int.from_bytes(np.packbits(means[:, 1:] > means[:, :-1]).tobytes(), "big")
