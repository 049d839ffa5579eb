"""What `image_dataset_from_directory` was asked for, checked: Keras' rules, and ours for the keywords that are ours.

The order of the checks is Keras'; each refusal begins with Keras' words, which users' code may look for, and names the
value that was received.
"""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any, cast, get_args

import keras
import numpy as np

from pipeline.augment.keras_layers import KerasLayers
from pipeline.augment.trial import try_layers
from pipeline.config import Augment, ImageConfig, LoaderConfig, OnError, Resize
from pipeline.config.checks import choice, integer, is_finite, is_integer, share, shown
from pipeline.errors import InputError
from pipeline.legacy.image_dataset.reader import check_interpolation

__all__ = ["Plan", "settle_plan"]

LABEL_MODES = ("int", "categorical", "binary", None)
DATA_FORMATS = ("channels_last", "channels_first")
COLOR_MODES = ("rgb", "rgba", "grayscale")
# Where the caller wants single pictures, they are still read and augmented this many at a time.
UNBATCHED = 32
# Positions within which Keras shuffles again in each iteration: so many batches, or so many single pictures.
WINDOW_BATCHES = 8
WINDOW_UNBATCHED = 1024
LARGEST_SEED = 2**32 - 1  # NumPy's


@dataclasses.dataclass(frozen=True)
class Plan:
    """The arguments of one call, settled.

    Args:
        labels: `"inferred"`, a list, or `None`.
        label_mode: `None` where there are no labels.
        image: size, colours, `resize`.
        interpolation: of the resize.
        loader: batch size, whether to shuffle and reshuffle, and the cache that was asked for with its folder.
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

    @property
    def window(self) -> int:
        """Positions within which each iteration shuffles again."""
        return WINDOW_BATCHES * self.loader.batch_size if self.batched else WINDOW_UNBATCHED


def _settle_labels(labels: Any, label_mode: Any, class_names: Any) -> tuple[Any, str | None]:
    """(labels, label mode), both `None` where either is."""
    listed = isinstance(labels, (list, tuple))
    if not listed and labels is not None and not (isinstance(labels, str) and labels == "inferred"):
        raise InputError(
            "`labels` argument should be a list/tuple of integer labels, of the same size as the number of image files "
            "in the target directory. If you wish to infer the labels from the subdirectory names in the target "
            'directory, pass `labels="inferred"`. If you wish to get a dataset that only contains images (no labels), '
            f"pass `labels=None`. Received: labels={shown(labels)}"
        )
    if listed and class_names:
        raise InputError(
            'You can only pass `class_names` if `labels="inferred"`. '
            f"Received: labels={shown(labels)}, and class_names={shown(class_names)}. Leave class_names out: they are "
            "the sorted values of the labels"
        )
    if label_mode not in LABEL_MODES:
        raise InputError(
            '`label_mode` argument must be one of "int", "categorical", "binary", or None. '
            f"Received: label_mode={shown(label_mode)}"
        )
    if labels is None or label_mode is None:
        if class_names is not None:
            raise InputError(
                "When `labels=None` (no labels), argument `class_names` cannot be specified. "
                f"Received: class_names={shown(class_names)}, labels={shown(labels)}, label_mode={label_mode!r}"
            )
        return None, None
    if listed and class_names is not None:
        raise InputError(
            "When argument `labels` is specified, argument `class_names` cannot be specified (the `class_names` will "
            f"be the sorted list of labels). Received: class_names={shown(class_names)}"
        )
    return labels, cast(str, label_mode)


def _settle_image(asked: dict[str, Any], resize: Resize) -> ImageConfig:
    """Size, colours and `resize`; the other fields say what Keras' way of reading does."""
    color_mode, size = asked["color_mode"], asked["image_size"]
    if color_mode not in COLOR_MODES:
        raise InputError(
            f'`color_mode` must be one of {{"rgb", "rgba", "grayscale"}}. Received: color_mode={shown(color_mode)}'
        )
    try:
        return ImageConfig(size=size, resize=resize, decode="exact", exif=False, color_mode=color_mode, rescale=None)
    except InputError:
        raise InputError(
            "Invalid `image_size` value. Expected a tuple of 2 integers. "
            f"Received: image_size={shown(size)}; (height, width) in pixels, each at least 1"
        ) from None


def _settle_resize(resize: Any, crop: bool, pad: bool) -> Resize:
    """`resize` and Keras' two flags as one word."""
    if crop and pad:
        raise InputError(
            "Only one of `pad_to_aspect_ratio`, `crop_to_aspect_ratio` can be set to `True`. Received: "
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
        raise InputError(f"`validation_split` must be between 0 and 1, received: {shown(validation_split)}")
    if bool(validation_split) != bool(subset):
        raise InputError(
            "If `subset` is set, `validation_split` must be set, and inversely. "
            f"Received: subset={shown(subset)}, validation_split={validation_split!r}"
        )
    if subset not in ("training", "validation", "both", None):
        raise InputError(f'`subset` must be either "training", "validation" or "both", received: {shown(subset)}')
    if validation_split and shuffle and seed is None:
        raise InputError(
            "If using `validation_split` and shuffling the data, you must provide a `seed` argument, to make sure that "
            "there is no overlap between the training and validation subset. Received: seed=None; give both calls the "
            "same one"
        )


def _settle_data_format(data_format: Any) -> str:
    if data_format is None:
        return str(keras.config.image_data_format())
    name = data_format.lower() if isinstance(data_format, str) else data_format
    if name not in DATA_FORMATS:
        raise InputError(
            "The `data_format` argument must be one of {'channels_first', 'channels_last'}. "
            f"Received: data_format={shown(data_format)}"
        )
    return str(name)


def _settle_seed(seed: Any) -> int:
    """A seed that is not given comes from NumPy's global state, as Keras': `keras.utils.set_random_seed` sets it."""
    if seed is None:
        return int(np.random.randint(1_000_000))
    if is_integer(seed) and not 0 <= seed <= LARGEST_SEED:  # NumPy's words
        raise InputError(f"Seed must be between 0 and 2**32 - 1. Received: seed={shown(seed)}")
    return integer("seed", seed, f"None or an integer from 0 to {LARGEST_SEED}", low=0, high=LARGEST_SEED)


def _check_format(name: Any) -> None:
    if name not in ("tf", "grain"):
        raise InputError(
            f'`format` should be either "tf" or "grain". Received: format={shown(name)}; this package makes "tf" alone'
        )
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
    image = _settle_image(asked, resize)
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
            reshuffle=asked["reshuffle"],
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
