"""The configuration: frozen dataclasses that check themselves. This folder imports no TensorFlow and no NumPy."""

from pipeline.config.augment import Augment, FillMode, Shift
from pipeline.config.data import DataConfig, Dataset, LabelMode, OnError, Verify
from pipeline.config.image import MAX_PIXELS, ColorMode, Decode, ImageConfig, Resize
from pipeline.config.loader import Cache, LoaderConfig
from pipeline.config.model import ModelConfig
from pipeline.config.training import (
    FitConfig,
    Optimizer,
    TrainConfig,
    resolve_minutes,
    resolve_seed,
    resolve_steps,
)

__all__ = [
    "MAX_PIXELS",
    "Augment",
    "Cache",
    "ColorMode",
    "DataConfig",
    "Dataset",
    "Decode",
    "FillMode",
    "FitConfig",
    "ImageConfig",
    "LabelMode",
    "LoaderConfig",
    "ModelConfig",
    "OnError",
    "Optimizer",
    "Resize",
    "Shift",
    "TrainConfig",
    "Verify",
    "resolve_minutes",
    "resolve_seed",
    "resolve_steps",
]
