"""Arrays to `ImageData`: the user's own (`from_arrays`), or those of a public data set."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np

from pipeline.augment.recipe import Recipe
from pipeline.builders.assemble import Batching, Split, assemble, resolve_batching, try_augment
from pipeline.config import DataConfig, ImageConfig, LoaderConfig, checks
from pipeline.dataset.column import Pixels
from pipeline.dataset.image_data import ImageData
from pipeline.dataset.summary import RESIZE
from pipeline.errors import InputError
from pipeline.reading.reader import ImageReader
from pipeline.runtime.progress import say
from pipeline.sources.array_images import Pictures, Prepared, prepare, read_images
from pipeline.sources.array_labels import Form, Labels, read_labels
from pipeline.sources.arrays import ArraySource
from pipeline.sources.examples import Examples
from pipeline.sources.labels import LabelMode, encode_labels
from pipeline.sources.public import load_public
from pipeline.splits.shares import split_by_shares
from pipeline.text.plain_text import shown_size

__all__ = ["build_dataset", "from_arrays"]

MODES = ("auto", "binary", "int", "categorical", "multi_label", "regression")
# Floats from 0 on that reach further than this are no longer "about 1", and were most likely meant to be scaled.
CLEARLY_ABOVE_ONE = 2.0
MakeImage = Callable[[Pictures], ImageConfig]


@dataclasses.dataclass(frozen=True)
class _Read:
    """One pair of arrays, read."""

    pictures: Pictures
    labels: Labels | None
    name: str

    def examples(self, prepared: Prepared) -> Examples:
        source = ArraySource(prepared.values)
        if self.labels is None:
            return Examples(source, np.zeros((len(source), 0), np.float32), ())
        return Examples(source, self.labels.values, self.labels.class_names)


def _label_mode(asked: Any, y: Any) -> str | None:
    """Return the label mode that is asked for, `None` for no labels. Refused where y contradicts it."""
    if asked is None or asked == "none":
        if y is not None:
            raise InputError("label_mode=None reads pictures alone: leave y out, or choose label_mode='auto'")
        return None
    mode: str = checks.choice("label_mode", asked, MODES, ", or None (no labels)")
    if y is None and mode != "auto":
        raise InputError(f"y must hold the labels that label_mode={mode!r} asks for. Received: None")
    return None if y is None else mode


def _validation_pair(validation: Any, labelled: bool) -> tuple[Any, Any]:
    """Return validation's images and labels."""
    pair = isinstance(validation, (tuple, list)) and len(validation) == 2
    if labelled and not pair:
        raise checks.refusal("validation", "a pair of arrays, (x_val, y_val)", _shown(validation))
    if labelled:
        return validation[0], validation[1]
    if pair and validation[1] is not None:
        raise InputError("validation must be pictures alone, x_val, where there is no y. Received: a pair of arrays")
    return (validation[0] if pair else validation), None


def _shown(value: Any) -> Any:
    return Form(value) if isinstance(value, np.ndarray) else value


def _check_alike(train: Pictures, validation: Pictures) -> None:
    """Refuse validation pictures of another shape or type."""
    one, other = train.values, validation.values
    if one.shape[1:] != other.shape[1:] or one.dtype != other.dtype:
        raise InputError(
            f"validation's pictures must be like x's, {one.dtype} of {list(one.shape[1:])} (height, width, channels). "
            f"Received: {other.dtype} of {list(other.shape[1:])}"
        )


def _read(x: Any, y: Any, validation: Any, mode: str | None, names: Any) -> tuple[_Read, _Read | None]:
    pictures = read_images(x)
    labels = None if mode is None else read_labels(y, len(pictures.values), mode, names)
    train = _Read(pictures, labels, "x")
    if validation is None:
        return train, None
    x_val, y_val = _validation_pair(validation, labels is not None)
    others = read_images(x_val, "validation's x")
    _check_alike(pictures, others)
    if labels is None:
        return train, _Read(others, None, "validation's x")
    called = {"name": "validation's y", "pictures": "validation's x"}
    measured = read_labels(y_val, len(others.values), labels.mode, like=labels, **called)
    return train, _Read(others, measured, "validation's x")


def _check_levels(pictures: Pictures, image: ImageConfig, recipe: Recipe) -> None:
    """Refuse what counts levels 0-255 where the values are others."""
    if pictures.span == (0.0, 255.0):
        return
    counted = []
    if image.resize == "pad" and image.pad_value not in (0, "edge"):
        counted.append("pad_value")
    counted += recipe.counted_levels
    if counted:
        raise InputError(
            f"{', '.join(counted)} counts levels 0-255, and x holds floats from {pictures.low:g} to "
            f"{pictures.high:g}: give x as levels 0-255 (and rescale=1/255), or leave it out"
        )


