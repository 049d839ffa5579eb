"""What can be configured, as frozen dataclasses that check themselves; imports no TensorFlow and no NumPy."""

from pipeline.config.augment import Augment, FillMode, Shift
from pipeline.config.inputs import (
    MAX_PIXELS,
    Cache,
    ColorMode,
    DataConfig,
    Dataset,
    Decode,
    ImageConfig,
    LabelMode,
    LoaderConfig,
    OnError,
    Resize,
    Verify,
)
from pipeline.config.model import ModelConfig
from pipeline.config.training import (
    FitConfig,
    Optimizer,
    TrainConfig,
    resolve_seed,
    settled_minutes,
    settled_steps,
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
    "resolve_seed",
    "settled_minutes",
    "settled_steps",
]
