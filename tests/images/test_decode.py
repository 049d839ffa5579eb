"""`pipeline.images.decode`: bytes to pixels, against Pillow."""

from __future__ import annotations

import functools
import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from pipeline.images.decode import RATIOS, decode
from pipeline.images.load import reason
from tests.support.corpus import chunk, encoded
from tests.support.versions import writes

Pixels = NDArray[np.uint8]
HEIGHT, WIDTH = 23, 31  # odd, so that a padded block or row shows


def noise(channels: int, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, channels), np.uint8)


def smooth(height: int = HEIGHT, width: int = WIDTH, seed: int = 0) -> Image.Image:
    small = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


def grey(seed: int = 0) -> Image.Image:
    return Image.fromarray(noise(1, seed)[..., 0])


def grey_alpha() -> Image.Image:
    return Image.merge("LA", (grey(0), grey(1)))


def deep_png(colour: int) -> bytes:
    """A PNG of 16 bits a channel, which Pillow reads and does not write: colour type 2 (RGB) or 6 (RGBA)."""
    channels = {2: 3, 6: 4}[colour]
    levels = np.random.default_rng(1).integers(0, 1 << 16, (HEIGHT, WIDTH, channels)).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in levels)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, colour, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in chunks)


def by_pillow(data: bytes, mode: str = "RGB") -> Pixels:
    return np.asarray(Image.open(io.BytesIO(data)).convert(mode))


def is_read_by_pillow(data: bytes) -> bool:
    try:
        by_pillow(data)
    except Exception:  # noqa: BLE001 - Pillow gives up on damage in many ways
        return False
    return True


@functools.cache
def in_map(**options: Any) -> Callable[[list[bytes]], list[Pixels]]:
    """`decode` inside `Dataset.map`, built once for these options."""
    files = tf.Variable([b""], shape=[None], dtype=tf.string)
    count = tf.Variable(0, dtype=tf.int64)
    numbers = tf.data.Dataset.range(1).flat_map(lambda _: tf.data.Dataset.range(count))
    dataset = numbers.map(lambda k: decode(tf.gather(files, k), **options), num_parallel_calls=2)

    def run(data: list[bytes]) -> list[Pixels]:
        files.assign(data)
        count.assign(len(data))
        return list(dataset.as_numpy_iterator())

    return run


@functools.cache
def in_graph(**options: Any) -> Callable[[tf.Tensor], tf.Tensor]:
    """`decode` as one graph, for many calls: beginning to iterate over a dataset is slow."""
    function: Any = tf.function(lambda data: decode(data, **options), input_signature=[tf.TensorSpec([], tf.string)])
    compiled: Callable[[tf.Tensor], tf.Tensor] = function
    return compiled


def directly(data: bytes, **options: Any) -> Pixels:
    pixels: Pixels = decode(tf.constant(data), **options).numpy()
    assert pixels.dtype == np.uint8
    return pixels


