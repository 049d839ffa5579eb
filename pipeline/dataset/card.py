"""`ImageData` in a notebook: counts, options and a few images as HTML."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from PIL import Image

from pipeline.augment.given import recipe_of
from pipeline.dataset.preview import levels_of
from pipeline.reading.reader import ImageReader
from pipeline.text.plain_text import shown
from pipeline.text.plurals import counted

if TYPE_CHECKING:
    from pipeline.sources.examples import Examples

Data = Any  # an `ImageData`, whose module imports this one

__all__ = ["card", "one_line"]

IMAGES = 6  # each is decoded when the card is shown
HEIGHT = 96  # pixels of an image on the card
ROWS = 12  # classes that have a line
LINES = 8  # notes, and files that were left out
# No colour of its own: text and lines take the theme's, light or dark.
CELL = "padding: 0 .8em 0 0; text-align: left; background: none; color: inherit"


def one_line(data: Data) -> str:
    """Return the `repr` of `data`: how many examples, classes, which size and batches."""
    height, width = data.image.image_size
    examples, validation = data.train_examples, data.validation_examples
    beside = "" if validation is None else f" + {len(validation):,} validation"
    classes = len(data.class_names) if data.label_mode != "regression" else 0
    of = f" of {counted(classes, 'class', 'classes')}" if classes else ""
    return (
        f"ImageData({len(examples):,} training{beside} {examples.noun}s{of}, {height}x{width} "
        f"{data.image.color_mode}, batches of {data.loader.batch_size:,})"
    )


def card(data: Data) -> str:
    """Return the HTML of `data`: cheap, and without a step of its data sets.

    Files that are gone or cannot be read are left out of the strip of images.
    """
    parts = [f"<div><b>{_text(one_line(data))}</b></div>", _strip(data), _classes(data)]
    parts += [f"<div>{_text(line)}</div>" for line in _about(data)]
    return f'<div style="line-height: 1.5">{"".join(parts)}</div>'


def _text(text: str) -> str:
    return html.escape(shown(text))


def _chosen(examples: Examples) -> list[int]:
    """Return the indices of a few examples, from as many classes as there are places."""
    count = len(examples)
    if not examples.one_class_each:
        return sorted({int(k) for k in np.linspace(0, count - 1, min(IMAGES, count))})
    labels, turns = np.unique(examples.labels)[:IMAGES], -(-IMAGES // max(1, len(examples.class_names)))
    places = [np.flatnonzero(examples.labels == label)[:turns] for label in labels]
    return [int(k) for k in np.concatenate(places)[:IMAGES]] if places else []


def _levels(data: Data, index: int) -> NDArray[np.uint8]:
    """Return the levels of one training image as the model gets it, but for augmentation."""
    reader = ImageReader(data.train_examples.source, data.image)
    with tf.device("CPU:0"):
        image = reader.read(tf.constant(index, tf.int64))["image"]
    return levels_of(np.asarray(image, np.float32), None, data.span)


def _thumbnail(levels: NDArray[np.uint8]) -> str:
    """Return an image as a `data:` address."""
    picture = Image.fromarray(levels[:, :, 0] if levels.shape[2] == 1 else levels)
    width = max(1, round(picture.width * HEIGHT / picture.height))
    how = Image.Resampling.BILINEAR if picture.height > HEIGHT else Image.Resampling.NEAREST
    picture = picture.resize((min(width, 4 * HEIGHT), HEIGHT), how)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def _strip(data: Data) -> str:
    examples, figures = data.train_examples, []
    for index in _chosen(examples):
        try:
            address = _thumbnail(_levels(data, index))
        except (tf.errors.OpError, OSError):  # gone, or not readable: the card is no place to fail
            continue
        names = [examples.class_names[int(examples.labels[index])]] if examples.one_class_each else []
        caption = "".join(f"<br><small>{_text(name)}</small>" for name in names)
        figures.append(
            f'<span style="display: inline-block; margin: .3em .5em .3em 0; text-align: center">'
            f'<img src="{address}" alt="{_text(" ".join(names))}" style="display: inline; margin: 0">{caption}</span>'
        )
    return f"<div>{''.join(figures)}</div>"


def _row(cells: list[str], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag} style={chr(34)}{CELL}{chr(34)}>{_text(cell)}</{tag}>' for cell in cells)}</tr>"


def _classes(data: Data) -> str:
    """Return the table of classes and counts; empty for regression and for data without labels."""
    if data.label_mode == "regression" or not data.class_names:
        return ""
    counts = data.counts
    rows = [_row(["class", "label", *map(str, counts.columns)], "th")]
    for label, (name, row) in enumerate(counts.head(ROWS).iterrows()):
        rows.append(_row([str(name), str(label), *(f"{count:,}" for count in row)], "td"))
    more = len(counts) - ROWS
    after = f"<div>and {more:,} more classes: see data.counts</div>" if more > 0 else ""
    return f'<table style="margin: .3em 0">{"".join(rows)}</table>{after}'


def _about(data: Data) -> Iterator[str]:
    """Return the lines of the summary below the table of classes, and the options that the summary leaves out."""
    lines: list[str] = []
    data.summary(lines.append)
    classes = len(data.class_names) + (data.label_mode != "regression") if data.class_names else 0
    below = lines[classes:]
    notes = [line for line in below if line.startswith(("note: ", "skipped: "))]
    yield from [line for line in below if line not in notes]
    yield f"augment: {recipe_of(data.augment).describe()}; rescale: {data.image.rescale}; seed: {data.seed}"
    yield from notes[:LINES]
    if len(notes) > LINES:
        yield f"and {len(notes) - LINES:,} more lines: see data.summary()"
