"""What is read and how it becomes batches: folders and labels, images, the loader."""

import re
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from pipeline.config import checks
from pipeline.config.brief import print_briefly
from pipeline.errors import InputError

__all__ = [
    "MAX_PIXELS",
    "Cache",
    "CacheFingerprint",
    "ColorMode",
    "DataConfig",
    "Dataset",
    "Decode",
    "ImageConfig",
    "LabelMode",
    "LoaderConfig",
    "OnError",
    "Resize",
    "Verify",
    "levels_for",
]

LabelMode = Literal["auto", "binary", "int", "categorical"]
OnError = Literal["raise", "skip"]
Verify = Literal["auto", "always", "never"]
Resize = Literal["stretch", "pad", "crop"]
Decode = Literal["fast", "exact"]
ColorMode = Literal["rgb", "grayscale", "rgba"]
Cache = Literal["none", "memory", "disk", "auto"]
CacheFingerprint = Literal["stat", "content"]
Dataset = Literal["mnist", "fashion_mnist", "cifar10", "cifar100", "digits"]

SIDES = ("train", "validation", "test")
# Pixels that a photo may claim: where TensorFlow's JPEG decoder ends too (2^29 bytes).
MAX_PIXELS = 178_000_000
_CHANNELS: dict[str, int] = {"rgb": 3, "grayscale": 1, "rgba": 4}
_LARGEST_SIDE = 65_535  # pixels; the most that a JPEG can declare
_FRACTION_TEXT = re.compile(r"[-+]?\d*\.\d+(e[-+]?\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class DataConfig:
    """Which photos to read and what their labels are. Checked when constructed.

    Args:
        train: Folder of training photos, one folder a class in it; null means the drawn sample.
        validation: Folder of validation photos, with the same classes.
        validation_split: Share of the training photos kept for validation, between 0 and 1; not together
            with `validation`.
        split: Shares of the training photos for each side in place of `validation_split`, which make 1 together:
            {train: 0.7, validation: 0.15, test: 0.15}; "validation" or "test" may be left out.
        label_mode: Labels of a batch: "binary" float32 [B, 1], "int" int32 [B], "categorical" one-hot float32
            [B, N], "none" or null no labels; "auto" is "binary" for two classes and "int" for more.
        class_names: The classes in the order of their numbers; null means the sorted folder names.
        on_error: A photo that cannot be read ends the run ("raise") or is dropped and listed ("skip").
        max_bad: With "skip", the largest share of photos, 0 to 1, that may be dropped; more of them end the run.
        verify: Whether every photo is decoded once before the first step; "auto" does so for fewer than
            20,000, and for any number where those that cannot be read are skipped.
        follow_links: Whether linked folders within a class are entered; linked files and class folders always are.
        download: Fetches the public cats-and-dogs set (69 MB) into data/ and reads it where no folder is
            given.
        dataset: A public data set of arrays in place of folders, with its test part for validation: "mnist",
            "fashion_mnist", "cifar10", "cifar100" (fetched by Keras the first time) or scikit-learn's small
            "digits", of which a fifth validates and which stand in for mnist where there is no network.

    Raises:
        InputError: A value is not allowed; the message names the field.
    """

    train: str | None = None
    validation: str | None = None
    validation_split: float | None = None
    split: dict[str, float] | None = None
    label_mode: Literal["auto", "binary", "int", "categorical", "none"] | None = "auto"
    class_names: tuple[str, ...] | None = None
    on_error: OnError = "raise"
    max_bad: float = 0.05
    verify: Verify = "auto"
    follow_links: bool = False
    download: bool = False
    dataset: Dataset | None = None

    _repr_pretty_ = print_briefly

    def __post_init__(self) -> None:
        checks.settle(
            self,
            train=checks.path("data.train", self.train, "the path of a folder of photos, or null"),
            validation=_validation(self.validation),
            validation_split=_split(self.validation_split),
            split=_shares(self.split),
            label_mode=_label_mode(self.label_mode),
            class_names=_class_names(self.class_names),
            on_error=checks.choice("data.on_error", self.on_error, get_args(OnError)),
            max_bad=checks.share("data.max_bad", self.max_bad),
            verify=checks.choice("data.verify", self.verify, get_args(Verify)),
            follow_links=checks.flag("data.follow_links", self.follow_links),
            download=checks.flag("data.download", self.download),
            dataset=_dataset(self.dataset),
        )
        if self.dataset is not None:
            _check_alone(self)
        if self.on_error == "skip" and self.verify == "never":
            raise InputError(
                'data.verify must be "auto" or "always" where data.on_error is "skip": what cannot be read is left out '
                'before training, and has to be found before it. Received: "never"'
            )
        if self.validation is not None and self.validation_split is not None:
            raise InputError(
                "data.validation_split must be null where data.validation names a folder: photos come from "
                f"one or the other. Received: validation={checks.shown(self.validation)}, "
                f"validation_split={self.validation_split}"
            )
        if self.split is not None and (self.validation is not None or self.validation_split is not None):
            raise InputError(
                "data.split must be null where data.validation or data.validation_split is given: it says itself which "
                f"share is for validation. Received: split={self.split}, "
                f"validation={checks.shown(self.validation)}, validation_split={self.validation_split}"
            )

    @property
    def shares(self) -> dict[str, float] | None:
        """The share of each side that is drawn from the training photos; `None` where none is."""
        if self.validation_split is not None:
            return {"train": 1 - self.validation_split, "validation": self.validation_split}
        return self.split


class _Default(float):
    """A default that gives way: a network that takes levels 0-255 refuses another rescale only where one was given."""


def levels_for(network: str, image: "ImageConfig") -> "ImageConfig":
    """`image` for a network that takes colour pictures of levels 0-255 and preprocesses them itself.

    Raises:
        InputError: A rescale was given, or another color_mode.
    """
    takes = f"where model.name is {network!r}, which takes RGB pictures with levels 0-255 and preprocesses them itself"
    if image.color_mode != "rgb":
        raise checks.refusal("image.color_mode", f'"rgb" {takes}', image.color_mode)
    if image.rescale is not None and not isinstance(image.rescale, _Default):
        raise checks.refusal("image.rescale", f"null {takes}", image.rescale)
    return replace(image, rescale=None)


@dataclass(frozen=True)
class ImageConfig:
    """How a file becomes pixels. Checked when constructed.

    Args:
        size: Height and width of the images in pixels, [height, width]; one integer means a square.
        resize: How a photo of another shape is made to fit: "stretch" it, "pad" it, or "crop" its centre.
        pad_value: What "pad" puts beside the photo: a level 0-255, or "edge" to repeat its border.
        decode: "fast" lets libjpeg shrink a large JPEG while it decodes; "exact" decodes every pixel.
        exif: Whether a photo is turned the way its EXIF orientation says.
        max_pixels: A photo that claims more pixels is refused before memory is taken for it.
        color_mode: Channels of the images: "rgb" 3, "grayscale" 1, "rgba" 4.
        rescale: Factor that turns levels 0-255 into the model's float32 input; null leaves 0-255, which is the default
            where the model preprocesses.

    Raises:
        InputError: A value is not allowed; the message names the field.
    """

    size: int | tuple[int, int] = (150, 150)
    resize: Resize = "stretch"
    pad_value: int | Literal["edge"] = 0
    decode: Decode = "fast"
    exif: bool = True
    max_pixels: int = MAX_PIXELS
    color_mode: ColorMode = "rgb"
    rescale: float | None = _Default(1 / 255)

    _repr_pretty_ = print_briefly

    def __post_init__(self) -> None:
        checks.settle(
            self,
            size=_size(self.size),
            resize=checks.choice("image.resize", self.resize, get_args(Resize)),
            pad_value=_pad_value(self.pad_value),
            decode=checks.choice("image.decode", self.decode, get_args(Decode)),
            exif=checks.flag("image.exif", self.exif),
            max_pixels=checks.integer("image.max_pixels", self.max_pixels, "an integer of at least 1", low=1),
            color_mode=checks.choice("image.color_mode", self.color_mode, get_args(ColorMode)),
            rescale=_rescale(self.rescale),
        )

    @property
    def image_size(self) -> tuple[int, int]:
        """`size` as (height, width) in pixels, with the type to say so."""
        return (self.size, self.size) if isinstance(self.size, int) else self.size

    @property
    def channels(self) -> int:
        """Channels of the images: 1, 3 or 4."""
        return _CHANNELS[self.color_mode]


@dataclass(frozen=True)
class LoaderConfig:
    """How images are gathered into batches. Checked when constructed.

    Args:
        batch_size: Images a batch.
        shuffle: Whether the training photos come in random order.
        reshuffle: With `shuffle`, whether that order is a new one each epoch; false keeps one order for all epochs.
        drop_remainder: Whether the last batch of an epoch is dropped when it is not full.
        cache: Keeps decoded images, uint8: in "memory", on "disk", nowhere ("none"), or where they fit ("auto":
            memory, else disk).
        cache_folder: Where the disk cache lies; null means the user's cache folder.
        cache_limit: The most gigabytes (10^9 bytes) that everything in that folder may take; images that find no
            room are decoded each time. Null means no limit.
        cache_fingerprint: How the disk cache knows a photo again: "stat" by path, size and time of last change,
            "content" by a hash of its bytes, which reads every file once a start.

    Raises:
        InputError: A value is not allowed; the message names the field.
    """

    batch_size: int = 32
    shuffle: bool = True
    reshuffle: bool = True
    drop_remainder: bool = False
    cache: Cache = "auto"
    cache_folder: str | None = None
    cache_limit: float | None = None
    cache_fingerprint: CacheFingerprint = "stat"

    _repr_pretty_ = print_briefly

    def __post_init__(self) -> None:
        checks.settle(
            self,
            batch_size=checks.integer("loader.batch_size", self.batch_size, "an integer of at least 1", low=1),
            shuffle=checks.flag("loader.shuffle", self.shuffle),
            reshuffle=checks.flag("loader.reshuffle", self.reshuffle),
            drop_remainder=checks.flag("loader.drop_remainder", self.drop_remainder),
            cache=checks.choice("loader.cache", self.cache, get_args(Cache)),
            cache_folder=checks.path("loader.cache_folder", self.cache_folder, "the path of a folder, or null"),
            cache_limit=_cache_limit(self.cache_limit),
            cache_fingerprint=checks.choice(
                "loader.cache_fingerprint", self.cache_fingerprint, get_args(CacheFingerprint)
            ),
        )


def _dataset(value: Any) -> Dataset | None:
    if value is None:
        return None
    name: Dataset = checks.choice("data.dataset", value, get_args(Dataset), ", or null")
    return name


def _check_alone(data: DataConfig) -> None:
    """Refuse what names other pictures beside a public data set."""
    others = {"train": None, "validation": None, "validation_split": None, "split": None, "download": False}
    given = [
        f"{name}={checks.shown(getattr(data, name))}" for name, none in others.items() if getattr(data, name) != none
    ]
    if given:
        raise InputError(
            f"data.dataset names the pictures, and its own validation: data.{', data.'.join(others)} must be left out "
            f"beside it. Received: dataset={data.dataset}, {', '.join(given)}"
        )


def _validation(value: Any) -> str | None:
    field, allowed = "data.validation", "the path of a folder of photos, or null"
    if checks.is_finite(value) or (isinstance(value, str) and _FRACTION_TEXT.fullmatch(value)):
        hint = "; to keep a share of the training photos, set data.validation_split instead"
        named = f" (a folder of that name is written './{value}')" if isinstance(value, str) else ""
        raise checks.refusal(field, allowed + hint + named, value)
    return checks.path(field, value, allowed)


def _split(value: Any) -> float | None:
    allowed = "null or a number between 0 and 1, both excluded (0.2 keeps a fifth of the photos for validation)"
    if value is None or (checks.is_finite(value) and 0 < value < 1):
        return None if value is None else float(value)
    raise checks.refusal("data.validation_split", allowed, value)


def _shares(value: Any) -> dict[str, float] | None:
    if value is None:
        return None
    allowed = (
        "null or shares of train and of validation, test or both, each between 0 and 1 and together 1, such as "
        "{train: 0.7, validation: 0.15, test: 0.15}"
    )
    shares = value if isinstance(value, dict) else {}
    sides = [side for side in SIDES if side in shares]
    numbers = [shares[side] for side in sides]
    sound = len(sides) == len(shares) >= 2 and sides[0] == "train"
    if sound and all(checks.is_finite(one) and 0 < one < 1 for one in numbers) and abs(sum(numbers) - 1) < 1e-6:
        return {side: float(shares[side]) for side in sides}
    raise checks.refusal("data.split", allowed, value)


def _label_mode(value: Any) -> LabelMode | None:
    if value is None or value == "none":
        return None
    if value in ("multi_label", "regression"):
        raise checks.refusal(
            "data.label_mode",
            'one of "auto", "binary", "int", "categorical", or "none", as one class a picture makes no other labels; '
            "pipeline.from_arrays takes those",
            value,
        )
    mode: LabelMode = checks.choice("data.label_mode", value, get_args(LabelMode), ', or "none" (no labels)')
    return mode


def _class_names(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    names = checks.listed(value)
    if not names or not all(isinstance(name, str) and name for name in names) or len(set(names)) < len(names):
        allowed = "null or a list of distinct names like [cats, dogs]; a name like '1' is quoted"
        raise checks.refusal("data.class_names", allowed, value)
    return names


def _size(value: Any) -> tuple[int, int]:
    sides = (value, value) if checks.is_integer(value) else checks.listed(value)
    if (
        sides is not None
        and len(sides) == 2
        and all(checks.is_integer(side) and 1 <= side <= _LARGEST_SIDE for side in sides)
    ):
        return int(sides[0]), int(sides[1])
    allowed = f"one integer or [height, width], from 1 to {_LARGEST_SIDE} pixels (image_size in Python)"
    raise checks.refusal("image.size", allowed, value)


def _pad_value(value: Any) -> int | str:
    if isinstance(value, str) and value == "edge":
        return value
    return checks.integer("image.pad_value", value, 'an integer from 0 to 255, or "edge"', low=0, high=255)


def _rescale(value: Any) -> float | None:
    if isinstance(value, _Default):
        return value
    if value is None or (checks.is_finite(value) and value > 0):
        return None if value is None else float(value)
    allowed = f"null or a finite number greater than 0 (1/255 is written {1 / 255!r})"
    raise checks.refusal("image.rescale", allowed, value)


def _cache_limit(value: Any) -> float | None:
    if value is None or (checks.is_finite(value) and value > 0):
        return None if value is None else float(value)
    raise checks.refusal("loader.cache_limit", "null or a number of gigabytes greater than 0", value)
