"""`pipeline.images.exif`: orientation read and applied in the graph, against Pillow."""

from __future__ import annotations

import functools
import io
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageOps

from pipeline.config import ImageConfig
from pipeline.images.decode import decode
from pipeline.images.exif import orient, orientation, swaps_axes
from pipeline.images.load import load_image, picture

ORIENTATIONS = range(1, 9)
START_OF_IMAGE = 2
JFIF_END = 20


def tiff(value: int, order: str, *, before: int = 0, gap: int = 0) -> bytes:
    """A TIFF header whose first directory holds `before` other tags, then the orientation, then one more.

    `order` is struct's sign for the byte order; `gap` bytes stand between the header and the directory.
    """
    other = [struct.pack(order + "HHII", 1 + k, 4, 1, 77) for k in range(before)]
    entry = struct.pack(order + "HHIHH", 0x0112, 3, 1, value, 0)
    last = struct.pack(order + "HHII", 0x0132, 4, 1, 5)
    entries = [*other, entry, last]
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8 + gap) + b"\xff" * gap
    return head + struct.pack(order + "H", len(entries)) + b"".join(entries) + b"\0" * 4


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def exif(value: int, order: str = "<", **layout: int) -> bytes:
    return segment(0xE1, b"Exif\0\0" + tiff(value, order, **layout))


def jpeg(height: int = 21, width: int = 34) -> bytes:
    """A JPEG without EXIF that looks different from every side: it begins with a JFIF header of 20 bytes."""
    y, x = np.mgrid[0:height, 0:width]
    levels = np.stack([y * 255 // height, x * 255 // width, (height - y + x) * 255 // (height + width)], axis=2).astype(
        np.uint8
    )
    out = io.BytesIO()
    Image.fromarray(levels).save(out, "JPEG", quality=95, subsampling=0)
    data = out.getvalue()
    assert data[START_OF_IMAGE : START_OF_IMAGE + 4] == b"\xff\xe0\x00\x10"
    return data


def insert(data: bytes, *segments: bytes, at: int = JFIF_END) -> bytes:
    return data[:at] + b"".join(segments) + data[at:]


def upright(data: bytes) -> NDArray[np.uint8]:
    """Pillow's answer."""
    return np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))


def read(data: bytes) -> int:
    return int(orientation(tf.constant(data)))


@functools.cache
def reader() -> Callable[[tf.Tensor], tf.Tensor]:
    """`orientation` in a graph, which is where it runs, and a hundred times faster than op by op."""
    graph: Callable[[tf.Tensor], tf.Tensor] = tf.function(orientation, input_signature=[tf.TensorSpec([], tf.string)])
    return graph


def read_in_graph(data: bytes) -> int:
    return int(reader()(tf.constant(data)))


def decoded(data: bytes, **options: Any) -> NDArray[np.uint8]:
    pixels: NDArray[np.uint8] = decode(tf.constant(data), **options).numpy()
    return pixels


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("value", ORIENTATIONS)
def test_every_orientation_in_both_byte_orders_as_pillow_turns_it(value: int, order: str) -> None:
    data = insert(jpeg(), exif(value, order))
    assert Image.open(io.BytesIO(data)).getexif()[0x0112] == value
    assert read(data) == value
    np.testing.assert_array_equal(decoded(data), upright(data))


@pytest.mark.parametrize("value", ORIENTATIONS)
def test_what_pillow_writes_is_read(value: int) -> None:
    tags = Image.Exif()
    tags[0x010F] = "a camera"
    tags[0x0112] = value
    out = io.BytesIO()
    Image.fromarray(decoded(jpeg())).save(out, "JPEG", exif=tags)
    assert read(out.getvalue()) == value
    np.testing.assert_array_equal(decoded(out.getvalue()), upright(out.getvalue()))


PLACES: dict[str, Callable[[bytes], bytes]] = {
    "before JFIF": lambda tag: insert(jpeg(), tag, at=START_OF_IMAGE),
    "without JFIF": lambda tag: jpeg()[:START_OF_IMAGE] + tag + jpeg()[JFIF_END:],
    "after JFIF": lambda tag: insert(jpeg(), tag),
    "after a comment": lambda tag: insert(jpeg(), segment(0xFE, b"a comment"), tag),
    "after XMP": lambda tag: insert(jpeg(), segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>"), tag),
    "after a colour profile of three long segments": lambda tag: insert(
        jpeg(), *[segment(0xE2, b"ICC_PROFILE\0" + b"\xff" * 65_000)] * 3, tag
    ),
    "after all APPn but its own": lambda tag: insert(
        jpeg(), *[segment(0xE0 + k, b"some bytes") for k in range(16) if k != 1], tag
    ),
    "after empty segments": lambda tag: insert(jpeg(), segment(0xE5, b""), segment(0xE6, b""), tag),
    "after fill bytes": lambda tag: insert(jpeg(), b"\xff\xff\xff" + tag),
}


@pytest.mark.parametrize("place", PLACES)
def test_exif_is_found_wherever_it_may_stand(place: str) -> None:
    data = PLACES[place](exif(6))
    assert read(data) == 6
    np.testing.assert_array_equal(decoded(data), upright(data))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("layout", [{"before": 5}, {"gap": 7}, {"before": 30, "gap": 300}])
def test_the_tag_is_found_wherever_its_directory_has_it(layout: dict[str, int], order: str) -> None:
    assert read(insert(jpeg(), exif(8, order, **layout))) == 8


def test_upright_without_exif_or_where_the_picture_merely_contains_the_words() -> None:
    assert read(jpeg()) == 1
    assert read(insert(jpeg(), segment(0xFE, exif(6)))) == 1
    assert read(insert(jpeg(), segment(0xE1, b"Exit\0\0" + tiff(6, "<")))) == 1
    # Behind the start of scan there are pixels, not segments.
    end = jpeg().index(b"\xff\xda")
    assert read(insert(jpeg(), exif(6), at=end + 14)) == 1


@pytest.mark.parametrize("value", [0, 9, 255, 65535])
def test_an_orientation_that_does_not_exist_is_upright(value: int) -> None:
    data = insert(jpeg(), exif(value))
    assert read(data) == 1
    np.testing.assert_array_equal(decoded(data), decoded(jpeg()))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=120), st.data())
