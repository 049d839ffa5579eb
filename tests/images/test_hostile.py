"""Hundreds of hostile files, each read in a process under a memory cap: Pillow's picture, or one error."""

from __future__ import annotations

import io
import os
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from tests.support.corpus import corpus, sources
from tests.support.fuzz import fuzz
from tests.support.reader import MAX_PIXELS, Reader


def by_pillow(data: bytes) -> NDArray[np.uint8] | None:
    """Return the image that Pillow reads: upright, RGB, of 16 bits grey the upper 8; `None` where it gives up."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as image:
                if image.format == "EPS" or image.size[0] * image.size[1] > MAX_PIXELS:
                    return None
                image.load()
                upright = ImageOps.exif_transpose(image)
            if upright.mode.startswith("I"):
                grey = np.clip(np.asarray(upright), 0, 65535) >> 8
                return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)
            return np.asarray(upright.convert("RGB"))
    except Exception:  # noqa: BLE001 - that is what is asked
        return None


def compare(name: str, data: bytes, reader: Reader) -> str | None:
    """Return the fault in how a file is read; `None` where there is none."""
    found, wanted = reader.read(data), by_pillow(data)
    if isinstance(found, str):
        if "\n" in found or "Traceback" in found:
            return f"{name}: more than one line: {found!r}"
        return None if wanted is None else f"{name}: Pillow reads it, and here: {found}"
    if wanted is None:
        return f"{name}: Pillow refuses it, and here it is a picture"
    if found.shape != wanted.shape:
        return f"{name}: {found.shape}, where Pillow gives {wanted.shape}"
    apart = int(np.abs(found.astype(int) - wanted).max(initial=0))
    return f"{name}: {apart} levels from Pillow's" if apart else None


def test_every_kind_of_file_is_read_as_pillow_reads_it() -> None:
    with Reader() as reader:
        assert [one for name, data in sources().items() if (one := compare(name, data, reader))] == []


def test_hundreds_of_hostile_files_are_pillows_picture_or_one_error() -> None:
    files = corpus()
    assert len(files) > 400
    with Reader() as reader:
        assert [one for name, data in files.items() if (one := compare(name, data, reader))] == []


def test_png_suite_in_a_process_of_its_own(pngsuite: Path) -> None:
    with Reader() as reader:
        files = {path.name: path.read_bytes() for path in sorted(pngsuite.glob("*.png"))}
        assert [one for name, data in files.items() if (one := compare(name, data, reader))] == []


@pytest.mark.slow
def test_a_minute_of_fuzzing_finds_no_crash() -> None:
    assert fuzz(60, seed=int.from_bytes(os.urandom(4)), folder=None, out=sys.stderr) == []
