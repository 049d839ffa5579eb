"""Files of every kind beside `keras.utils.load_img`, which the original generator reads them with."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline.legacy import decoding
from pipeline.legacy.decoding import Decoding, FileReader

CHUNK = 4


def _wanted(path: str, how: Decoding) -> np.ndarray:
    image = keras.utils.load_img(path, how.color_mode, how.target_size, how.interpolation, how.keep_aspect_ratio)
    pixels: np.ndarray = keras.utils.img_to_array(image)
    return pixels


def _assert_equal(paths: list[str], how: Decoding) -> None:
    reader = FileReader(how, CHUNK)
    for first in range(0, len(paths), CHUNK):
        part = paths[first : first + CHUNK]
        got = np.asarray(reader.read(part))
        for path, pixels in zip(part, got, strict=True):
            assert np.array_equal(pixels, _wanted(path, how)), path


@pytest.mark.parametrize("color_mode", ["rgb", "rgba", "grayscale"])
@pytest.mark.parametrize("keep_aspect_ratio", [False, True])
def test_real_photos(photos: Path, color_mode: str, keep_aspect_ratio: bool) -> None:
    paths = sorted(map(str, photos.glob("train/*/*.jpg")))[::40]
    _assert_equal(paths, Decoding((150, 150), color_mode, "nearest", keep_aspect_ratio))
    _assert_equal(paths, Decoding((97, 224), color_mode, "nearest", keep_aspect_ratio))


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "hamming", "box", "lanczos"])
def test_every_interpolation(photos: Path, interpolation: str) -> None:
    _assert_equal(sorted(map(str, photos.glob("train/*/*.jpg")))[:5], Decoding((60, 80), "rgb", interpolation, True))


@pytest.mark.parametrize("color_mode", ["rgb", "rgba", "grayscale"])
def test_pngsuite(pngsuite: Path, color_mode: str) -> None:
    """Palettes, transparency, 1 to 16 bits, interlaced; 16 bit grey stays 16 bit."""
    paths = sorted(str(path) for path in pngsuite.glob("*.png") if not path.name.startswith("x"))
    _assert_equal(paths, Decoding((24, 40), color_mode, "nearest", False))


@pytest.fixture(scope="module")
def jpeg(tmp_path_factory: pytest.TempPathFactory, draw_picture: Callable[..., Image.Image]) -> Path:
    path = tmp_path_factory.mktemp("jpeg") / "one.jpg"
    draw_picture(61, 83).save(path, quality=85)
    return path


@given(width=st.integers(1, 700), height=st.integers(1, 700), keep=st.booleans())
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nearest_takes_pillows_rows_and_columns(width: int, height: int, keep: bool) -> None:
    """The index arithmetic alone, against Pillow's resize of a picture that holds its own coordinates."""
    how = Decoding((37, 53), "rgb", "nearest", keep)
    sides = tf.constant([height, width])
    rows, columns = _index(keep)(sides, tf.constant([37.0, 53.0], tf.float64))
    low, high = (value.numpy() for value in decoding._box(sides, how))
    if (high <= low).any():
        return  # Pillow refuses an empty box, and such files are left to it
    grid = np.arange(height * width, dtype=np.int32).reshape(height, width)
    box = (low[1], low[0], high[1], high[0])
    wanted = np.asarray(Image.fromarray(grid).resize((53, 37), Image.Resampling.NEAREST, box=box))
    assert np.array_equal(grid[rows.numpy()][:, columns.numpy()], wanted)


@functools.cache
def _index(keep: bool) -> Any:
    """In a graph, where TensorFlow's optimizer is at work."""
    how = Decoding((37, 53), "rgb", "nearest", keep)
    return tf.function(
        lambda sides, divisor: decoding._nearest_index(*decoding._box(sides, how), how.target_size, divisor),
        autograph=False,
        input_signature=[tf.TensorSpec([2], tf.int32), tf.TensorSpec([2], tf.float64)],
    )


@given(place=st.integers(0, 10_000), byte=st.integers(0, 255), cut=st.floats(0.3, 1))
@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_jpeg_is_what_pillow_makes_of_it(jpeg: Path, place: int, byte: int, cut: float) -> None:
    """The same pixels, or an error of the same type that names the file; never another picture."""
    raw = bytearray(jpeg.read_bytes())
    raw[place % len(raw)] = byte
    damaged = jpeg.with_name("damaged.jpg")
    damaged.write_bytes(raw[: int(len(raw) * cut)] if cut < 0.9 else raw)
    how = Decoding((30, 20), "rgb", "nearest", False)
    try:
        wanted = _wanted(str(damaged), how)
    except Exception as error:  # noqa: BLE001  # whatever Pillow says
        with pytest.raises(type(error), match="damaged"):
            FileReader(how, 2).read([str(jpeg), str(damaged)])
        return
    got = np.asarray(FileReader(how, 2).read([str(damaged), str(jpeg)]))
    assert np.array_equal(got[0], wanted)
    assert np.array_equal(got[1], _wanted(str(jpeg), how))


def test_odd_jpegs(tmp_path: Path, draw_picture: Callable[..., Image.Image]) -> None:
    """Grey, CMYK, progressive, with EXIF orientation (which the original does not apply), and by another name."""
    picture = draw_picture(50, 70)
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.convert("L").save(tmp_path / "grey.jpg")
    cyan, magenta, yellow, _ = picture.convert("CMYK").split()
    black = picture.convert("L")  # Pillow's own conversion leaves it empty, and then all formulas agree
    Image.merge("CMYK", (cyan, magenta, yellow, black)).save(tmp_path / "cmyk.jpg")
    picture.save(tmp_path / "progressive.jpg", progressive=True)
    picture.save(tmp_path / "turned.jpg", exif=exif)
    picture.save(tmp_path / "subsampled.jpg", subsampling=2, quality=60)
    picture.save(tmp_path / "rgb.jpg", keep_rgb=True)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    (tmp_path / "really_png.jpg").write_bytes(buffer.getvalue())
    for mode in ("rgb", "grayscale", "rgba"):
        _assert_equal(sorted(map(str, tmp_path.iterdir())), Decoding((33, 21), mode, "nearest", False))


def test_sixteen_bit_grey_beside_eight(tmp_path: Path) -> None:
    deep = np.arange(0, 65_536, 64, dtype=np.uint16).reshape(32, 32)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    Image.fromarray((deep >> 8).astype(np.uint8)).save(tmp_path / "plain.jpg")
    how = Decoding((16, 16), "grayscale", "nearest", False)
    _assert_equal([str(tmp_path / "plain.jpg"), str(tmp_path / "deep.png")], how)
    assert FileReader(how, 2).read([str(tmp_path / "deep.png")]).max() > 255


def test_only_the_file_to_blame_is_remembered(jpeg: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(jpeg.read_bytes()[:300])
    reader = FileReader(Decoding((30, 20), "rgb", "nearest", False), 3)
    with pytest.raises(OSError, match=r"broken\.jpg"):
        reader.read([str(jpeg), str(broken), str(jpeg)])
    assert reader._for_pillow == {str(broken)}


def test_a_missing_file_is_named(jpeg: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.jpg"):
        FileReader(Decoding((30, 20), "rgb", "nearest", False), 2).read([str(jpeg), "nowhere.jpg"])
