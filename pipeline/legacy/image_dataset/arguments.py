"""Check the arguments of `image_dataset_from_directory`: by Keras' rules, and by ours where Keras has no such argument.

The order of the checks is Keras'. Each message begins with Keras' words, which users' code may match, and names the
value received.
"""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any, cast, get_args

import keras
import numpy as np

from pipeline.augment.given import recipe_of
from pipeline.augment.recipe import Recipe
from pipeline.config import ImageConfig, LoaderConfig, OnError, Resize
from pipeline.config.checks import choice, integer, is_finite, is_integer, share, shown
from pipeline.errors import InputError
from pipeline.legacy.image_dataset.reader import check_interpolation

__all__ = ["Plan", "resolve_plan"]

LABEL_MODES = ("int", "categorical", "binary", None)
DATA_FORMATS = ("channels_last", "channels_first")
COLOR_MODES = ("rgb", "rgba", "grayscale")
# The number of images that are read and augmented together where the caller asks for unbatched images.
UNBATCHED = 32
# The size of Keras' shuffle buffer in each iteration: in batches, or in images where they are unbatched.
WINDOW_BATCHES = 8
WINDOW_UNBATCHED = 1024
LARGEST_SEED = 2**32 - 1  # NumPy's


@dataclasses.dataclass(frozen=True)
class Plan:
    """The checked arguments of one call.

    Args:
        labels: `"inferred"`, a list, or `None`.
        label_mode: `"int"`, `"categorical"`, `"binary"`, or `None` where there are no labels.
        image: image size, colour mode and `resize`.
        interpolation: interpolation of the resize.
        loader: batch size, `shuffle`, `reshuffle`, and the requested cache and its folder.
        batched: whether the data set consists of batches.
        data_format: `"channels_last"` or `"channels_first"`.
        validation_split: fraction of the files for validation, or `None`.
        subset: `"training"`, `"validation"`, `"both"` or `None`.
        augment: the recipe of training images; the identity where none was given.
        on_error: `"raise"` or `"skip"`.
        max_bad: the largest fraction of a data set's files that may be skipped.
        seed: an integer, `0 <= seed < 2**32`.
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
    augment: Recipe
    on_error: OnError
    max_bad: float
    seed: int

    @property
    def window(self) -> int:
        """Return the number of positions in each iteration's shuffle buffer."""
        return WINDOW_BATCHES * self.loader.batch_size if self.batched else WINDOW_UNBATCHED


def _resolve_labels(labels: Any, label_mode: Any, class_names: Any) -> tuple[Any, str | None]:
    """Check labels, label mode and class names; return labels and label mode, both `None` where one is."""
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


def _resolve_image(arguments: dict[str, Any], resize: Resize) -> ImageConfig:
    """Return the image configuration; its other fields describe how Keras reads files."""
    color_mode, size = arguments["color_mode"], arguments["image_size"]
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


def _resolve_resize(resize: Any, crop: bool, pad: bool) -> Resize:
    """Return the `resize` mode that the argument `resize` and Keras' two flags mean together."""
    if crop and pad:
        raise InputError(
            "Only one of `pad_to_aspect_ratio`, `crop_to_aspect_ratio` can be set to `True`. Received: "
            f"pad_to_aspect_ratio={pad!r}, crop_to_aspect_ratio={crop!r}"
        )
    flagged: Resize = "crop" if crop else "pad" if pad else "stretch"
    if resize is None:
        return flagged
    chosen: Resize = choice("resize", resize, ("stretch", "pad", "crop"), ", or None (as Keras' flags say)")
    if (crop or pad) and chosen != flagged:
        raise InputError(
            f"resize={chosen!r} contradicts {flagged}_to_aspect_ratio=True, which means resize={flagged!r}; give one"
        )
    return chosen


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


def _resolve_data_format(data_format: Any) -> str:
    if data_format is None:
        return str(keras.config.image_data_format())
    name = data_format.lower() if isinstance(data_format, str) else data_format
    if name not in DATA_FORMATS:
        raise InputError(
            "The `data_format` argument must be one of {'channels_first', 'channels_last'}. "
            f"Received: data_format={shown(data_format)}"
        )
    return str(name)


def _resolve_seed(seed: Any) -> int:
    """Return the seed; `None` draws one from NumPy's global state, which `keras.utils.set_random_seed` sets."""
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


def _resolve_augment(augment: Any, shuffle: bool, subset: str | None, image: ImageConfig) -> Recipe:
    """Return the checked augmentation. This is called before files are listed, so that errors appear at once."""
    resolved = recipe_of(augment)
    if not shuffle and subset != "validation" and not resolved.is_identity:
        raise InputError(
            "augment changes training pictures, which are shuffled, and shuffle=False asks for pictures to measure "
            "on; leave augment or shuffle=False out, or map over the data set. Received: shuffle=False, "
            f"augment={shown(augment)}"
        )
    for note in resolved.try_on((*image.image_size, image.channels), (0.0, 255.0)):
        warnings.warn(note, stacklevel=4)
    return resolved


def resolve_plan(arguments: dict[str, Any]) -> Plan:
    """Check the arguments of one call.

    Args:
        arguments: all arguments of `image_dataset_from_directory` by name.

    Raises:
        InputError: an argument is not allowed, or two arguments contradict each other.
    """
    labels, label_mode = _resolve_labels(arguments["labels"], arguments["label_mode"], arguments["class_names"])
    resize = _resolve_resize(arguments["resize"], arguments["crop_to_aspect_ratio"], arguments["pad_to_aspect_ratio"])
    image = _resolve_image(arguments, resize)
    interpolation = check_interpolation(arguments["interpolation"], resize)
    _check_format(arguments["format"])
    batch_size, shuffle, subset = arguments["batch_size"], bool(arguments["shuffle"]), arguments["subset"]
    _check_split(arguments["validation_split"], subset, shuffle, arguments["seed"])
    return Plan(
        labels=labels,
        label_mode=label_mode,
        image=image,
        interpolation=interpolation,
        loader=LoaderConfig(
            batch_size=UNBATCHED if batch_size is None else batch_size,
            shuffle=shuffle,
            reshuffle=arguments["reshuffle"],
            cache=arguments["cache"],
            cache_folder=arguments["cache_folder"],
        ),
        batched=batch_size is not None,
        data_format=_resolve_data_format(arguments["data_format"]),
        validation_split=arguments["validation_split"] or None,
        subset=subset,
        augment=_resolve_augment(arguments["augment"], shuffle, subset, image),
        on_error=choice("on_error", arguments["on_error"], get_args(OnError)),
        max_bad=share("max_bad", arguments["max_bad"]),
        seed=_resolve_seed(arguments["seed"]),
    )
