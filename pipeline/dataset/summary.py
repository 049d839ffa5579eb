"""The summary of an `ImageData` in lines: classes, labels, sizes, steps, cache, notes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from pipeline.text.plain_text import aligned, shown
from pipeline.text.plurals import counted

if TYPE_CHECKING:
    from pipeline.dataset.image_data import ImageData

__all__ = ["RESIZE", "summary_lines"]

LABELS = {
    "binary": "binary, float32 [B, 1]: one sigmoid output, binary cross-entropy",
    "int": "int, int32 [B]: softmax over the classes, sparse categorical cross-entropy",
    "categorical": "categorical, float32 [B, N] one-hot: softmax over the classes, categorical cross-entropy",
    "multi_label": "multi_label, float32 [B, N] of 0 and 1: a sigmoid output a class, binary cross-entropy",
    "regression": "regression, float32 [B, N] of numbers: a linear output each, mean squared error",
    None: "none: images alone",
}
RESIZE = {
    "stretch": "stretched to fit: shapes are distorted unless the photo has the same aspect ratio",
    "pad": "resized whole, bars around: shapes are kept",
    "crop": "centre cut out to fit: shapes are kept, the edges are lost",
}
LISTED = 100  # classes in the summary
# So many times as many examples of one class as of another are said to be a risk.
UNBALANCED = 4


def summary_lines(data: ImageData) -> Iterator[str]:
    """Yield the lines of `ImageData.summary`."""
    height, width = data.image.image_size
    yield from _class_lines(data)
    yield f"labels: {LABELS[data.label_mode]}"
    made = RESIZE[data.image.resize] if data.pictures is None else data.pictures
    yield f"images: {height}x{width} (height x width), {data.image.color_mode}, {made}"
    yield _steps_line(data, "train", len(data.train_examples), data.steps)
    for name, batches, examples in (
        ("validation", data.validation, data.validation_examples),
        ("test", data.test, data.test_examples),
    ):
        if batches is not None and examples is not None:
            line = _steps_line(data, name, len(examples), int(batches.cardinality()))
            yield f"{line}; never shuffled, never augmented"
    if data.start:
        yield f"start: step {data.start % data.steps} of epoch {data.start // data.steps} (both from 0)"
    yield f"cache: {data.cache}"
    for note in (*_balance_notes(data), *data.notes):
        yield f"note: {note}"
    for one in data.skipped:
        yield f"skipped: {one.name}: {one.reason}"


def _class_lines(data: ImageData) -> Iterator[str]:
    """Yield the lines of the table of classes, labels and counts; for regression a line for each value."""
    if data.label_mode == "regression":
        for k, name in enumerate(data.class_names):
            values = data.train_examples.labels[:, k]
            yield f"{name}: from {values.min():g} to {values.max():g}, mean {values.mean():g} (training)"
        return
    counts = [examples.counts() for _, examples in data.splits()]
    table = [("class", "label", *(split for split, _ in data.splits()))]
    table += [
        (shown(name), str(k), *(str(count[k]) for count in counts)) for k, name in enumerate(data.class_names[:LISTED])
    ]
    yield from aligned(table) if data.class_names else ()
    if len(data.class_names) > LISTED:
        yield f"… and {len(data.class_names) - LISTED:,} classes more; data.counts has all of them"


def _steps_line(data: ImageData, name: str, count: int, steps: int) -> str:
    """Return the line that shows how the steps of an epoch follow from the examples and the batch size."""
    batch, noun = data.loader.batch_size, data.train_examples.noun
    whole, rest = divmod(count, batch)
    batches, in_all = (counted(n, f"batch of {batch:,}", f"batches of {batch:,}") for n in (whole, steps))
    examples, end = counted(count, noun), counted(steps, "step")
    if rest and steps > whole:
        batches = f"{batches} + 1 of {rest:,}" if whole else f"1 batch of {rest:,}"
        return f"{name}: {examples} = {batches} = {end}"
    left = f", {counted(rest, noun + ' sits', noun + 's sit')} out each epoch" if rest else ""
    return f"{name}: {examples} = {in_all} = {end}{left}"


def _balance_notes(data: ImageData) -> Iterator[str]:
    """Yield a note where classes differ so much in size that the rare one may not be learnt."""
    counts = data.train_examples.counts() if data.train_examples.one_class_each else ()
    if not len(counts) or max(counts) < UNBALANCED * max(1, min(counts)):
        return
    most, least = int(np.argmax(counts)), int(np.argmin(counts))
    noun, names = data.train_examples.noun, data.class_names
    yield (
        f"{counted(int(counts[most]), noun)} of {names[most]!r} and {counts[least]:,} of "
        f"{names[least]!r}: the model may answer {names[most]!r} always; more {noun}s of the "
        "rare class help, or weights (--train.class_weight balanced; fit(class_weight=data.class_weight))"
    )
