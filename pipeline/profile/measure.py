"""Measure the input and the model of a training configuration on one sample of its photos."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf

from pipeline.builders.directory import scan
from pipeline.cache.choice import Choice
from pipeline.cache.disk import DiskCache, disk_cache
from pipeline.cache.fill import fill_disk, fill_memory
from pipeline.cache.readers import DiskReader, MemoryReader
from pipeline.config import TrainConfig
from pipeline.dataset.column import Pixels
from pipeline.errors import InputError
from pipeline.files.shortage import shortage
from pipeline.images.load import reason
from pipeline.profile.limits import copying, jpeg_ratio, processor_cache
from pipeline.profile.report import Measured
from pipeline.profile.sample import sample_examples, sample_size
from pipeline.profile.stages import Columns, drawn
from pipeline.profile.steps import Training, copied, gpu_name
from pipeline.profile.timing import Probe, timed, turns
from pipeline.reading.reader import ImageReader
from pipeline.reading.unreadable import describe_all, readable, refuse_too_many, refuse_unreadable
from pipeline.runtime.machine import cores
from pipeline.runtime.memory import available_memory
from pipeline.runtime.progress import progress, say
from pipeline.sources.examples import Examples
from pipeline.sources.labels import LabelMode, encode_labels, resolve_label_mode
from pipeline.text.plurals import counted

__all__ = ["measure"]

# A stage that runs alone reads its input (files, or decoded images) from memory; so much of it is held at most.
HELD_BYTES = 256 * 1024 * 1024


@dataclasses.dataclass(frozen=True)
class _Sample:
    """The photos that are measured, and their decoded images.

    Args:
        config: the training configuration.
        examples: the photos that can be read.
        classes: the number of classes.
        mode: the label mode, or `None` if there are no labels.
        seed: the root seed.
        memory: uint8 `[N, H, W, C]`, the decoded images.
        is_drawn: whether there are more photos than were measured.
    """

    config: TrainConfig
    examples: Examples
    classes: int
    mode: LabelMode
    seed: int
    memory: tf.Variable
    is_drawn: bool

    @property
    def columns(self) -> Columns:
        labels = encode_labels(self.examples.labels, self.mode, self.classes)
        reader, config = ImageReader(self.examples.source, self.config.image), self.config
        return Columns(reader, labels, config.loader, config.augment, self.seed)

    @property
    def file_bytes(self) -> float:
        """Mean size of a photo's file in bytes."""
        return float(np.mean([os.stat(path).st_size for path in self.examples.paths]))

    def holding(self, size: float) -> int:
        """Return how many photos of `size` bytes each are held in memory for a stage that runs alone."""
        return min(len(self.examples), max(1, int(HELD_BYTES // max(size, 1))))

    def pixels(self, choice: Choice, folder: Path) -> Pixels:
        """Return the images as training reads them: decoded at each use, or from a cache.

        Args:
            choice: the cache that training would use.
            folder: where a new disk cache is made.
        """
        columns = self.columns
        if choice.cache == "memory":
            return self.held
        if choice.cache == "disk":
            loader = dataclasses.replace(self.config.loader, cache_folder=str(folder), cache_limit=None)
            cache = disk_cache(self.config.image, loader)
            kept, _ = fill_disk(cache, columns.reader, check=False, title="Filling a disk cache")
            if kept is not None:
                return Pixels(DiskReader(columns.reader, kept), columns.labels)
        return columns.pixels

    @functools.cached_property
    def held(self) -> Pixels:
        """The decoded sample, read from memory."""
        columns = self.columns
        return Pixels(MemoryReader(columns.reader, self.memory), columns.labels)


def _read_sample(config: TrainConfig, examples: Examples, mode: LabelMode, seed: int, disk: DiskCache) -> _Sample:
    """Draw a sample of the photos and decode each once.

    This finds the unreadable files and puts the others into the page cache, so that measuring starts warm.

    Raises:
        InputError: a photo cannot be read with `on_error="raise"`, too many cannot, or none can.
    """
    batch_size = config.loader.batch_size
    count = sample_size(len(examples), batch_size, disk.row_bytes, available_memory())
    chosen = sample_examples(examples, count, seed)
    memory, unreadable = fill_memory(ImageReader(chosen.source, config.image), "Reading photos")
    if config.data.on_error == "raise":
        refuse_unreadable(unreadable, len(chosen))
    refuse_too_many(unreadable, len(chosen), config.data.max_bad)
    if unreadable:
        say(f"skipped: {len(unreadable)} of {count} photos {describe_all(unreadable)}")
        chosen = chosen.subset(readable(len(chosen), unreadable))
    if not len(chosen):
        raise InputError(f"no photo of the {count} that were looked at can be read")
    return _Sample(config, chosen, len(examples.class_names), mode, seed, memory, count < len(examples))


@contextlib.contextmanager
def _temporary_folder(disk: DiskCache, choice: Choice) -> Iterator[Path]:
    """Yield a temporary folder; it lies beside the disk cache if training would use one."""
    where = disk.folder if choice.cache == "disk" else None
    if where is not None:
        where.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="profile-", dir=where) as folder:
        yield Path(folder)


@contextlib.contextmanager
def _tensorflow_errors() -> Iterator[None]:
    """Turn an error of TensorFlow, such as for a file that vanished while measuring, into an `InputError`."""
    try:
        yield
    except (tf.errors.OpError, UnicodeDecodeError) as error:  # the latter if the message names a path that is not UTF-8
        if shortage(error) is not None:
            raise
        raise InputError(f"measuring stopped: {reason(error)}") from error


def _input_probes(sample: _Sample, pixels: Pixels) -> dict[str, Probe]:
    """Return the probes of the input: its stages together up to each one, and some of them alone."""
    columns = sample.columns
    held = sample.holding(columns.decoded_bytes(16))
    streams: dict[str, tf.data.Dataset] = {
        "positions": columns.positions(),
        "order": columns.cut_off("order"),
        "read": columns.cut_off("read"),
        "decode": columns.cut_off("decode"),
        "resize": columns.cut_off("resize"),
        "pictures": columns.images(pixels),
        "input": columns.whole(pixels),
        "decode alone": columns.decode_alone(sample.holding(sample.file_bytes)),
        "resize alone": columns.resize_alone(held),
        "batch alone": columns.batch_alone(held),
    }
    if pixels is not sample.held:
        streams |= {"memory pictures": columns.images(sample.held), "memory input": columns.whole(sample.held)}
    if columns.image.decode == "exact":
        image = dataclasses.replace(columns.image, decode="fast")
        fast = dataclasses.replace(columns, reader=dataclasses.replace(columns.reader, image=image))
        streams["fast input"] = fast.whole(fast.pixels)
    return {name: drawn(stream, columns.loader.batch_size) for name, stream in streams.items()}


def _model_probes(sample: _Sample, pixels: Pixels, gpu: str | None) -> dict[str, Probe]:
    """Return the probes of the model's step, alone and together with the input; none if there are no labels."""
    if sample.mode is None:
        return {}
    with tf.device("CPU:0"):
        stream = sample.columns.whole(pixels)
        batch = next(iter(stream))
    training = Training.of(sample.config, sample.mode, sample.classes, sample.seed)
    probes = {"model": training.alone(batch), "together": training.fed(stream, len(batch[0]))}
    return probes if gpu is None else {**probes, "copy": copied(batch)}


def _probes(sample: _Sample, pixels: Pixels, gpu: str | None) -> tuple[dict[str, Probe], int]:
    """Return all probes, and the reduction at which libjpeg decodes most of the photos."""
    ratio, jpegs = jpeg_ratio(sample.examples.paths, sample.config.image)
    with tf.device("CPU:0"):
        probes = {"copying": copying(), **_input_probes(sample, pixels)}
        if jpegs:
            stream = sample.columns.libjpeg_alone([os.fsencode(path) for path in jpegs], ratio)
            probes["libjpeg"] = drawn(stream, sample.config.loader.batch_size)
    return {**probes, **_model_probes(sample, pixels, gpu)}, ratio


def measure(config: TrainConfig, seconds: float, trace: Callable[[Probe], None] | None = None) -> Measured:
    """Measure the stages of training with this configuration.

    Args:
        config: the training configuration; `config.data.train` names a folder.
        seconds: about how long all turns may take. The first draws, which compile, take additional time.
        trace: called once after measuring, with the probe of training, or that of the input if there are no labels.

    Returns:
        The timings, and the facts about photos and machine that the report needs.

    Raises:
        InputError: the configuration, a folder or a photo cannot be used.
    """
    train, validation, notes = scan(config.data)
    for note in notes:
        say(f"note: {note}")
    mode = resolve_label_mode(config.data.label_mode, len(train.class_names))
    photos = len(train) + (0 if validation is None else len(validation))
    disk, gpu, available = disk_cache(config.image, config.loader), gpu_name(), available_memory()
    choice = disk.choose(config.loader.cache, photos, available)
    with tf.device("CPU:0"):
        sample = _read_sample(config, train, mode, config.seed or 0, disk)
    drawn_by = f" of {len(train):,}, drawn by the seed, of each class its share" if sample.is_drawn else ""
    say(f"measured with: {counted(len(sample.examples), 'training photo')}{drawn_by}")
    say(f"cache: {choice.reason}")
    with _temporary_folder(disk, choice) as folder:
        with tf.device("CPU:0"):
            pixels = sample.pixels(choice, folder)
        with _tensorflow_errors():
            probes, ratio = _probes(sample, pixels, gpu)
            with progress("Measuring, turns", turns(probes)) as advance:
                timings = timed(probes, seconds=seconds, advance=advance)
            if trace is not None:
                trace(probes.get("together", probes["input"]))
    return Measured(
        config=config,
        photos=photos,
        sampled=len(sample.examples),
        file_bytes=sample.file_bytes,
        row_bytes=disk.row_bytes,
        available=available,
        choice=choice,
        ratio=ratio,
        cores=cores(),
        gpu=gpu,
        processor_cache=processor_cache(),
        timings=timings,
    )
