"""Examples of any source to `ImageData`: choose and fill a cache, find what cannot be read, build the data sets.

A builder gets `Examples` for each side and hands them over; this is what all of them share.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import tensorflow as tf

from pipeline.builders.assemble import Batching, Split, assemble
from pipeline.cache.choice import Choice
from pipeline.cache.disk import DiskCache, disk_cache
from pipeline.cache.readers import read_through
from pipeline.config import DataConfig, ImageConfig
from pipeline.dataset.column import Pixels
from pipeline.dataset.image_data import ImageData
from pipeline.errors import InputError
from pipeline.files.output_folder import check_outside
from pipeline.reading.lost import stand_ins
from pipeline.reading.reader import ImageReader
from pipeline.reading.unreadable import Unreadable, readable, refuse_too_many, refuse_unreadable
from pipeline.reading.verify import AUTO_LIMIT, find_unreadable
from pipeline.runtime.memory import available_memory
from pipeline.sources.examples import Examples
from pipeline.sources.labels import LabelMode, encode_labels, resolve_label_mode

__all__ = ["Sides", "build_examples"]


@dataclasses.dataclass(frozen=True)
class Sides:
    """The examples of each side, before one is read; validation and test may be missing."""

    train: Examples
    validation: Examples | None = None
    test: Examples | None = None

    @property
    def others(self) -> tuple[Examples, ...]:
        """Validation and test, as far as they are there."""
        return tuple(one for one in (self.validation, self.test) if one is not None)

    def __len__(self) -> int:
        return len(self.train) + sum(map(len, self.others))


def _without(examples: Examples, bad: list[Unreadable]) -> Examples:
    """Return the examples that can be read. Refused where a class would lose its last one."""
    if not bad:
        return examples
    kept = examples.subset(readable(len(examples), bad))
    gone = [name for name, count in zip(kept.class_names, kept.counts(), strict=True) if count == 0]
    if gone:
        raise InputError(f"no photo of {gone} can be read (the first: {bad[0].name}: {bad[0].reason})")
    return kept


@dataclasses.dataclass(frozen=True)
class _Loading:
    """The options with which the splits of one data set are read."""

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


def build_examples(
    sides: Sides, data: DataConfig, image: ImageConfig, batching: Batching, notes: tuple[str, ...] = ()
) -> ImageData:
    """Build data sets of examples that are read one by one.

    Args:
        sides: the examples; labels are int32 class numbers.
        data: its `label_mode`, `on_error`, `max_bad` and `verify` count, and its folders, in which no cache may lie.
        image: how images are decoded and resized.
        batching: from `resolve_batching`.
        notes: findings of the source, for `ImageData.notes`.

    Raises:
        InputError: an example or a value cannot be used; the message says which and the way out.
    """
    mode = resolve_label_mode(data.label_mode, len(sides.train.class_names))
    disk = disk_cache(image, batching.loader)
    choice = disk.choose(batching.loader.cache, len(sides), available_memory())
    if choice.cache == "disk":
        check_outside("loader.cache_folder", disk.folder, [data.train, data.validation])
    small = len(sides) < AUTO_LIMIT
    verify = data.verify == "always" or (data.verify == "auto" and (small or data.on_error == "skip"))
    loading = _Loading(data, image, mode, choice, disk, verify)
    with tf.device("CPU:0"):
        train = loading.load(sides.train, "training", sides.others)
    return assemble(
        train,
        lambda: None if sides.validation is None else loading.load(sides.validation, "validation"),
        lambda: None if sides.test is None else loading.load(sides.test, "test"),
        image,
        batching,
        mode,
        cache=lambda: f"{choice.reason}; {disk.tally}" if choice.cache == "disk" else choice.reason,
        notes=notes,
    )