def test_damaged_metadata_never_stops_a_photo(noise: bytes, data: st.DataObject) -> None:
    order = data.draw(st.sampled_from("<>"))
    body = bytearray(b"Exif\0\0" + tiff(3, order, before=2))
    start = data.draw(st.integers(0, len(body)))
    body[start : start + len(noise)] = noise
    broken = insert(jpeg(), segment(0xE1, bytes(body)))
    assert 1 <= read_in_graph(broken) <= 8
    pixels = decoded(broken)
    assert sorted(pixels.shape[:2]) == [21, 34]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_have_an_orientation(noise: bytes) -> None:
    for data in (
        noise,
        b"\xff\xd8" + noise,
        b"\xff\xd8\xff\xe1" + noise,
        b"\xff\xd8\xff\xe1\0\x20Exif\0\0" + noise,
    ):
        assert 1 <= read_in_graph(data) <= 8


def test_a_file_that_ends_within_its_metadata_has_an_orientation() -> None:
    whole = insert(jpeg(), exif(6))
    for cut in range(100):
        assert 1 <= read_in_graph(whole[:cut]) <= 8
    assert read(b"") == 1


def test_a_directory_that_points_to_itself_or_far_away_ends() -> None:
    for offset in (0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 0xFFFFFFF8):
        body = b"Exif\0\0II*\0" + struct.pack("<I", offset) + b"\xff" * 40
        assert 1 <= read_in_graph(insert(jpeg(), segment(0xE1, body))) <= 8


@pytest.mark.parametrize("value", ORIENTATIONS)
def test_orient_alone_and_in_a_dataset(value: int) -> None:
    image = np.arange(2 * 3 * 2, dtype=np.uint8).reshape(2, 3, 2)
    tags = Image.Exif()
    tags[0x0112] = value
    planes = []
    for k in range(2):
        out = io.BytesIO()
        Image.fromarray(image[..., k]).save(out, "PNG", exif=tags)
        planes.append(np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(out.getvalue())))))
    expected = np.stack(planes, axis=2)
    np.testing.assert_array_equal(orient(tf.constant(image), tf.constant(value)), expected)
    dataset = tf.data.Dataset.from_tensors((image, value)).map(orient)
    np.testing.assert_array_equal(next(iter(dataset)), expected)
    assert bool(swaps_axes(tf.constant(value))) == (expected.shape[0] == 3)


def test_orientation_in_a_dataset() -> None:
    files = [insert(jpeg(), exif(value, ">")) for value in ORIENTATIONS]
    found = tf.data.Dataset.from_tensor_slices(files).map(orientation).as_numpy_iterator()
    assert [int(value) for value in found] == list(ORIENTATIONS)


@pytest.mark.parametrize("value", ORIENTATIONS)
@pytest.mark.parametrize("resize", ["stretch", "pad", "crop"])
@pytest.mark.parametrize("method", ["exact", "fast"])
def test_a_turned_photo_is_resized_as_its_upright_copy(value: int, resize: Any, method: Any) -> None:
    """Not square, and not upright: whoever scales by the stored sides loses resolution or distorts."""
    stored = jpeg(height=330, width=200)
    data = insert(stored, exif(value))
    found = load_image(data, image_size=(50, 80), resize=resize, decode=method)
    assert found.shape == (50, 80, 3)
    out = io.BytesIO()
    Image.fromarray(upright(data)).save(out, "PNG")
    whole = load_image(out.getvalue(), image_size=(50, 80), resize=resize, decode=method)
    difference = np.abs(found.astype(int) - whole)
    if method == "exact":
        assert difference.max() == 0
    else:  # libjpeg's own reduction against a plain bilinear one of the whole
        assert difference.mean() < 4


@pytest.mark.parametrize("value", [1, 3, 6, 8])
def test_libjpeg_reduces_by_the_upright_sides(value: int) -> None:
    data = insert(jpeg(height=400, width=100), exif(value))
    sides = (100, 400) if value >= 5 else (400, 100)
    assert decoded(data, size=(50, 200)).shape[:2] == ((50, 200) if value >= 5 else sides)
    assert decoded(data, size=(200, 50)).shape[:2] == (sides if value >= 5 else (200, 50))


def test_exif_false_leaves_a_photo_as_it_is_stored() -> None:
    data = insert(jpeg(), exif(6))
    np.testing.assert_array_equal(decoded(data, exif=False), decoded(jpeg()))
    np.testing.assert_array_equal(load_image(data, exif=False), decoded(jpeg()))
    small = picture(tf.constant(data), ImageConfig(size=(10, 10), exif=False, decode="exact"))
    np.testing.assert_array_equal(small, load_image(jpeg(), image_size=10, decode="exact"))
