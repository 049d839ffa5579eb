"""The examples that a run's model is measured on: a named folder, or what the run kept for validation.

They are decoded and resized as the run's folder says. A photo that cannot be read is named, left out and counted.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from pipeline.builders.build import build
from pipeline.config import DataConfig
from pipeline.dataset.column import Pixels, make_eval
from pipeline.dataset.image_data import ImageData
from pipeline.errors import InputError, MissingPathError
from pipeline.evaluate.words import Words
from pipeline.reading.lost import put_back, read_lost
from pipeline.reading.reader import ImageReader
from pipeline.reading.unreadable import Unreadable, readable
from pipeline.reading.verify import find_unreadable
from pipeline.reports.file_faults import Finding, judge
from pipeline.reports.listing import ALL, Root, list_files
from pipeline.runs.trained_run import TrainedRun
from pipeline.runtime.progress import say
from pipeline.sources.class_names import composed
from pipeline.sources.directory import class_folders, scan_directory, shared_files
from pipeline.sources.examples import Examples
from pipeline.sources.labels import encode_labels
from pipeline.splits.shares import split_by_shares
from pipeline.text.messages import Sentence
from pipeline.text.plain_text import few_of, shown

__all__ = ["Subject", "settle"]

ENGLISH = Words("en")
NAMED = 20  # classes in a message
# What is measured may lack classes.
ANY: dict[str, Any] = {"one_class": True, "all_classes": False}
WAY_OUT = "name a folder of photos, one folder a class, with --data.validation DIR"


@dataclasses.dataclass(frozen=True)
class Subject:
    """The examples that are measured.

    Args:
        batches: (images float32 `[B, H, W, C]`, labels), each example once, in order.
        names: N of them, a path or "example 17", as the file system has them.
        source: where they come from.
        own: whether they are those that the run was validated on.
        unreadable: photos that were left out.
        unreadable_classes: the true class of each of those.
        faults: what is the matter with each of those; `None` where a look at the file finds nothing.
        missing: classes of the run of which there is no example.
        notes: what was passed over, one line each.
        passed: the same for the page, in `pipeline.inspect`'s words.
        arrays: whether they are rows of a data set's arrays, and no photos' files.
        learned: how many of them the run learned from.
    """

    batches: tf.data.Dataset
    names: tuple[str, ...]
    source: Sentence
    own: bool
    unreadable: tuple[Unreadable, ...] = ()
    unreadable_classes: tuple[str, ...] = ()
    faults: tuple[Finding | None, ...] = ()
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    passed: tuple[Sentence, ...] = ()
    arrays: bool = False
    learned: int = 0


def settle(run: TrainedRun, validation: str | None, side: str = "validation") -> Subject:
    """Find the examples, and read each photo once to see that it can be.

    Args:
        run: whose model it is.
        validation: a folder of photos; `None`: those that the run kept.
        side: of those, `"validation"` or `"test"`.

    Raises:
        InputError: there are none, a class is unknown to the run, or the run's own cannot be had any more.
    """
    data = _data(run)
    if side == "test" and "test" not in (data.shares or {}):
        raise InputError(
            f"the run in {str(run.folder)!r} kept no photos for a test: train with data.split "
            f"(--data.split '{{train: 0.7, validation: 0.15, test: 0.15}}'), or {WAY_OUT}. Received: --split test"
        )
    folder = data.validation if validation is None else validation
    if folder is None:
        return _kept(run, data, side)
    if run.label_mode in ("multi_label", "regression"):
        raise InputError(
            f"the run's labels are {run.label_mode}, and folders hold one class a photo: leave --data.validation out. "
            f"Received: {folder!r}"
        )
    if validation is None and not os.path.isdir(folder):
        raise MissingPathError(f"the run's validation photos are not in {folder!r} any more: {WAY_OUT}")
    return _folder(run, folder, own=validation is None)


def _data(run: TrainedRun) -> DataConfig:
    """The run's folders as they are reached from here."""
    train, validation = run.photos
    return dataclasses.replace(run.config.data, train=train, validation=validation)


def _folder(run: TrainedRun, folder: str, *, own: bool) -> Subject:
    data = run.config.data
    there = class_folders(folder)
    named = {composed(name): name for name in run.class_names}
    known = [name for key, name in named.items() if key in there]
    unknown = [name for name in there if name not in named]
    # Where the run was told which classes count, it passed over the other folders too.
    if unknown and data.class_names is None:
        raise InputError(
            f"{folder!r} holds classes that the run does not know: {_listed(unknown)}. It knows "
            f"{_listed(run.class_names)}: move those folders elsewhere, or give them the names of its classes"
        )
    if not known:
        raise InputError(f"{folder!r} holds none of the run's classes, {_listed(run.class_names)}: {WAY_OUT}")
    scanned = scan_directory(folder, class_names=known, follow_links=data.follow_links, **ANY)
    numbers = np.array([run.class_names.index(name) for name in known], np.int32)
    examples = Examples(scanned.source, numbers[scanned.labels], run.class_names, scanned.notes)
    source = Sentence("source_folder", {"folder": os.path.join(folder, "")})
    subject = _photos(run, examples, source, _passed(folder, known, data.follow_links), own=own)
    learned = _learned(run, subject.names)
    if learned:
        say(f"note: {ENGLISH('learned_from', count=learned)}")
    return dataclasses.replace(subject, learned=learned)


def _listed(names: Sequence[str]) -> str:
    """Return names as Python writes a list, the first of very many."""
    more = f", … (+{len(names) - NAMED:,})" if len(names) > NAMED else ""
    return f"[{', '.join(map(repr, names[:NAMED]))}{more}]"


