"""`image_dataset_from_directory`: Keras' signature and meaning, over this package's order, cache and augmentation."""

from __future__ import annotations

import dataclasses
import os
import warnings
from typing import Any, Literal

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.augment.given import recipe_of
from pipeline.cache.choice import Choice, choose_cache
from pipeline.cache.disk import DiskCache
from pipeline.cache.readers import read_through
from pipeline.cache.sets import cache_folder
from pipeline.config.checks import shown
from pipeline.dataset.column import PREFETCH, Pixels, make_eval, make_train, no_autograph
from pipeline.errors import InputError
from pipeline.legacy.image_dataset.arguments import UNBATCHED, Plan, resolve_plan
from pipeline.legacy.image_dataset.files import REMOTE, Files, list_files, shuffle_files, split_files
from pipeline.legacy.image_dataset.reader import KerasReader
from pipeline.reading.reader import Reader
from pipeline.reading.unreadable import readable, refuse_too_many, refuse_unreadable
from pipeline.runtime.execution import of_length
from pipeline.runtime.memory import available_memory
from pipeline.runtime.progress import say
from pipeline.runtime.startup import expect_own_order, start_devices
from pipeline.sources.files import FileSource

__all__ = ["image_dataset_from_directory"]

ROOT_SEEDS = 2**31  # the package's seeds are below this; NumPy's, which shuffle the files, below twice as much


def _check_labels(files: Files, label_mode: str | None) -> None:
    """Refuse labels that the mode cannot encode; a row of zeros is Keras', but not its silence."""
    names, labels = files.class_names, files.labels
    if label_mode == "binary" and (names is None or len(names) != 2):
        raise InputError(
            'When passing `label_mode="binary"`, there must be exactly 2 class_names. '
            f"Received: class_names={shown(names)}"
        )
    if labels is None or names is None or label_mode == "int":
        return
    if labels.dtype.kind not in ("iufb" if label_mode == "binary" else "iu"):
        raise InputError(f"label_mode={label_mode!r} needs labels that are integers. Received: labels={shown(labels)}")
    outside = labels[(labels < 0) | (labels >= len(names))]
    if label_mode == "categorical" and outside.size:
        warnings.warn(
            f"label_mode='categorical' of {len(names)} different labels has columns for 0 to {len(names) - 1}; a "
            f"label outside them gets a row of zeros, as with Keras: {shown(sorted(set(outside.tolist())))}",
            stacklevel=4,
        )


def _list(directory: str, class_names: Any, follow_links: bool, plan: Plan, verbose: bool) -> Files:
    """List the files in Keras' order: as listed, or shuffled by the seed."""
    files = list_files(directory, plan.labels, class_names, follow_links)
    names = files.class_names
    if verbose:
        say(f"Found {len(files)} files" + ("." if names is None else f" belonging to {len(names)} classes."))
    _check_labels(files, plan.label_mode)
    return shuffle_files(files, plan.seed) if plan.loader.shuffle else files


def _encode(files: Files, label_mode: str | None) -> NDArray[Any] | None:
    """Return labels by example; numbers for `"categorical"`, as one-hot rows of all examples may be large."""
    if files.labels is not None and label_mode == "binary":
        return files.labels.astype(np.float32)[:, None]
    return files.labels


def _reader(files: Files, plan: Plan) -> KerasReader:
    """Return the reader of files as this call reads them."""
    return KerasReader(FileSource(files.paths), plan.image, interpolation=plan.interpolation)


def _disk_cache(plan: Plan, reader: KerasReader) -> DiskCache:
    """Return the set of images that are read as this call reads them."""
    shape = (*plan.image.image_size, plan.image.channels)
    return DiskCache(cache_folder(plan.loader.cache_folder), shape, reader.dtype, reader.key)


def _choose(count: int, directory: str, plan: Plan, disk: DiskCache) -> Choice:
    """Choose the cache for `count` images, training and validation together."""
    asked = plan.loader.cache
    if REMOTE not in directory:
        return disk.choose(asked, count, available_memory())
    if asked == "disk":
        raise InputError(
            "cache='disk' knows a file again by the times that its file system gives it, and asks none of another "
            f"machine: use cache='memory' or cache='none'. Received: cache='disk', directory={directory!r}"
        )
    return choose_cache(asked, count * disk.row_bytes, available_memory())


def _load(files: Files, plan: Plan, cache: Choice, disk: DiskCache, title: str) -> tuple[Files, Reader]:
    """Return the files that count, and the reader of their images."""
    check = plan.on_error == "skip"
    reader, bad = read_through(_reader(files, plan), cache.cache, disk, check=check, named=title)
    if plan.on_error == "raise":
        refuse_unreadable(bad, len(files))
    if len(bad) == len(files):
        raise InputError(f"none of {len(bad)} images can be read (the first: {bad[0].name}: {bad[0].reason})")
    refuse_too_many(bad, len(files), plan.max_bad)
    if bad:
        warnings.warn(
            f"{len(bad)} of {len(files)} images cannot be read and are left out "
            f"(the first: {bad[0].name}: {bad[0].reason})",
            stacklevel=5,
        )
        files = files.subset(readable(len(files), bad))
    return files, reader


