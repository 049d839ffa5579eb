"""Folders of photos to `ImageData`: `from_directory`."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pipeline.builders.assemble import Batching, resolve_batching, try_augment
from pipeline.builders.examples import Sides, build_examples
from pipeline.config import MAX_PIXELS, DataConfig, ImageConfig, LoaderConfig
from pipeline.dataset.image_data import ImageData
from pipeline.errors import InputError
from pipeline.reading.lost import Lost, as_skipped, put_back, without_lost
from pipeline.sources.directory import check_same_classes, scan_directory, shared_files
from pipeline.sources.examples import Examples
from pipeline.splits.shares import split_by_shares
from pipeline.text.plurals import counted

__all__ = ["build_directory", "from_directory", "scan"]


def scan(data: DataConfig) -> tuple[Examples, Examples | None, tuple[str, ...]]:
    """Return training examples, validation examples, and notes on what was passed over.

    Raises:
        MissingPathError: a folder is not there.
        InputError: there is none, or its contents cannot be used.
    """
    if data.train is None:
        if data.dataset is not None:
            raise InputError(f"this reads photos in folders, and data.dataset names arrays. Received: {data.dataset!r}")
        raise InputError("data.train must name a folder of photos. Received: None")
    options: dict[str, Any] = {"follow_links": data.follow_links, "one_class": data.label_mode is None}
    train = scan_directory(data.train, class_names=data.class_names, **options)
    if data.validation is None:
        return train, None, train.notes
    validation = scan_directory(data.validation, class_names=data.class_names, **options)
    same = set(validation.class_names) == set(train.class_names)
    if same and validation.class_names != train.class_names:  # folders that Unicode spells otherwise sort otherwise
        validation = scan_directory(data.validation, class_names=train.class_names, **options)
    check_same_classes(train, validation, data.validation)
    shared = shared_files(train.paths, validation.paths)
    notes = train.notes + validation.notes
    if shared:
        notes += (
            f"{shared:,} of {counted(len(validation), 'validation photo')} are training photos, too: how well they are "
            "told apart says nothing about new ones; name others, or keep a share with data.validation_split",
        )
    return train, validation, notes


def build_directory(data: DataConfig, image: ImageConfig, batching: Batching, lost: Sequence[Lost] = ()) -> ImageData:
    """Build data of the folders that a configuration names.

    Args:
        data: names a folder of training photos.
        image: how files become pixels.
        batching: from `resolve_batching`.
        lost: photos that a run of these data lost.

    Raises:
        MissingPathError: a folder is not there.
        InputError: a folder's contents or a value cannot be used; the message says which and the way out.
    """
    tried = try_augment(batching, image)
    train, validation, notes = scan(data)
    train, test = put_back(train, str(data.train), lost), None
    if data.shares is not None:
        train, validation, test = split_by_shares(train, data.shares, batching.seed)
    sides = Sides(train, without_lost(validation), without_lost(test))
    built = build_examples(sides, data, image, batching, (*notes, *tried))
    gone = as_skipped(str(data.train), lost)
    return dataclasses.replace(built, skipped=built.skipped + gone) if gone else built


def from_directory(
    directory: str | os.PathLike[str],
    validation: str | os.PathLike[str] | None = None,
    *,
    validation_split: float | None = None,
    split: Mapping[str, float] | None = None,
    image_size: int | tuple[int, int] = (150, 150),
    resize: Literal["stretch", "pad", "crop"] = "stretch",
    pad_value: int | Literal["edge"] = 0,
    decode: Literal["fast", "exact"] = "fast",
    exif: bool = True,
    max_pixels: int = MAX_PIXELS,
    color_mode: Literal["rgb", "grayscale", "rgba"] = "rgb",
    rescale: float | None = 1 / 255,
    batch_size: int = 32,
    shuffle: bool = True,
    reshuffle: bool = True,
    drop_remainder: bool = False,
    cache: Literal["none", "memory", "disk", "auto"] = "auto",
    cache_folder: str | os.PathLike[str] | None = None,
    cache_limit: float | None = None,
    cache_fingerprint: Literal["stat", "content"] = "stat",
    seed: int | None = 0,
    augment: Any = None,
    label_mode: Literal["auto", "binary", "int", "categorical"] | None = "auto",
    class_names: tuple[str, ...] | list[str] | None = None,
    on_error: Literal["raise", "skip"] = "raise",
    max_bad: float = 0.05,
    verify: Literal["auto", "always", "never"] = "auto",
    follow_links: bool = False,
    start: int | Mapping[str, Any] = 0,
) -> ImageData:
    """Build training and validation data from folders of photos, one folder for each class.

    Args:
        directory: the training photos.
        validation: a folder of validation photos with the same classes; they are never augmented.
        validation_split: share of the training photos to keep for validation instead, each class alike.
        split: shares of all sides instead, such as `{"train": .7, "validation": .15, "test": .15}`: drawn by the seed,
            each class alike, no photo on two sides. `test` is never augmented, as `validation`.
        image_size: `(height, width)` in pixels, or one integer for a square.
        resize: `"stretch"` (may distort), `"pad"` (bars) or `"crop"` (centre).
        pad_value: level of the bars, 0 to 255, or `"edge"`.
        decode: `"fast"`: libjpeg drops resolution that the resize drops anyway; `"exact"`: all pixels count.
        exif: turn photos upright as their EXIF says.
        max_pixels: a photo that claims more pixels is refused before memory is taken for it.
        color_mode: `"rgb"`, `"grayscale"` or `"rgba"`.
        rescale: factor on the levels 0-255; `None` leaves them.
        batch_size: photos a batch.
        shuffle: training photos in random order.
        reshuffle: another order each epoch; `False`: the same order in every epoch, for whoever compares models or
            takes parts of `train` with `take` and `skip`. Augmentation differs by epoch either way.
        drop_remainder: drop a partial last batch of an epoch.
        cache: decoded photos in `"memory"`, on `"disk"`, `"none"`, or `"auto"`: memory while they fit half of what is
            free, else disk likewise, else none.
        cache_folder: where the disk cache lies; `None`: the user's cache folder.
        cache_limit: the most gigabytes that everything in that folder may take; `None`: no limit.
        cache_fingerprint: how the disk cache knows a photo again: `"stat"`: by path, size and time of last change;
            `"content"`: by a hash of its bytes.
        seed: from which every random choice follows; `None` draws one and says it.
        augment: a `pipeline.Augment`, a Keras layer or a list of Keras layers; training photos only. Layers get float32
            `[B, H, W, C]` with levels 0-255, before `rescale`: they take `value_range=(0, 255)`, and must keep size
            and scale, as validation keeps them. They are tried on drawn images before a photo is read.
        label_mode: `"auto"`: `"binary"` for two classes, `"int"` for more; `"categorical"` is one-hot;
            `None`: no labels.
        class_names: the classes in the order of their labels; `None`: the sorted folder names.
        on_error: `"raise"` for a photo that cannot be read, or `"skip"`: left out and listed in `skipped`.
        max_bad: the largest share of a split's photos that may be skipped; more of them raise.
        verify: read every photo once before training: `"always"`, `"never"`, `"auto"` below 20,000 photos and
            wherever those that cannot be read are skipped.
        follow_links: enter linked folders within a class; linked files and class folders are read either way.
        start: where `stream` begins: a global step (batches since the beginning of epoch 0) or what `data.state(step)`
            gave, which is refused where the data are not the same; `train` begins there if an epoch does.

    Returns:
        An `ImageData`: `train` and `validation` are `tf.data.Dataset`s of (images float32 `[B, H, W, C]`,
        labels).

    Raises:
        MissingPathError: a folder is not there.
        InputError: a folder's contents or a value cannot be used; the message says which and the way out.
    """
    loader = LoaderConfig(
        batch_size=batch_size,
        shuffle=shuffle,
        reshuffle=reshuffle,
        drop_remainder=drop_remainder,
        cache=cache,
        cache_folder=cache_folder,  # type: ignore[arg-type]  # checked and settled to str by LoaderConfig
        cache_limit=cache_limit,
        cache_fingerprint=cache_fingerprint,
    )
    return build_directory(
        DataConfig(
            train=directory,  # type: ignore[arg-type]  # checked and settled to str by DataConfig
            validation=validation,  # type: ignore[arg-type]
            validation_split=validation_split,
            split=None if split is None else dict(split),
            label_mode=label_mode,
            class_names=class_names,  # type: ignore[arg-type]  # a list is settled to a tuple
            on_error=on_error,
            max_bad=max_bad,
            verify=verify,
            follow_links=follow_links,
        ),
        ImageConfig(
            size=image_size,
            resize=resize,
            pad_value=pad_value,
            decode=decode,
            exif=exif,
            max_pixels=max_pixels,
            color_mode=color_mode,
            rescale=rescale,
        ),
        resolve_batching(loader, augment, seed, start),
    )