def _values_note(pictures: Pictures, rescale: float | None, asked: Any) -> str | None:
    """Return a note where floats look as if they were meant to be rescaled and are not."""
    meant = pictures.is_levels or rescale is not None or asked != "auto"
    if meant or pictures.low < 0 or pictures.high <= CLEARLY_ABOVE_ONE:
        return None
    return (
        f"x holds floats from {pictures.low:g} to {pictures.high:g}, and the model gets them as they are; networks "
        "learn best from about 0 to 1: rescale=1/255 brings levels 0-255 there (rescale=None if this is meant)"
    )


def _described(pictures: Pictures, prepared: Prepared, image: ImageConfig) -> str:
    """Describe how the array was converted, for the summary."""
    size = "as in the array"
    if prepared.resized_from is not None:
        height, width = prepared.resized_from
        size = f"the array's {height}x{width} {RESIZE[image.resize].replace('photo', 'picture')}"
    values = "uint8 0-255" if pictures.is_levels else f"float32 from {pictures.low:g} to {pictures.high:g}"
    changed = f" ({pictures.changed})" if pictures.changed else ""
    factor = "as they are"
    if image.rescale is not None:
        factor = f"times {image.rescale:.6g}" + (" (1/255)" if image.rescale == 1 / 255 else "")
    return f"{size}; {values}{changed}, {factor}"


def _held(prepared: list[Prepared]) -> str:
    """Return the line about the cache: the arrays themselves."""
    size = shown_size(sum(one.values.nbytes for one in prepared))
    if any(one.resized_from for one in prepared):
        return f"memory: the resized arrays themselves, {size}"
    if any(one.is_copy for one in prepared):
        return f"memory: the arrays themselves, {size}, copied once to where TensorFlow can read them"
    return f"memory: the arrays themselves, {size}, not copied"


def _split(examples: Examples, image: ImageConfig, mode: LabelMode) -> Split:
    labels = encode_labels(examples.labels, mode, len(examples.class_names))
    return Split(examples, Pixels(ImageReader(examples.source, image), labels))


def _build(
    arrays: tuple[Any, Any, Any],
    data: DataConfig,
    label_mode: Any,
    make_image: MakeImage,
    batching: Batching,
    rescale: Any = None,
    notes: tuple[str, ...] = (),
) -> ImageData:
    """Build data of (x, y, validation); `make_image` says what is made of x's pictures."""
    x, y, validation = arrays
    if validation is not None and data.shares is not None:
        given = f"split={data.split}" if data.split is not None else f"validation_split={data.validation_split}"
        raise InputError(
            f"{given.partition('=')[0]} must be None where validation names arrays: pictures come from one or the "
            f"other. Received: {given}"
        )
    asked = _label_mode(label_mode, y)
    read, measured = _read(x, y, validation, asked, data.class_names)
    image = make_image(read.pictures)
    _check_levels(read.pictures, image, batching.recipe)
    tried = try_augment(batching, image, read.pictures.span)
    mode = None if read.labels is None else read.labels.mode
    prepared = [prepare(one.pictures, image, one.name) for one in (read, measured) if one is not None]
    train, others = read.examples(prepared[0]), None if measured is None else measured.examples(prepared[1])
    test: Examples | None = None
    if data.shares is not None:
        train, others, test = split_by_shares(train, data.shares, batching.seed)
    note = _values_note(read.pictures, image.rescale, rescale)
    if note is not None:
        say(f"note: {note}")
    return assemble(
        _split(train, image, mode),
        lambda: None if others is None else _split(others, image, mode),
        lambda: None if test is None else _split(test, image, mode),
        image,
        batching,
        mode,
        cache=lambda: _held(prepared),
        notes=(*notes, *tried, *([] if note is None else [note])),
        pictures=_described(read.pictures, prepared[0], image),
        span=read.pictures.span,
    )


def build_dataset(data: DataConfig, image: ImageConfig, batching: Batching) -> ImageData:
    """Data of the public data set that `data.dataset` names, in the size, colours and scale of `image`.

    Raises:
        InputError: it cannot be had, or the configuration asks for what arrays cannot do.
    """
    if batching.loader.cache in ("none", "disk"):
        raise InputError(
            'loader.cache must be "auto" or "memory" where data.dataset names arrays, which are in memory. '
            f'Received: "{batching.loader.cache}"'
        )
    public = load_public(str(data.dataset))
    settled = dataclasses.replace(
        data,
        dataset=None,
        class_names=data.class_names or public.class_names,
        validation_split=public.validation_split,
    )
    y = None if data.label_mode is None else public.y
    validation = public.validation if y is not None or public.validation is None else public.validation[0]
    arrays = (public.x, y, validation)
    return _build(arrays, settled, data.label_mode, lambda _: image, batching, notes=public.notes)


