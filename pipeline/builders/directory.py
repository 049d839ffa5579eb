"""Configuration to `ImageData`: scan, split, verify, choose and fill a cache, build two data sets."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from pipeline.builders.arrays import build_dataset
from pipeline.builders.assemble import Split, assemble, resolve_batching, try_augment
from pipeline.cache.choice import Choice, choose_cache, disk_room
from pipeline.cache.disk import DiskCache, disk_cache
from pipeline.cache.readers import read_through
from pipeline.config import MAX_PIXELS, DataConfig, ImageConfig, LoaderConfig
from pipeline.dataset.column import Pixels
from pipeline.dataset.image_data import ImageData
from pipeline.errors import InputError
from pipeline.files.output_folder import check_outside
from pipeline.reading.lost import Lost, as_skipped, put_back, stand_ins, without_lost
from pipeline.reading.reader import ImageReader
from pipeline.reading.verify import AUTO_LIMIT, Unreadable, find_unreadable, refuse_too_many, refuse_unreadable
from pipeline.runtime.memory import available_memory
from pipeline.sources.directory import check_same_classes, scan_directory, shared_files
from pipeline.sources.examples import Examples
from pipeline.sources.labels import LabelMode, encode_labels, resolve_label_mode
from pipeline.splits.shares import split_by_shares
from pipeline.text.plurals import counted

__all__ = ["build", "from_directory", "scan"]


def scan(data: DataConfig) -> tuple[Examples, Examples | None, tuple[str, ...]]:
    """Training examples, validation examples and what was passed over, one line each.

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


def _without(examples: Examples, bad: list[Unreadable]) -> Examples:
    """Return the examples that can be read. Refused where a class would lose its last one."""
    if not bad:
        return examples
    kept = examples.subset(np.delete(np.arange(len(examples)), [one.index for one in bad]))
    gone = [name for name, count in zip(kept.class_names, kept.counts(), strict=True) if count == 0]
    if gone:
        raise InputError(f"no photo of {gone} can be read (the first: {bad[0].path}: {bad[0].reason})")
    return kept


@dataclasses.dataclass(frozen=True)
class _Loading:
    """How the splits of one data set are read."""

    data: DataConfig
    image: ImageConfig
    mode: LabelMode
    choice: Choice
    disk: DiskCache
    verify: bool

    def load(self, examples: Examples, title: str, others: Sequence[Examples] = ()) -> Split:
        """Read a split. Where one of its photos is refused, those of the `others` are named with it."""
        whole = ImageReader(stand_ins(examples), self.image)
        reader, bad = read_through(whole, self.choice.cache, self.disk, check=self.verify, named=f"{title} photos")
        if self.data.on_error == "raise" and bad:
            readers = [ImageReader(one.source, self.image) for one in others]
            more = [bad for one in readers for bad in find_unreadable(one, "Checking the other photos")]
            refuse_unreadable([*bad, *more], len(examples) + sum(map(len, others)))
        refuse_too_many(bad, len(examples), self.data.max_bad)
        good = _without(examples, bad)
        labels = encode_labels(good.labels, self.mode, len(good.class_names))
        return Split(good, Pixels(reader, labels), tuple(bad))


def _choose(count: int, asked: str, disk: DiskCache) -> Choice:
    """The cache for `count` photos, training and validation together."""
    room = disk_room(disk.folder, disk.size(), disk.limit)
    return choose_cache(asked, count * disk.row_bytes, available_memory(), room, disk.folder)


def build(
    data: DataConfig,
    image: ImageConfig | None = None,
    loader: LoaderConfig | None = None,
    augment: Any = None,
    seed: int | None = 0,
    start: int | Mapping[str, Any] = 0,
    lost: Sequence[Lost] = (),
) -> ImageData:
    """Build what the configuration describes.

    Args:
        data: which folders, or which public data set.
        image: how files become pixels.
        loader: how pixels become batches.
        augment: a `pipeline.Augment`, a Keras layer, a list of Keras layers, or `None`; as for `from_directory`.
        seed: from which all random choices follow; `None` draws one and says it.
        start: a global step, or what `ImageData.state` gave.
        lost: photos that a run of these data lost.

    Raises:
        MissingPathError: a folder is not there.
        InputError: a folder's contents or a value cannot be used; the message says which and the way out.
    """
    image, loader = image or ImageConfig(), loader or LoaderConfig()
    batching = resolve_batching(loader, augment, seed, start)
    if data.dataset is not None:
        return build_dataset(data, image, batching)
    tried = try_augment(batching, image)
    train, validation, notes = scan(data)
    train, test = put_back(train, str(data.train), lost), None
    if data.shares is not None:
        train, validation, test = split_by_shares(train, data.shares, batching.seed)
    validation, test = without_lost(validation), without_lost(test)
    mode = resolve_label_mode(data.label_mode, len(train.class_names))
    others = [one for one in (validation, test) if one is not None]
    count = len(train) + sum(map(len, others))
    disk = disk_cache(image, loader)
    choice = _choose(count, loader.cache, disk)
    if choice.cache == "disk":
        check_outside("loader.cache_folder", disk.folder, [data.train, data.validation])
    verify = data.verify == "always" or (data.verify == "auto" and (count < AUTO_LIMIT or data.on_error == "skip"))
    loading = _Loading(data, image, mode, choice, disk, verify)
    with tf.device("CPU:0"):
        loaded = loading.load(train, "training", others)
    built = assemble(
        loaded,
        lambda: None if validation is None else loading.load(validation, "validation"),
        lambda: None if test is None else loading.load(test, "test"),
        image,
        batching,
        mode,
        cache=lambda: f"{choice.reason}; {disk.tally}" if choice.cache == "disk" else choice.reason,
        notes=(*notes, *tried),
    )
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
    """Training and validation data from folders of photos, one folder a class.

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
    return build(
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
        LoaderConfig(
            batch_size=batch_size,
            shuffle=shuffle,
            reshuffle=reshuffle,
            drop_remainder=drop_remainder,
            cache=cache,
            cache_folder=cache_folder,  # type: ignore[arg-type]  # checked and settled to str by LoaderConfig
            cache_limit=cache_limit,
            cache_fingerprint=cache_fingerprint,
        ),
        augment,
        seed,
        start,
    )