def _as_keras(stream: tf.data.Dataset, files: Files, plan: Plan, uint8: bool) -> tf.data.Dataset:
    """Convert batches to Keras' form: one-hot labels, uint8 images, channels first, single images."""
    one_hot, first = plan.label_mode == "categorical", plan.data_format == "channels_first"
    classes = len(files.class_names or ())

    @no_autograph
    def finish(images: tf.Tensor, labels: tf.Tensor | None = None) -> Any:
        if uint8:
            images = tf.cast(images, tf.uint8)
        if first:
            images = tf.transpose(images, [0, 3, 1, 2])
        if labels is None:
            return images
        return images, tf.one_hot(labels, classes) if one_hot else labels

    if one_hot or first or uint8:
        stream = stream.map(finish).prefetch(PREFETCH)
    if not plan.batched:
        stream = of_length(stream.unbatch(), len(files)).prefetch(UNBATCHED)
    return stream


def _dataset(files: Files, plan: Plan, cache: Choice, disk: DiskCache, side: str | None) -> tf.data.Dataset:
    """Build one data set with Keras' attributes."""
    shuffle = plan.loader.shuffle and not (plan.subset == "both" and side == "validation")
    augment = recipe_of(None) if side == "validation" else plan.augment
    still = augment.is_identity
    with tf.device("CPU:0"):
        files, reader = _load(files, plan, cache, disk, "images" if side is None else f"{side} images")
        pixels = Pixels(reader, _encode(files, plan.label_mode))
        if shuffle:
            epoch = tf.Variable(0, dtype=tf.int64, trainable=False, name="epoch")
            # The files lie in the order that the seed gives them: without `reshuffle` they stay in it.
            loader = dataclasses.replace(plan.loader, shuffle=plan.loader.reshuffle)
            seed = plan.seed % ROOT_SEEDS
            stream = make_train(pixels, loader, augment, seed=seed, epoch=epoch, window=plan.window)
        else:
            stream = make_eval(pixels, plan.loader.batch_size)
        dataset = _as_keras(stream, files, plan, uint8=still and plan.interpolation == "nearest")
    if shuffle:
        dataset.epoch = epoch
    dataset.class_names = files.class_names
    dataset.file_paths = list(files.paths)
    return dataset


def _datasets(files: Files, directory: str, plan: Plan, verbose: bool) -> list[tf.data.Dataset]:
    """Build one data set, or training and validation."""
    sides = ("training", "validation") if plan.subset == "both" else (plan.subset,)
    asked: dict[str, Any] = {"directory": directory, "subset": plan.subset}
    parts = [split_files(files, plan.validation_split, side, **asked) for side in sides]
    if verbose:
        for side, part in zip(sides, parts, strict=True):
            if side is not None:
                say(f"Using {len(part)} files for {side}.")
    disk = _disk_cache(plan, _reader(files, plan))
    cache = _choose(sum(map(len, parts)), directory, plan, disk)
    if verbose and plan.loader.cache != "none":
        say(f"cache: {cache.reason}")
    datasets = []
    for side, part in zip(sides, parts, strict=True):  # no comprehension: it is a frame for a warning to count
        datasets.append(_dataset(part, plan, cache, disk, side))
    return datasets