JPEGS: dict[str, Callable[[], bytes]] = {
    "4:2:0": lambda: encoded(smooth(), "JPEG", quality=90),
    "4:2:2": lambda: encoded(smooth(), "JPEG", subsampling=1),
    "4:4:4": lambda: encoded(smooth(), "JPEG", subsampling=0),
    "noise": lambda: encoded(Image.fromarray(noise(3)), "JPEG", quality=75),
    "progressive": lambda: encoded(smooth(), "JPEG", progressive=True),
    "grey": lambda: encoded(grey(), "JPEG"),
    "CMYK": lambda: encoded(smooth().convert("CMYK"), "JPEG"),
    "RGB inside": lambda: encoded(smooth(), "JPEG", keep_rgb=True),
    "restart markers": lambda: encoded(smooth(), "JPEG", restart_marker_blocks=1),
    "own tables, low quality": lambda: encoded(smooth(), "JPEG", optimize=True, quality=5),
    "one pixel": lambda: encoded(smooth(1, 1), "JPEG"),
    "one row": lambda: encoded(smooth(1, 100), "JPEG"),
    "one column": lambda: encoded(smooth(100, 1), "JPEG"),
    "MPO": lambda: encoded(smooth(), "MPO", save_all=True, append_images=[smooth(seed=1)]),
}
OTHERS: dict[str, Callable[[], bytes]] = {
    "PNG grey": lambda: encoded(grey(), "PNG"),
    "PNG 1 bit": lambda: encoded(grey().convert("1"), "PNG"),
    "PNG LA": lambda: encoded(grey_alpha(), "PNG"),
    "PNG RGB": lambda: encoded(Image.fromarray(noise(3)), "PNG"),
    "PNG RGBA": lambda: encoded(Image.fromarray(noise(4)), "PNG"),
    "PNG palette": lambda: encoded(Image.fromarray(noise(3)).quantize(200), "PNG"),
    "PNG palette of 4 bits": lambda: encoded(Image.fromarray(noise(3)).quantize(13), "PNG"),
    "PNG palette with a transparent colour": lambda: encoded(
        Image.fromarray(noise(3)).quantize(17), "PNG", transparency=3
    ),
    "GIF": lambda: encoded(Image.fromarray(noise(3)).quantize(200), "GIF"),
    "GIF grey": lambda: encoded(grey(), "GIF"),
    "GIF animated": lambda: encoded(
        Image.fromarray(noise(3)).quantize(200),
        "GIF",
        save_all=True,
        append_images=[Image.fromarray(noise(3, 1)).quantize(200)],
    ),
    "WebP lossless RGB": lambda: encoded(Image.fromarray(noise(3)), "WEBP", lossless=True),
    "WebP lossless RGBA": lambda: encoded(Image.fromarray(noise(4)), "WEBP", lossless=True, exact=True),
    "WebP lossy": lambda: encoded(smooth(), "WEBP", quality=80),
    "BMP 24": lambda: encoded(Image.fromarray(noise(3)), "BMP"),
    "BMP 32": lambda: encoded(Image.fromarray(noise(4)), "BMP"),
    "BMP palette": lambda: encoded(Image.fromarray(noise(3)).quantize(20), "BMP"),
    "BMP grey": lambda: encoded(grey(), "BMP"),
    "BMP 1 bit": lambda: encoded(grey().convert("1"), "BMP"),
    "PNG 16 bits a channel": lambda: deep_png(2),
    "PNG 16 bits with alpha": lambda: deep_png(6),
    "PNG with a transparent colour": lambda: encoded(smooth(), "PNG", transparency=(9, 9, 9)),
    "PNG grey with a transparent level": lambda: encoded(grey(), "PNG", transparency=9),
    "PNG interlaced palette with alphas": lambda: encoded(
        Image.fromarray(noise(3)).quantize(17), "PNG", transparency=bytes(range(0, 170, 10))
    ),
    "GIF transparent": lambda: encoded(Image.fromarray(noise(3)).quantize(20), "GIF", transparency=3),
    "WebP lossy RGBA": lambda: encoded(Image.fromarray(noise(4)), "WEBP", quality=80),
    "WebP animated": lambda: encoded(
        smooth(), "WEBP", save_all=True, append_images=[smooth(seed=seed) for seed in range(1, 5)]
    ),
    "APNG": lambda: encoded(smooth(), "PNG", save_all=True, append_images=[smooth(seed=1)]),
    "TIFF": lambda: encoded(smooth(), "TIFF"),
    "TIFF CMYK": lambda: encoded(smooth().convert("CMYK"), "TIFF"),
    "TIFF of two pages": lambda: encoded(smooth(), "TIFF", save_all=True, append_images=[smooth(seed=1)]),
    "PPM": lambda: encoded(smooth(), "PPM"),
    "TGA": lambda: encoded(Image.fromarray(noise(4)), "TGA"),
    "ICO": lambda: encoded(Image.fromarray(noise(4)), "ICO", sizes=[(16, 16)]),
    "JPEG 2000": lambda: encoded(smooth(), "JPEG2000"),
    **({"AVIF": lambda: encoded(smooth(), "AVIF")} if writes("AVIF") else {}),
}


