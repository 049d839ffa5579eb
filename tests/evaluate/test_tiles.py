"""Mistakes as tiles: each image as the model saw it, with its answers beside it."""

from __future__ import annotations

import base64
import dataclasses
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipeline.config import ImageConfig
from pipeline.evaluate.mistakes import Mistake
from pipeline.evaluate.record import Evaluation
from pipeline.evaluate.tiles import tiles
from pipeline.evaluate.words import Words
from tests.support.measured import evaluation


def mistaken(tmp_path: Path, picture: np.ndarray, **subject: Any) -> Evaluation:
    """A dog that was taken for a cat, with 75 %."""
    found = evaluation(tmp_path, ("cats", "dogs"), examples=9, **subject)
    mistake = Mistake(7, picture, 0.75, np.array(1), np.array([0.75, 0.25], np.float32))
    return dataclasses.replace(found, predictions=dataclasses.replace(found.predictions, mistakes=[mistake]))


def opened(address: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))


def test_a_tile_says_what_was_true_and_what_was_said(tmp_path: Path) -> None:
    found = mistaken(tmp_path, np.zeros((4, 4, 3), np.float32))
    (tile,) = tiles(found, Words("en"))
    assert (tile.number, tile.true, tile.said, tile.badness) == (1, "dogs", "cats", "75.0\u00a0%")
    assert tile.name == "example 7"
    (tile,) = tiles(mistaken(tmp_path, np.zeros((4, 4, 3), np.float32), arrays=True), Words("en", True))
    assert tile.name == "row 7"


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_small_image_is_there_pixel_for_pixel(tmp_path: Path, channels: int) -> None:
    levels = np.random.default_rng(channels).integers(0, 256, (9, 7, channels), np.uint8)
    rescale = ImageConfig().rescale
    assert rescale is not None
    (tile,) = tiles(mistaken(tmp_path, levels.astype(np.float32) * np.float32(rescale)), Words("en"))
    assert tile.exact
    shown = np.asarray(opened(tile.picture))
    assert np.array_equal(shown, levels[:, :, 0] if channels == 1 else levels[:, :, :3])


def test_a_large_image_is_the_same_smaller(tmp_path: Path) -> None:
    image = np.zeros((500, 1000, 3), np.float32)
    image[:, 500:] = [1, 0, 0]
    (tile,) = tiles(mistaken(tmp_path, image), Words("en"))
    assert not tile.exact
    shown = opened(tile.picture)
    assert shown.size == (320, 160)
    assert np.abs(np.asarray(shown)[80, [10, 310]].astype(int) - [[0, 0, 0], [255, 0, 0]]).max() < 6
    assert len(tile.picture) < 20_000