def from_arrays(
    x: Any,
    y: Any = None,
    validation: Any = None,
    *,
    validation_split: float | None = None,
    split: Mapping[str, float] | None = None,
    image_size: int | tuple[int, int] | None = None,
    resize: Literal["stretch", "pad", "crop"] = "stretch",
    pad_value: int | Literal["edge"] = 0,
    color_mode: Literal["rgb", "grayscale", "rgba"] | None = None,
    rescale: float | Literal["auto"] | None = "auto",
    batch_size: int = 32,
    shuffle: bool = True,
    reshuffle: bool = True,
    drop_remainder: bool = False,
    seed: int | None = 0,
    augment: Any = None,
    label_mode: Literal["auto", "binary", "int", "categorical", "multi_label", "regression"] | None = "auto",
    class_names: tuple[str, ...] | list[str] | None = None,
    start: int | Mapping[str, Any] = 0,
) -> ImageData:
    """Build training and validation data from arrays.

    x is read where it lies if TensorFlow can: uint8 or float32, C-contiguous, from a 64-byte boundary on, as a file
    opened by `np.load(file, mmap_mode="r")` is. Other arrays are copied once. An array that is not copied must not be
    changed while the data are in use: batches would change with it; `data.cache` says which of both it is.

    Args:
        x: pictures `[N, H, W]` (grey) or `[N, H, W, C]` with C 1, 3 (RGB) or 4 (RGBA): uint8, other integers of
            0-255 (made uint8), or floats (made float32); anything that `np.asarray` takes.
        y: labels: `[N]` class numbers, class names or booleans; one-hot `[N, K]`; 0/1 `[N, K]` of classes that go
            together; `[N]` or `[N, M]` numbers. `None`: pictures alone.
        validation: `(x_val, y_val)` like x and y, or x_val where there is no y; never augmented.
        validation_split: share of x to keep for validation instead: each class alike where a picture has one class.
        split: shares of all sides instead, such as `{"train": .7, "validation": .15, "test": .15}`, as in
            `from_directory`.
        image_size: `(height, width)` in pixels, or one integer for a square; `None` keeps the arrays' own.
        resize: `"stretch"` (may distort), `"pad"` (bars) or `"crop"` (centre), as photos are resized.
        pad_value: level of the bars, 0 to 255, or `"edge"`.
        color_mode: `"rgb"` (of grey: three times the same), `"grayscale"` (of RGB: its luma) or `"rgba"`; `None`
            keeps the arrays' own.
        rescale: factor on the values; `"auto"`: 1/255 for integers, none for floats. `None` leaves them.
        batch_size: pictures a batch.
        shuffle: training pictures in random order.
        reshuffle: another order each epoch; `False`: the same order in every epoch, for whoever compares models or
            takes parts of `train` with `take` and `skip`. Augmentation differs by epoch either way.
        drop_remainder: drop a partial last batch of an epoch.
        seed: from which every random choice follows; `None` draws one and says it.
        augment: a `pipeline.Augment`, a Keras layer or a list of Keras layers; training pictures only. What counts
            levels 0-255 (`brightness_range`, `channel_shift_range`, `cval`) needs values on that scale. Layers get
            x's own values as float32, before `rescale`: of floats 0 to 1 they take `value_range=(0, 1)`. They must
            keep size and scale, as validation keeps them, and are tried on drawn images first.
        label_mode: `"auto"`: of one class a picture `"binary"` (two classes) or `"int"` (more); of one-hot rows
            `"categorical"`; of other 0/1 rows `"multi_label"`, float32 `[B, K]`; of fractions `"regression"`, float32
            `[B, M]`. Floats that are all whole numbers are refused, unless a mode is named. `None`: no labels.
        class_names: the classes in the order of their labels, or the names of regression's numbers; `None`: the
            sorted names in y, or the numbers.
        start: as in `from_directory`; a state is refused where pixels or labels are not the same.

    Returns:
        An `ImageData`: `train` and `validation` are `tf.data.Dataset`s of (images float32 `[B, H, W, C]`, labels).

    Raises:
        InputError: an array or a value cannot be used; the message says which and the way out.
    """
    batching = resolve_batching(
        LoaderConfig(
            batch_size=batch_size,
            shuffle=shuffle,
            reshuffle=reshuffle,
            drop_remainder=drop_remainder,
            cache="memory",
        ),
        augment,
        seed,
        start,
    )

    def make_image(pictures: Pictures) -> ImageConfig:
        height, width = pictures.values.shape[1:3]
        factor = (1 / 255 if pictures.is_levels else None) if rescale == "auto" else rescale
        return ImageConfig(
            size=(int(height), int(width)) if image_size is None else image_size,
            resize=resize,
            pad_value=pad_value,
            color_mode=pictures.color_mode if color_mode is None else color_mode,
            rescale=factor,
        )

    shares = None if split is None else dict(split)
    sides = DataConfig(validation_split=validation_split, split=shares, class_names=class_names)  # type: ignore[arg-type]
    return _build((x, y, validation), sides, label_mode, make_image, batching, rescale)
