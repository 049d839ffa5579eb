"""A small network, really trained, for tests of what comes after training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.config import DataConfig, FitConfig, ImageConfig, LoaderConfig, ModelConfig, TrainConfig
from pipeline.runs import fit
from pipeline.sources.folders import DEFAULT_SPLIT


def train_small(folder: Path, photos: Path, validation: Path | None = None, *, seed: int = 3, **image: Any) -> Path:
    """Train two epochs on 12×16 pictures; without validation photos a share is split off, as the command does."""
    split = DEFAULT_SPLIT if validation is None else None
    config = TrainConfig(
        data=DataConfig(
            train=str(photos),
            validation=None if validation is None else str(validation),
            validation_split=split,
        ),
        image=ImageConfig(size=(12, 16), **image),
        loader=LoaderConfig(batch_size=8),
        model=ModelConfig(filters=(3,), dense=()),
        train=FitConfig(epochs=2, learning_rate=0.01),
        seed=seed,
        output=str(folder),
    )
    fit.train(config)
    return folder
