"""Tests that the code in README.txt resizes and classifies as in training."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pipeline.config import ImageConfig
from pipeline.export.readme import readme
from pipeline.images.load import load_image

if TYPE_CHECKING:
    from tests.conftest import Draw


@pytest.mark.parametrize(
    "image",
    [
        ImageConfig(size=(40, 56), decode="exact"),
        ImageConfig(size=(40, 56), resize="pad", pad_value=90, decode="exact"),
        ImageConfig(size=(56, 40), resize="pad", pad_value=90, color_mode="grayscale", decode="exact"),
        ImageConfig(size=(40, 56), resize="crop", exif=False, decode="exact"),
    ],
    ids=["stretch", "pad", "grey", "crop"],
)
def test_pillow_s_lines_resize_as_training_did(
    image: ImageConfig, draw_picture: Draw, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    draw_picture(300, 190, seed=3).save("photo.jpg", quality=95)
    shape = [None, *image.image_size, image.channels]
    text = readme(
        {
            "saved_model": {"outputs": {"class": {"dtype": "string"}}},
            "keras": {"input": {"pixels": {"shape": shape}}},
            "image": dataclasses.asdict(image),
            "class_names": ["cats", "dogs"],
        }
    )
    lines = [line.strip() for line in text.splitlines()]
    code = [line for line in lines if re.match(r"import numpy|from PIL|photo = |pixels = ", line)]
    assert len(code) == 5
    found: dict[str, Any] = {}
    exec("\n".join(code), found)  # the lines that users copy
    options: Any = {"pad_value": image.pad_value, "color_mode": image.color_mode, "exif": image.exif}
    wanted = load_image("photo.jpg", image.image_size, image.resize, "exact", **options)
    assert found["pixels"].shape == (1, *wanted.shape)
    assert np.abs(found["pixels"][0].astype(int) - wanted).mean() < 1