def image_dataset_from_directory(
    directory: str | os.PathLike[str],
    labels: Any = "inferred",
    label_mode: Literal["int", "categorical", "binary"] | None = "int",
    class_names: list[str] | tuple[str, ...] | None = None,
    color_mode: Literal["rgb", "grayscale", "rgba"] = "rgb",
    batch_size: int | None = 32,
    image_size: int | tuple[int, int] = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: Literal["training", "validation", "both"] | None = None,
    interpolation: str = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    data_format: Literal["channels_last", "channels_first"] | None = None,
    format: Literal["tf"] = "tf",
    verbose: bool = True,
    *,
    reshuffle: bool = True,
    resize: Literal["stretch", "pad", "crop"] | None = None,
    cache: Literal["none", "memory", "disk", "auto"] = "none",
    cache_folder: str | os.PathLike[str] | None = None,
    augment: Any = None,
    on_error: Literal["raise", "skip"] = "raise",
    max_bad: float = 0.05,
) -> Any:
    """Build a `tf.data.Dataset` from a folder of images: `keras.utils.image_dataset_from_directory`, and more.

    Source of the contract: Keras 3.15, `keras/src/utils/image_dataset_utils.py`. The files, their labels, the
    split of a seed and, without `augment`, each picture's bits are Keras', from a cache too. There is one way of
    reading files here, Keras' own (every pixel decoded, EXIF not applied, no antialiasing): `resize` picks among its
    three, it does not switch to the decoder of `pipeline.from_directory`.

    Shuffled data are shuffled twice, as in Keras: the seed puts all files in one order, which stays, and each iteration
    shuffles them again within windows of 8 batches (of 1,024 single pictures). So what `take` and `skip` cut apart
    overlaps in one window at most, and with `reshuffle=False` not at all. An iteration's order is a function of (seed,
    how many iterations there were before) alone, the same in each process. `dataset.epoch`, an int64 variable, is that
    number; iterations advance it, and assigning it chooses.

    Args:
        directory: the folder; `gs://` and what else TensorFlow reads will do.
        labels: `"inferred"`: each folder in `directory` is a class; a list or tuple with one label for each file,
            in the order of the files (by folder, then by name); `None`: none.
        label_mode: `"int"`: int32 `[B]` (or what the list holds: float32 for fractions); `"binary"`: float32
            `[B, 1]`; `"categorical"`: one-hot float32 `[B, classes]`; `None`: no labels.
        class_names: with `labels="inferred"`: which folders are classes, in the order of their labels.
        color_mode: `"rgb"`, `"grayscale"` or `"rgba"`: 3, 1 or 4 channels.
        batch_size: pictures a batch; `None`: single pictures.
        image_size: `(height, width)` in pixels, or one integer for a square.
        shuffle: files in random order; `False`: in the order of `file_paths`.
        seed: 0 to 2**32 - 1: of the split, the order and the augmentation; `None` draws one from NumPy's global
            state, which `keras.utils.set_random_seed` sets.
        validation_split: share of the files for validation, between 0 and 1; its size is rounded down.
        subset: `"training"`, `"validation"`, or `"both"` for a list of the two; with `"both"` validation is never
            shuffled.
        interpolation: `"bilinear"`, `"nearest"` (pictures are uint8 then, unless augmented), `"bicubic"`, `"area"`,
            `"lanczos3"`, `"lanczos5"`, and, except where pictures are cropped, `"gaussian"`, `"mitchellcubic"`.
        follow_links: enter linked folders below the classes; linked classes are entered either way.
        crop_to_aspect_ratio: cut out the largest centred window of the target's aspect ratio.
        pad_to_aspect_ratio: put black bars beside the picture, or above and below.
        data_format: `"channels_last"` or `"channels_first"`; `None`: `keras.config.image_data_format()`.
        format: `"tf"`; Keras' `"grain"` is refused.
        verbose: say on stderr how many files and classes there are.
        reshuffle: with `shuffle`, another order each iteration; `False`: every iteration has the order of
            `file_paths`. Augmentation differs by iteration either way.
        resize: Keras' two flags in one word: `"stretch"` (neither), `"pad"`, `"crop"`; `None`: as the flags say.
        cache: `"memory"`: every file is decoded once, in this call, and kept as it was read: float32, or uint8 for
            `interpolation="nearest"`, so that pictures are the same bits as without; `"disk"`: the same in files,
            which later calls and other processes find again; `"auto"`: memory while it fits half of what is free,
            else disk likewise, else none; `"none"`: decoded at each use.
        cache_folder: where the disk cache lies; `None`: the user's cache folder.
        augment: a `pipeline.Augment`, a Keras layer or a list of them, for training pictures: all that this call
            shuffles, save those of `subset="validation"` and of the second of `"both"`, which are never changed.
            Pictures are float32 `[B, H, W, C]` on 0-255 at this point, before `data_format`; layers must keep size
            and scale, and are tried on drawn images first.
        on_error: `"raise"`: a file that cannot be read ends the iteration with TensorFlow's error as in Keras, or,
            where a cache has to read it, this call with an error that names it; `"skip"`: all files are read in this
            call, and the ones that cannot be are left out, with a warning.
        max_bad: the largest share of a data set's files that may be skipped; more of them raise.

    Returns:
        A data set of (images, labels), or of images; for `subset="both"` a list of two. Images are float32
        `[B, height, width, C]` (`[B, C, height, width]` for `"channels_first"`) on the scale 0-255. Its cardinality
        is known. `class_names` is the list of the classes (`None` without labels) and `file_paths` that of its
        files: with `shuffle=False` or `reshuffle=False` in the order of the elements; otherwise in the order that
        `seed` gives the files before the split, as Keras has it, which every iteration shuffles within its windows.

    Raises:
        MissingPathError: there is no such folder; it is a `FileNotFoundError` and a `ValueError`.
        InputError: an argument is not allowed, no image is found, labels do not fit the files, a split leaves one
            side empty, an image cannot be read where this call reads them, or the cache does not fit. It is a
            `ValueError`.
    """
    plan = resolve_plan(dict(locals()))  # the first statement: so far there are the arguments alone
    start_devices()
    expect_own_order()
    folder = os.fspath(directory)
    files = _list(folder, class_names, follow_links, plan, verbose)
    datasets = _datasets(files, folder, plan, verbose)
    return datasets if subset == "both" else datasets[0]
