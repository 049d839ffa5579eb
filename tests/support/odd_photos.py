"""A folder with one file of every kind that the inspection names."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

# A file's name that is HTML; whoever shows it as such runs it.
PAYLOAD = "<img src=x onerror=document.title=1>.jpg"
NOT_UTF8 = os.fsdecode(b"caf\xe9.jpg")


def picture(height: int = 60, width: int = 80, seed: int = 0) -> Image.Image:
    """Blocks of random colours: sharp, and like no other seed's."""
    random = np.random.default_rng(seed)
    blocks = random.integers(0, 256, (6, 8, 3)).astype(np.uint8)
    return Image.fromarray(blocks).resize((width, height), Image.Resampling.NEAREST)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims so many pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 10)) + chunk(b"IEND", b"")
    )


def odd_folder(root: Path) -> Path:
    """Two classes under `root`, with ordinary photos and one file of every kind."""
    cats, dogs = root / "cats", root / "dogs <b>big"
    cats.mkdir(parents=True)
    dogs.mkdir()
    for k in range(4):
        picture(60 + 10 * k, 80, seed=k).save(cats / f"{k}.jpg", quality=90)
        picture(80, 60 + 20 * k, seed=10 + k).save(dogs / f"{k}.jpg", quality=90)
    whole = (cats / "0.jpg").read_bytes()
    (cats / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (cats / "empty.png").write_bytes(b"")
    (cats / "text.jpg").write_bytes(b"this is no picture")
    (dogs / "bomb.png").write_bytes(bomb(20_000, 10_000))
    (dogs / PAYLOAD).write_bytes(b"nor is this")
    (dogs / NOT_UTF8).write_bytes(b"nor this")
    picture(seed=20).save(cats / "really.jpg", format="PNG")
    picture(seed=21).convert("CMYK").save(cats / "cmyk.jpg")
    Image.fromarray(np.arange(64 * 64, dtype=np.uint16).reshape(64, 64) * 16).save(dogs / "deep.png")
    frames = [picture(seed=30 + k) for k in range(3)]
    frames[0].save(dogs / "moving.gif", save_all=True, append_images=frames[1:])
    picture(8, 8, seed=22).save(cats / "tiny.png")
    picture(seed=23).save(dogs / "photo.ico")
    picture(seed=24).save(root / "loose.jpg")
    (root / "notes.txt").write_text("mine")
    (root / ".hidden").write_text("hidden")
    return root
