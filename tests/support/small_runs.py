"""Runs' folders as `python -m pipeline.train` leaves them, around a small model that knows nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras

from pipeline.config import DataConfig, ImageConfig, ModelConfig, TrainConfig
from pipeline.config.document import dump
from pipeline.files.atomic import write_text
from pipeline.models.cnn import build_cnn
from pipeline.models.head import Head
from pipeline.runs.run_folder import write_classes, write_record
from pipeline.sources.labels import Mode

SMALL = ImageConfig(size=(12, 16), resize="pad", pad_value=9)
ACTIVATIONS = {"binary": "sigmoid", "multi_label": "sigmoid", "regression": "linear"}


def small_model(image: ImageConfig, units: int, activation: str, seed: int = 3) -> keras.Model:
    """Spread out, so that probabilities are neither all alike nor 0 and 1."""
    keras.utils.set_random_seed(seed)
    inputs = (*image.image_size, image.channels)
    model = build_cnn(ModelConfig(filters=(4,), dense=(8,)), inputs, Head(units, activation, "", ""))
    scale = 3 if image.rescale is not None else 0.02
    for variable in model.trainable_variables:
        variable.assign(variable * scale)
    return model


def make_run(
    folder: Path,
    mode: Mode = "int",
    names: Sequence[str] = ("cats", "dogs", "owls"),
    image: ImageConfig = SMALL,
    data: DataConfig | None = None,
    model: keras.Model | None = None,
) -> Path:
    """Make the folder; the result is the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    if model is None:
        units = 1 if mode == "binary" else len(names)
        model = small_model(image, units, ACTIVATIONS.get(mode, "softmax"))
    model.save(folder / "model.keras")
    write_text(folder / "config.yaml", dump(TrainConfig(data=data or DataConfig(), image=image)))
    write_classes(folder, names, mode)
    write_record(folder, {"finished": True, "directory": str(folder)})
    return folder