def some_photos(photos: Path, count: int) -> list[bytes]:
    files = sorted(photos.rglob("*.jpg"))
    assert len(files) >= 1000
    return [path.read_bytes() for path in files[:: len(files) // count][:count]]


def test_real_photos_equal_pillow_bit_for_bit(photos: Path) -> None:
    files = some_photos(photos, 40)
    for data, mapped in zip(files, in_map()(files), strict=True):
        np.testing.assert_array_equal(mapped, by_pillow(data))


@pytest.mark.parametrize("name", JPEGS)
@pytest.mark.parametrize("exif", [True, False])
def test_jpegs_equal_pillow_bit_for_bit(name: str, exif: bool) -> None:
    data = JPEGS[name]()
    np.testing.assert_array_equal(directly(data, exif=exif), by_pillow(data))


@pytest.mark.parametrize("name", OTHERS)
def test_other_formats_equal_pillow_whatever_the_file_is_called(name: str) -> None:
    data = OTHERS[name]()
    np.testing.assert_array_equal(directly(data), by_pillow(data))
    np.testing.assert_array_equal(decode(tf.constant(data), exif=False, size=(5, 5)), by_pillow(data))


@pytest.mark.parametrize("name", [*OTHERS, *JPEGS])
def test_four_channels_equal_pillow(name: str) -> None:
    data = {**OTHERS, **JPEGS}[name]()
    found = directly(data, channels=4)
    np.testing.assert_array_equal(found, by_pillow(data, "RGBA"))


@pytest.mark.parametrize("options", [{}, {"exif": False}, {"channels": 4}, {"size": (9, 7)}], ids=str)
def test_inside_a_dataset_the_pixels_are_the_same(options: dict[str, Any]) -> None:
    files = [make() for make in (*JPEGS.values(), *OTHERS.values())]
    for data, mapped in zip(files, in_map(**options)(files), strict=True):
        np.testing.assert_array_equal(mapped, directly(data, **options))


def test_png_suite_equals_pillow(pngsuite: Path) -> None:
    """Every valid file; of those with a broken header or checksum (x*) those are refused that Pillow refuses."""
    files = sorted(pngsuite.glob("*.png"))
    assert len(files) > 150
    broken = 0
    for path in files:
        data = path.read_bytes()
        if path.name.startswith("x") and not is_read_by_pillow(data):
            with pytest.raises(tf.errors.InvalidArgumentError):
                decode(tf.constant(data))
            broken += 1
            continue
        with Image.open(path) as image:
            sixteen_bit_grey = image.mode.startswith("I")
            # Pillow clips 16-bit grey to 255 instead of scaling it; the high byte is what 8 bits mean.
            wanted = np.asarray(image) >> 8 if sixteen_bit_grey else by_pillow(data)
        found = decode(tf.constant(data)).numpy()
        if sixteen_bit_grey:
            wanted = np.repeat(wanted[..., None], 3, axis=2)
        np.testing.assert_array_equal(found, wanted, path.name)
        if not sixteen_bit_grey:
            found = decode(tf.constant(data), channels=4).numpy()
            np.testing.assert_array_equal(found, by_pillow(data, "RGBA"), path.name)
    assert broken > 5


def refused(data: bytes, **options: Any) -> str:
    """The reason why these bytes are refused."""
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        decode(tf.constant(data), **options)
    return reason(error.value)


UNKNOWN = "its content is not that of a picture, or of no kind that is read"
NO_PICTURES = (b"hello, I am a text\n" * 20, b"\0", b"\xff", b"\xff\xd8", b"B", b"GIF", b"\0" * 1000)


@pytest.mark.parametrize("channels", [3, 4])
def test_what_is_no_picture_is_refused(channels: int) -> None:
    assert refused(b"", channels=channels) == "the file is empty"
    for data in NO_PICTURES:
        assert refused(data, channels=channels) == UNKNOWN


@pytest.mark.parametrize("name", ["empty", "text", "truncated GIF", "truncated JPEG"])
def test_inside_a_dataset_it_is_refused_for_the_same_reason(name: str) -> None:
    data = {
        "empty": b"",
        "text": b"text",
        "truncated GIF": OTHERS["GIF"]()[:-100],
        "truncated JPEG": JPEGS["4:2:0"]()[:-100],
    }[name]
    with pytest.raises(tf.errors.InvalidArgumentError) as mapped:
        in_map()([data])
    assert reason(mapped.value) == refused(data)


TRUNCATED = {
    "JPEG": JPEGS["4:2:0"],
    "JPEG progressive": JPEGS["progressive"],
    **{
        name: OTHERS[name]
        for name in ("PNG RGB", "PNG palette", "GIF", "WebP lossless RGB", "WebP lossy", "BMP 24", "BMP 32")
    },
}


@pytest.mark.parametrize("name", TRUNCATED)
@pytest.mark.parametrize("channels", [3, 4])
def test_a_truncated_file_is_refused_at_any_length_at_which_pillow_refuses_it(name: str, channels: int) -> None:
    data = TRUNCATED[name]()
    run = in_graph(channels=channels, size=(5, 5))
    lengths = sorted({*range(80), *range(80, len(data) - 20, max(1, len(data) // 60)), len(data) - 20})
    read = []
    for length in lengths:
        try:
            run(tf.constant(data[:length]))
        except tf.errors.InvalidArgumentError:
            continue
        read.append(length)
    assert read == [length for length in lengths if is_read_by_pillow(data[:length])], f"of {len(data)} bytes"
    assert len(read) < 4


def test_a_png_of_its_header_alone_is_refused() -> None:
    data = OTHERS["PNG RGB"]()
    refused(data[:8])
    refused(data[:33])
    refused(data[:33] + data[-12:])


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([*JPEGS, *OTHERS]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=6),
    st.sampled_from([3, 4]),
)
def test_damaged_bytes_give_a_picture_or_an_error_never_a_crash(
    name: str, changes: list[tuple[float, int]], channels: int
) -> None:
    data = bytearray({**JPEGS, **OTHERS}[name]())
    for place, value in changes:
        data[int(place * (len(data) - 1))] = value
    # A header may now declare a picture of gigabytes, which would test this machine's memory.
    with Image.open(io.BytesIO({**JPEGS, **OTHERS}[name]())) as whole:
        assume(declared_pixels(bytes(data), whole.size[0] * whole.size[1]) < 10**7)
    try:
        pixels = in_graph(channels=channels)(tf.constant(bytes(data)))
    except tf.errors.InvalidArgumentError:
        return
    assert pixels.shape[2] == channels


def declared_pixels(data: bytes, otherwise: int) -> int:
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.size[0] * image.size[1]
    except Exception:  # noqa: BLE001 - Pillow gives up on damage in many ways
        return otherwise


def least(height: int, width: int, size: tuple[int, int], resize: str) -> tuple[int, int]:
    """The sides that the resize keeps of a picture: what is decoded must not be smaller."""
    if resize == "pad":
        scale = min(size[0] / height, size[1] / width)
        return round(height * scale), round(width * scale)
    return size


@functools.cache
def jpeg(height: int, width: int) -> bytes:
    return encoded(smooth(height, width), "JPEG")


@settings(max_examples=150, deadline=None)
@given(
    st.integers(1, 300),
    st.integers(1, 300),
    st.integers(1, 150),
    st.integers(1, 150),
    st.sampled_from(["stretch", "pad", "crop"]),
)
def test_libjpeg_never_reduces_below_what_the_resize_keeps(
    height: int, width: int, target_height: int, target_width: int, resize: str
) -> None:
    size = (target_height, target_width)
    found = decode(tf.constant(jpeg(height, width)), size=size, resize=resize).numpy()
    wanted = least(height, width, size, resize)
    for axis, side in enumerate((height, width)):
        assert found.shape[axis] >= min(side, wanted[axis])
    # And it is one of libjpeg's sizes: the largest reduction allowed, not a timid one.
    scale = (min if resize == "pad" else max)(size[0] / height, size[1] / width)
    ratio = max(ratio for ratio in RATIOS if ratio == 1 or scale * ratio <= 1)
    assert found.shape == (-(-height // ratio), -(-width // ratio), 3)


@pytest.mark.parametrize("ratio", [2, 4, 8])
@pytest.mark.parametrize("spare", [0, 1, 5])
def test_a_reduced_photo_is_the_one_that_pillow_drafts(ratio: int, spare: int) -> None:
    size = (30, 40)
    data = encoded(smooth(30 * ratio + spare, 40 * ratio + spare), "JPEG")
    with Image.open(io.BytesIO(data)) as image:
        image.draft("RGB", (size[1], size[0]))
        drafted = np.asarray(image)
    found = directly(data, size=size)
    assert found.shape[0] == -(-(30 * ratio + spare) // ratio)
    np.testing.assert_array_equal(found, drafted)


def test_real_photos_are_reduced_as_pillow_drafts_them(photos: Path) -> None:
    files = some_photos(photos, 20)
    reduced = 0
    for data, found in zip(files, in_map(size=(100, 100))(files), strict=True):
        with Image.open(io.BytesIO(data)) as image:
            whole = image.size
            image.draft("RGB", (100, 100))
            np.testing.assert_array_equal(found, np.asarray(image))
        if min(whole) >= 200:
            reduced += 1
            assert found.shape[0] * 2 <= whole[1] + 1
    assert reduced > 10


def test_a_photo_just_below_twice_the_target_is_read_whole() -> None:
    assert directly(jpeg(60, 80), size=(30, 40)).shape == (30, 40, 3)
    assert directly(jpeg(59, 80), size=(30, 40)).shape == (59, 80, 3)
    assert directly(jpeg(60, 79), size=(30, 40)).shape == (60, 79, 3)
    # Padded, the photo's width alone decides: it ends up 40 x 20 in the middle.
    assert directly(jpeg(40, 80), size=(40, 40), resize="pad").shape == (20, 40, 3)
    assert directly(jpeg(40, 80), size=(40, 40), resize="crop").shape == (40, 80, 3)