def _learned(run: TrainedRun, paths: Sequence[str]) -> int:
    """Count the photos that the run learned from, if its folder of training photos is still there."""
    data = _data(run)
    if data.train is None or not os.path.isdir(data.train):
        return 0
    try:
        trained = scan_directory(data.train, class_names=data.class_names, follow_links=data.follow_links, **ANY)
        if data.shares is not None:
            trained = put_back(trained, data.train, read_lost(run.folder))
            trained, *_ = split_by_shares(trained, data.shares, run.config.seed or 0)
    except InputError:  # it has changed: nothing is known
        return 0
    return shared_files(paths, trained.paths)


def _kept(run: TrainedRun, data: DataConfig, side: str) -> Subject:
    """Return what the run kept for validation or for the test out of its training examples, by the same draw."""
    if data.train is None and data.dataset is None:
        raise InputError(f"{str(run.path)!r} names no photos to measure on: {WAY_OUT}")
    if data.train is not None and not os.path.isdir(data.train):
        raise MissingPathError(f"the run's photos are not in {data.train!r} any more: {WAY_OUT}")
    # Nothing is read here: only which examples there are counts, and a cache would be filled with training's too.
    listed = dataclasses.replace(data, on_error="raise", verify="never")
    loader = dataclasses.replace(run.config.loader, cache="none" if data.dataset is None else "auto")
    built = build(listed, run.image, loader, None, run.config.seed, lost=read_lost(run.folder))
    sides = {"validation": (built.validation, built.validation_examples), "test": (built.test, built.test_examples)}
    batches, examples = sides[side]
    if batches is None or examples is None:
        raise InputError(f"the run in {str(run.folder)!r} was trained without validation photos: {WAY_OUT}")
    if [*map(composed, built.class_names)] != [*map(composed, run.class_names)]:
        raise InputError(
            f"the run's photos have other classes now, {_listed(built.class_names)} and not "
            f"{_listed(run.class_names)}: {WAY_OUT}"
        )
    _refuse_changed(run, data, built)
    if not examples.paths:  # rows of an array
        names = tuple(f"example {index}" for index in range(len(examples)))
        source = Sentence("source_dataset", {"name": data.dataset}) if data.dataset else Sentence("source_run")
        return Subject(batches, names, source, own=side == "validation", arrays=True)
    folder, share = data.train or "", f"{(data.shares or {}).get(side, 0):.0%}"
    key = "source_kept" if side == "validation" else "source_test"
    source = Sentence(key, {"folder": os.path.join(folder, ""), "share": share})
    passed = _passed(folder, data.class_names, data.follow_links)
    return _photos(run, examples, source, passed, own=side == "validation")


def _passed(folder: str, class_names: Sequence[str] | None, follow_links: bool) -> tuple[Sentence, ...]:
    """Return what training's scan of a folder skips."""
    listing = list_files([Root(folder, ALL)], class_names, follow_links)
    found = [Sentence(key, {"count": count, "first": shown(first)}) for key, count, first in listing.passed]
    loose = [one for one in listing.files if one.class_name is None and one.listed]
    if loose:
        found.append(Sentence("passed_no_class", {"count": len(loose), "first": shown(loose[0].name)}))
    others = sum(not one.listed for one in listing.files)
    return (*found, *([Sentence("passed_others", {"count": others})] if others else []))


def _refuse_changed(run: TrainedRun, data: DataConfig, built: ImageData) -> None:
    """Refuse to split other photos than training split: some that it learned from would be measured."""
    record, learned = run.record, built.train_examples
    if data.shares is None or "examples" not in record:
        return
    kept = record.get("validation_examples", 0) + record.get("test_examples", 0)
    # A photo that the run lost counts as skipped; one of the training side is among its examples as well.
    twice = len(set(learned.lost) & set(learned.paths))
    then = record["examples"] + kept + record.get("skipped", 0) - twice
    now = len(built.examples) + len(learned.lost) - twice
    if then != now:
        raise InputError(
            f"there are {now:,} photos in {data.train!r} now and were {then:,} when the run "
            "was trained: the same share cannot be drawn again, and photos that it learned from would be measured; "
            f"put them back, or {WAY_OUT}"
        )


def _photos(
    run: TrainedRun, examples: Examples, source: Sentence, passed: tuple[Sentence, ...], *, own: bool
) -> Subject:
    where = ENGLISH.say(source)
    bad = find_unreadable(ImageReader(examples.source, run.image), "Checking photos")
    for one in bad:
        say(f"cannot be read, left out: {one.name}: {one.reason}")
    good = examples.subset(readable(len(examples), bad)) if bad else examples
    if not len(good):
        raise InputError(f"none of {len(examples):,} photos in {where} can be read (the first: {bad[0].reason})")
    missing = tuple(name for name, count in zip(good.class_names, good.counts(), strict=True) if not count)
    if missing:
        say(f"note: no photo of {few_of(missing)} in {where}: nothing is known about how well they are found")
    return Subject(
        batches=_batches(run, good),
        names=good.paths,
        source=source,
        own=own,
        unreadable=tuple(bad),
        unreadable_classes=tuple(examples.class_names[int(examples.labels[one.index])] for one in bad),
        faults=tuple(judge(one.name, max_pixels=run.image.max_pixels).broken for one in bad),
        missing=missing,
        notes=examples.notes,
        passed=passed,
    )


def _batches(run: TrainedRun, examples: Examples) -> tf.data.Dataset:
    labels = encode_labels(examples.labels, run.label_mode, len(examples.class_names))
    with tf.device("CPU:0"):
        return make_eval(Pixels(ImageReader(examples.source, run.image), labels), run.config.loader.batch_size)
