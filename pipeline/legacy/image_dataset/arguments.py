"""What `image_dataset_from_directory` was asked for, checked: Keras' rules, and ours for the keywords that are ours.

The order of the checks is Keras'; each refusal names the argument, what is allowed and what was received.
"""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any, cast, get_args

import keras
import numpy as np

from pipeline.augment.foreign import KerasLayers
from pipeline.augment.trial import try_layers
from pipeline.config import Augment, ImageConfig, LoaderConfig, OnError, Resize
from pipeline.config.checks import choice, integer, is_finite, share, shown
from pipeline.errors import InputError
from pipeline.legacy.image_dataset.pixels import check_interpolation

__all__ = ["Plan", "settle_plan"]

LABEL_MODES = ("int", "categorical", "binary", None)
DATA_FORMATS = ("channels_last", "channels_first")
# Where the caller wants single pictures, they are still read and augmented this many at a time.
UNBATCHED = 32
LARGEST_SEED = 2**32 - 1  # NumPy's


@dataclasses.dataclass(frozen=True)
class Plan:
    """The arguments of one call, settled.

    Args:
        labels: `"inferred"`, a list, or `None`.
        label_mode: `None` where there are no labels.
        image: size, colours, `resize`.
        interpolation: of the resize.
        loader: batch size, whether to shuffle, and the cache that was asked for with its folder.
        batched: whether pictures come in batches.
        data_format: `"channels_last"` or `"channels_first"`.
        validation_split: share for validation, or `None`.
        subset: `"training"`, `"validation"`, `"both"` or `None`.
        augment: a `pipeline.Augment` (without any change where none was given) or Keras layers.
        on_error: `"raise"` or `"skip"`.
        max_bad: share of a data set's files that may be skipped.
        seed: `0 <= seed < 2**32`.
    """

    labels: Any
    label_mode: str | None
    image: ImageConfig
    interpolation: str
    loader: LoaderConfig
    batched: bool
    data_format: str
    validation_split: float | None
    subset: str | None
    augment: Any
    on_error: OnError
    max_bad: float
    seed: int


def _settle_labels(labels: Any, label_mode: Any, class_names: Any) -> tuple[Any, str | None]:
    """(labels, label mode), both `None` where either is."""
    listed = isinstance(labels, (list, tuple))
    if not listed and labels is not None and not (isinstance(labels, str) and labels == "inferred"):
        raise InputError(
            "labels must be a list or tuple of integers, one for each image file in the directory; 'inferred' "
            f"(from its folders); or None (no labels). Received: labels={shown(labels)}"
        )
    if listed and class_names:
        raise InputError(
            "class_names can be given where labels='inferred'; with a list of labels they are its sorted values. "
            f"Received: labels={shown(labels)}, class_names={shown(class_names)}"
        )
    if label_mode not in LABEL_MODES:
        raise InputError(f"label_mode must be one of {LABEL_MODES}. Received: label_mode={shown(label_mode)}")
    if labels is None or label_mode is None:
        if class_names is not None:
            raise InputError(
                "class_names cannot be given where there are no labels. "
                f"Received: class_names={shown(class_names)}, labels={shown(labels)}, label_mode={label_mode!r}"
            )
        return None, None
    return labels, cast(str, label_mode)


def _settle_resize(resize: Any, crop: bool, pad: bool) -> Resize:
    """`resize` and Keras' two flags as one word."""
    if crop and pad:
        raise InputError(
            "only one of pad_to_aspect_ratio, crop_to_aspect_ratio can be True. Received: "
            f"pad_to_aspect_ratio={pad!r}, crop_to_aspect_ratio={crop!r}"
        )
    flagged: Resize = "crop" if crop else "pad" if pad else "stretch"
    if resize is None:
        return flagged
    asked: Resize = choice("resize", resize, ("stretch", "pad", "crop"), ", or None (as Keras' flags say)")
    if (crop or pad) and asked != flagged:
        raise InputError(
            f"resize={asked!r} contradicts {flagged}_to_aspect_ratio=True, which means resize={flagged!r}; give one"
        )
    return asked


