"""A run of two epochs of a tiny network, validated on its training photos."""

from __future__ import annotations

from pathlib import Path

from pipeline.config import DataConfig, FitConfig, ImageConfig, LoaderConfig, ModelConfig, TrainConfig

__all__ = ["two_epochs"]


def two_epochs(photos: Path, output: Path) -> TrainConfig:
    """Its configuration."""
    return TrainConfig(
        data=DataConfig(train=str(photos), validation=str(photos)),
        image=ImageConfig(size=12),
        loader=LoaderConfig(batch_size=4, cache="memory"),
        model=ModelConfig(filters=(2,), dense=()),
        train=FitConfig(epochs=2),
        output=str(output),
    )
