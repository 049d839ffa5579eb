"""Configure the network: a small one of this package, or a pretrained one of Keras with a new head."""

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipeline.config import checks
from pipeline.config.brief import print_briefly

__all__ = ["APPLICATIONS", "OWN", "ModelConfig"]

# The name of each network in keras.applications, by its name in a configuration.
APPLICATIONS: dict[str, str] = {
    "convnext_tiny": "ConvNeXtTiny",
    "convnext_small": "ConvNeXtSmall",
    "convnext_base": "ConvNeXtBase",
    "convnext_large": "ConvNeXtLarge",
    "convnext_xlarge": "ConvNeXtXLarge",
    "densenet121": "DenseNet121",
    "densenet169": "DenseNet169",
    "densenet201": "DenseNet201",
    **{f"efficientnet_b{number}": f"EfficientNetB{number}" for number in range(8)},
    **{f"efficientnet_v2_b{number}": f"EfficientNetV2B{number}" for number in range(4)},
    "efficientnet_v2_s": "EfficientNetV2S",
    "efficientnet_v2_m": "EfficientNetV2M",
    "efficientnet_v2_l": "EfficientNetV2L",
    "inception_resnet_v2": "InceptionResNetV2",
    "inception_v3": "InceptionV3",
    "mobilenet": "MobileNet",
    "mobilenet_v2": "MobileNetV2",
    "mobilenet_v3_large": "MobileNetV3Large",
    "mobilenet_v3_small": "MobileNetV3Small",
    "nasnet_large": "NASNetLarge",
    "nasnet_mobile": "NASNetMobile",
    "resnet50": "ResNet50",
    "resnet101": "ResNet101",
    "resnet152": "ResNet152",
    "resnet50_v2": "ResNet50V2",
    "resnet101_v2": "ResNet101V2",
    "resnet152_v2": "ResNet152V2",
    "vgg16": "VGG16",
    "vgg19": "VGG19",
    "xception": "Xception",
}


# The networks of this package, and the defaults of their fields.
OWN: dict[str, dict[str, Any]] = {
    "cnn": {"filters": (16, 32, 64), "kernel": 3, "depth": 1, "dense": (512, 64), "dropout": 0.0},
    "small": {"filters": (32, 64, 128, 256), "kernel": 3, "depth": 1, "dense": (), "dropout": 0.3},
}
_TRANSFER: dict[str, Any] = {"weights": "imagenet", "dense": (), "dropout": 0.2}
_CONVOLUTIONS, _PRETRAINED = ("filters", "kernel", "depth"), ("weights", "unfreeze")
WEIGHTS = ("imagenet", "none")  # any other value is the path of a file
_COUNT = "an integer of at least 1"
_BY_KEY = {name.replace("_", ""): name for name in (*OWN, *APPLICATIONS)}
_BY_KEY |= {keras_name.lower(): name for name, keras_name in APPLICATIONS.items()}


@dataclass(frozen=True)
class ModelConfig:
    """The network. The fields are checked when the object is made, and null becomes the network's default.

    Args:
        name: "cnn" is the notebook's network: convolutions, each with 2x2 max pooling, then dense layers. "small" is a
            stronger network a twentieth of its size, with batch normalisation and global average pooling. A network of
            keras.applications, such as "mobilenet_v2", gets a new head.
        filters: Filters of each block of convolutions, from the image inwards ("cnn" and "small").
        kernel: Side of the convolutions in pixels ("cnn" and "small").
        depth: Convolutions of a block, before its pooling ("cnn" and "small").
        dense: Units of each hidden dense layer; an empty list means none.
        dropout: Share of the units dropped before the last layer while training, 0 <= dropout < 1.
        weights: Weights of a network of keras.applications: "imagenet" (Keras fetches them the first time), "none"
            (random; the whole network is trained from the first epoch), or the path of a file of weights without
            the top.
        unfreeze: Number of layers of a network of keras.applications, counted from its end, that are trained in
            train.fine_tune_epochs; null means all.

    Raises:
        InputError: A value is not allowed; the message names the field.
    """

    name: str = "cnn"
    filters: tuple[int, ...] | None = None
    kernel: int | None = None
    depth: int | None = None
    dense: tuple[int, ...] | None = None
    dropout: float | None = None
    weights: str | None = None
    unfreeze: int | None = None

    _repr_pretty_ = print_briefly

    def __post_init__(self) -> None:
        name = _name(self.name)
        own = OWN.get(name, _TRANSFER)
        given = {field: getattr(self, field) for field in _CHECKS}
        for field in _PRETRAINED if name in OWN else _CONVOLUTIONS:
            if given[field] is not None:
                why = "is not pretrained" if name in OWN else "has convolutions of its own"
                raise checks.refusal(f"model.{field}", f"null where model.name is {name!r}, which {why}", given[field])
        filled = {field: own.get(field) if value is None else value for field, value in given.items()}
        checked = {field: None if value is None else _CHECKS[field](value) for field, value in filled.items()}
        checks.set_fields(self, name=name, **checked)

    @property
    def is_application(self) -> bool:
        """Return whether it is a network of keras.applications; these take levels 0-255 and preprocess them."""
        return self.name in APPLICATIONS

    @property
    def file(self) -> str | None:
        """Return the path of the file of weights; `None` if `weights` is not a path."""
        return None if self.weights in WEIGHTS else self.weights

    @property
    def is_pretrained(self) -> bool:
        """Return whether the network begins with trained weights, which are frozen until fine-tuning."""
        return self.is_application and self.weights != "none"


def _name(value: Any) -> str:
    key = re.sub(r"[\s_\-]", "", value).lower() if isinstance(value, str) else ""
    if key in _BY_KEY:
        return _BY_KEY[key]
    close = list(dict.fromkeys(_BY_KEY[one] for one in difflib.get_close_matches(key, _BY_KEY)))
    names = f"close are {', '.join(close)}" if close else ", ".join(APPLICATIONS)
    raise checks.refusal("model.name", f'"cnn", "small" or a network of keras.applications ({names})', value)


def _filters(value: Any) -> tuple[int, ...]:
    return checks.integers("model.filters", value, "a list of one or more integers >= 1", least=1)


def _kernel(value: Any) -> int:
    return checks.integer("model.kernel", value, f"{_COUNT} (pixels)", low=1)


def _depth(value: Any) -> int:
    return checks.integer("model.depth", value, _COUNT, low=1)


def _dense(value: Any) -> tuple[int, ...]:
    return checks.integers("model.dense", value, "a list of integers >= 1, which may be empty", least=0)


def _dropout(value: Any) -> float:
    if checks.is_finite(value) and 0 <= value < 1:
        return float(value)
    raise checks.refusal("model.dropout", "a number of at least 0 and below 1", value)


def _weights(value: Any) -> str | None:
    known = value.strip().lower() if isinstance(value, str) else ""
    return known if known in WEIGHTS else checks.path("model.weights", value, f"{_named()}, or the path of a file")


def _named() -> str:
    return ", ".join(f'"{one}"' for one in WEIGHTS)


def _unfreeze(value: Any) -> int:
    return checks.integer("model.unfreeze", value, f"null or {_COUNT} (layers)", low=1)


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "filters": _filters,
    "kernel": _kernel,
    "depth": _depth,
    "dense": _dense,
    "dropout": _dropout,
    "weights": _weights,
    "unfreeze": _unfreeze,
}