def _check_split(validation_split: Any, subset: Any, shuffle: bool, seed: int | None) -> None:
    if validation_split and not (is_finite(validation_split) and 0 < validation_split < 1):
        raise InputError(
            f"validation_split must be a number between 0 and 1. Received: validation_split={shown(validation_split)}"
        )
    if bool(validation_split) != bool(subset):
        raise InputError(
            "subset and validation_split must be given together. "
            f"Received: subset={shown(subset)}, validation_split={validation_split!r}"
        )
    if subset not in ("training", "validation", "both", None):
        raise InputError(f'subset must be "training", "validation" or "both". Received: subset={shown(subset)}')
    if validation_split and shuffle and seed is None:
        raise InputError(
            "validation_split with shuffle=True needs a seed, so that training and validation do not overlap: "
            "give the same one to both calls. Received: seed=None"
        )


def _settle_data_format(data_format: Any) -> str:
    if data_format is None:
        return str(keras.config.image_data_format())
    name = data_format.lower() if isinstance(data_format, str) else data_format
    if name not in DATA_FORMATS:
        raise InputError(f"data_format must be one of {DATA_FORMATS}. Received: data_format={shown(data_format)}")
    return str(name)


def _settle_seed(seed: Any) -> int:
    """A seed that is not given comes from NumPy's global state, as Keras': `keras.utils.set_random_seed` sets it."""
    if seed is None:
        return int(np.random.randint(1_000_000))
    return integer("seed", seed, f"None or an integer from 0 to {LARGEST_SEED}", low=0, high=LARGEST_SEED)


def _check_format(name: Any) -> None:
    if name not in ("tf", "grain"):
        raise InputError(f'format must be "tf". Received: format={shown(name)}')
    if name == "grain":
        raise InputError(
            'format must be "tf": this package makes tf.data data sets, and keras.utils.image_dataset_from_directory '
            "makes those of Grain. Received: format='grain'"
        )


def _settle_augment(augment: Any, shuffle: bool, subset: str | None, image: ImageConfig) -> Augment | KerasLayers:
    """What changes training pictures; refused before the files are listed."""
    if augment is None:
        return Augment()
    settled = augment if isinstance(augment, Augment) else KerasLayers(augment)
    still = isinstance(settled, Augment) and settled.is_identity
    if not shuffle and subset != "validation" and not still:
        raise InputError(
            "augment changes training pictures, which are shuffled, and shuffle=False asks for pictures to measure "
            "on; leave augment or shuffle=False out, or map over the data set. Received: shuffle=False, "
            f"augment={shown(augment)}"
        )
    for note in try_layers(settled, (*image.image_size, image.channels)):
        warnings.warn(note, stacklevel=4)
    return settled


def settle_plan(asked: dict[str, Any]) -> Plan:
    """Check the arguments of one call.

    Args:
        asked: every argument of `image_dataset_from_directory` by its name.

    Raises:
        InputError: one of them is not allowed, or two contradict each other.
    """
    labels, label_mode = _settle_labels(asked["labels"], asked["label_mode"], asked["class_names"])
    resize = _settle_resize(asked["resize"], asked["crop_to_aspect_ratio"], asked["pad_to_aspect_ratio"])
    # Of an ImageConfig's fields these three count; the others say what Keras' way of reading does.
    image = ImageConfig(
        size=asked["image_size"],
        resize=resize,
        decode="exact",
        exif=False,
        color_mode=asked["color_mode"],
        rescale=None,
    )
    interpolation = check_interpolation(asked["interpolation"], resize)
    _check_format(asked["format"])
    batch_size, shuffle, subset = asked["batch_size"], bool(asked["shuffle"]), asked["subset"]
    _check_split(asked["validation_split"], subset, shuffle, asked["seed"])
    return Plan(
        labels=labels,
        label_mode=label_mode,
        image=image,
        interpolation=interpolation,
        loader=LoaderConfig(
            batch_size=UNBATCHED if batch_size is None else batch_size,
            shuffle=shuffle,
            cache=asked["cache"],
            cache_folder=asked["cache_folder"],
        ),
        batched=batch_size is not None,
        data_format=_settle_data_format(asked["data_format"]),
        validation_split=asked["validation_split"] or None,
        subset=subset,
        augment=_settle_augment(asked["augment"], shuffle, subset, image),
        on_error=choice("on_error", asked["on_error"], get_args(OnError)),
        max_bad=share("max_bad", asked["max_bad"]),
        seed=_settle_seed(asked["seed"]),
    )
