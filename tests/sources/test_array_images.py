"""An array x as images: dtypes, shapes, resizing, shared memory, errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from pipeline.config import ImageConfig
from pipeline.errors import InputError
from pipeline.images.load import load_image
from pipeline.runtime.shared_array import allocate, share
from pipeline.sources.array_images import prepare, read_images

RANDOM = np.random.default_rng(0)
RGB = RANDOM.integers(0, 256, (4, 7, 9, 3), np.uint8)


def image(channels: int = 3, size: tuple[int, int] = (7, 9), **options: Any) -> ImageConfig:
    mode = {1: "grayscale", 3: "rgb", 4: "rgba"}[channels]
    return ImageConfig(size=size, color_mode=mode, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("x", "dtype", "shape"),
    [
        (RGB, np.uint8, (4, 7, 9, 3)),
        (RGB[..., 0], np.uint8, (4, 7, 9, 1)),
        (RGB[..., :1], np.uint8, (4, 7, 9, 1)),
        (RGB.astype(np.int64), np.uint8, (4, 7, 9, 3)),
        (RGB.tolist(), np.uint8, (4, 7, 9, 3)),
        (RGB.astype(np.float16), np.float32, (4, 7, 9, 3)),
        (RGB.astype(np.float64), np.float32, (4, 7, 9, 3)),
        (tf.constant(RGB), np.uint8, (4, 7, 9, 3)),
        (RGB.astype(">f4"), np.float32, (4, 7, 9, 3)),
    ],
)
def test_types_and_shapes(x: Any, dtype: Any, shape: tuple[int, ...]) -> None:
    pictures = read_images(x)
    assert pictures.values.dtype == dtype
    assert pictures.values.shape == shape
    np.testing.assert_array_equal(pictures.values, RGB[..., : shape[3]])
    assert pictures.is_levels == (dtype == np.uint8)


def _with(place: tuple[int, ...], value: float) -> np.ndarray:
    floats = RGB.astype(np.float32)
    floats[place] = value
    return floats


REFUSED = [
    (RGB.astype(np.int32) - 1, r"levels 0-255 where it holds integers\. Received: int32 from -1 to "),
    (RGB.astype(np.uint16) + 1, r"Received: uint16 from 1 to 256"),
    (_with((2, 3, 4, 1), np.nan), r"finite numbers .*Received: nan at \[2, 3, 4, 1\], the first"),
    (_with((3, 0, 0, 0), -np.inf), r"Received: -inf at \[3, 0, 0, 0\]"),
    (
        _with((1, 0, 0, 0), 1.0).astype(np.float64) * 1e300,
        r"numbers \(of float32\)\. Received: 9\.5e\+301 at \[0, ",
    ),
    (RGB > 9, r"uint8, other integers of 0-255, or floats; x\.astype\(np\.uint8\) \* 255.*Received: bool"),
    (RGB[..., :2], r"C 1 \(grey\), 3 \(RGB\) or 4 \(RGBA\)\. Received: uint8 \[4, 7, 9, 2\]"),
    (np.moveaxis(RGB, -1, 1), r"np\.moveaxis\(x, 1, -1\) brings the channels to the end"),
    (RGB.reshape(4, -1), r"flat pictures are reshaped first"),
    (RGB[0, 0, 0], r"Received: uint8 \[3\]"),
    (RGB[:0], r"at least one picture .*Received: uint8 \[0, 7, 9, 3\]"),
    (RGB[:, :0], r"at least one pixel"),
    ([RGB[0], RGB[1, :3]], r"x must be one array, every row of the same shape"),
    (np.array([RGB[0], None], object), r"of one type and size\. Received: object"),
    (np.array([["a"]]), r"Received: <U1"),
    (np.full((1, 2, 2), 1j), r"Received: complex128"),
]


@pytest.mark.parametrize(("x", "words"), REFUSED)
def test_what_is_no_pictures_is_one_line(x: Any, words: str) -> None:
    with pytest.raises(InputError, match=words) as refused:
        read_images(x)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("resize", ["stretch", "pad", "crop"])
@pytest.mark.parametrize("decode", ["fast", "exact"])
@pytest.mark.parametrize("channels", [1, 3])
def test_resized_as_the_same_photos_in_files(tmp_path: Path, resize: Any, decode: Any, channels: int) -> None:
    options = image(channels, (5, 12), resize=resize, decode=decode)
    prepared = prepare(read_images(RGB), options)
    for k, pixels in enumerate(RGB):
        Image.fromarray(pixels).save(tmp_path / f"{k}.png")
        file = load_image(tmp_path / f"{k}.png", (5, 12), resize, decode, color_mode=options.color_mode)
        np.testing.assert_array_equal(prepared.values[k], file)
    assert prepared.resized_from == (7, 9)


@pytest.mark.parametrize("resize", ["stretch", "pad", "crop"])
def test_floats_are_resized_without_rounding(resize: Any) -> None:
    options = image(3, (5, 12), resize=resize)
    levels = prepare(read_images(RGB), options).values
    floats = prepare(read_images(RGB.astype(np.float32) / 255), options).values
    assert floats.dtype == np.float32
    np.testing.assert_allclose(floats * 255, levels, atol=0.51)
    assert not np.array_equal(np.rint(floats * 255), floats * 255)


def test_colours() -> None:
    grey = prepare(read_images(RGB), image(1)).values
    for one, pixels in zip(grey, RGB, strict=True):
        np.testing.assert_array_equal(one[..., 0], np.asarray(Image.fromarray(pixels).convert("L")))
    floats = prepare(read_images(RGB.astype(np.float32)), image(1)).values
    np.testing.assert_allclose(floats, grey, atol=0.51)
    three = prepare(read_images(grey), image(3)).values
    np.testing.assert_array_equal(three, np.repeat(grey, 3, axis=3))
    four = prepare(read_images(RGB), image(4)).values
    np.testing.assert_array_equal(four, np.concatenate([RGB, np.full_like(RGB[..., :1], 255)], axis=3))
    np.testing.assert_array_equal(prepare(read_images(four), image(3)).values, RGB)
    with pytest.raises(InputError, match="nothing says which alpha is opaque"):
        prepare(read_images(RGB.astype(np.float32)), image(4))


def test_nothing_is_copied_where_tensorflow_can_read_it(tmp_path: Path) -> None:
    aligned = allocate(4, (7, 9, 3))
    aligned[...] = RGB
    prepared = prepare(read_images(aligned), image())
    assert np.shares_memory(prepared.values, aligned)
    assert not prepared.is_copy
    np.save(tmp_path / "x.npy", RGB)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    from_file = prepare(read_images(mapped), image())
    assert np.shares_memory(from_file.values, mapped)
    np.testing.assert_array_equal(share(from_file.values).numpy(), RGB)
    grey = prepare(read_images(aligned[..., 0]), image(1))  # every third byte: no block of memory
    assert grey.is_copy
    aside = allocate(5, (7, 9, 3))[1:]
    assert aside.ctypes.data % 64
    assert prepare(read_images(aside), image()).is_copy
    assert prepare(read_images(RGB.astype(np.int64)), image()).is_copy


def test_more_than_memory_is_refused_before_it_is_taken() -> None:
    many = np.broadcast_to(np.zeros((1, 1, 1, 1), np.uint8), (100_000, 1, 1, 1))
    with pytest.raises(InputError, match=r"x needs 1267\.5 GB as uint8, of .* free: choose a smaller image_size"):
        prepare(read_images(many), image(3, (65_000, 65)))
