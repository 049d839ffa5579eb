"""`ImageData`: the one object that a builder returns."""

from __future__ import annotations

import dataclasses
import functools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.augment.given import recipe_of
from pipeline.config import ImageConfig, LoaderConfig, checks
from pipeline.dataset.card import card, one_line
from pipeline.dataset.identity import Identity, identify
from pipeline.dataset.model_options import options_of, write_options
from pipeline.dataset.order import steps_per_epoch
from pipeline.dataset.preview import draw_batch, names_of_labels
from pipeline.dataset.summary import summary_lines
from pipeline.dataset.tables import class_weights, count_table, example_table
from pipeline.errors import InputError
from pipeline.files.atomic import written_aside
from pipeline.reading.unreadable import Unreadable
from pipeline.reading.verify import refuse_for_service
from pipeline.runtime.execution import with_fixed_options
from pipeline.sources.examples import Examples
from pipeline.sources.labels import LabelMode

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["ImageData"]


@dataclasses.dataclass(frozen=True, eq=False)
class ImageData:
    """Training and validation data of a folder of photos, or of arrays.

    `model.fit(data.train, validation_data=data.validation)` is all it takes; both are `tf.data.Dataset`s of
    (images float32 `[B, H, W, C]`, labels) whose cardinality is known, so neither `steps_per_epoch` nor
    `validation_steps` is needed.

    Args:
        batches: `train`, whatever `start` is.
        make_stream: a global step to the endless data set that begins there.
        validation: in the order of the files, rescaled and otherwise untouched; `None` where there is none.
        train_examples: what `train` is made of.
        validation_examples: what `validation` is made of.
        image: how files become pixels.
        loader: how pixels become batches.
        augment: what happens to training pictures.
        label_mode: what the labels look like, settled.
        seed: from which all random choices follow.
        epoch: int64 variable, the epoch that the next iteration of `train` will be. Iterations advance it;
            assign it to choose.
        first: int64 variable, the step at which the next iteration of `train` begins. It sets this back to 0, and
            ends before a whole epoch, which its cardinality is that of.
        start: the global step at which `stream`, and `train` where an epoch begins there, begin.
        cache: which cache is used and why, one line.
        skipped: photos left out because they cannot be read, with `on_error="skip"`.
        notes: what the scan passed over or found odd, one line each.
        pictures: what was made of an array's pictures, for people; `None` for photos.
        span: the values, before `image.rescale`, that are black and white in a drawing.
        test: like `validation`, of examples that are on neither other side; `None` where there are none.
        test_examples: what `test` is made of.
    """

    batches: tf.data.Dataset
    make_stream: Callable[[int], tf.data.Dataset]
    validation: tf.data.Dataset | None
    train_examples: Examples
    validation_examples: Examples | None
    image: ImageConfig
    loader: LoaderConfig
    augment: Any
    label_mode: LabelMode
    seed: int
    epoch: tf.Variable
    first: tf.Variable
    cache: str
    start: int = 0
    skipped: tuple[Unreadable, ...] = ()
    notes: tuple[str, ...] = ()
    pictures: str | None = None
    span: tuple[float, float] = (0.0, 255.0)
    test: tf.data.Dataset | None = None
    test_examples: Examples | None = None

    @property
    def train(self) -> tf.data.Dataset:
        """The batches of one epoch. Each new iteration is the next epoch, in another order and with other draws.

        Raises:
            InputError: `start` is in the middle of an epoch: what is left of it is no whole epoch, which is what
                `fit` takes it for.
        """
        if self.start % self.steps:
            raise InputError(
                f"data.train is a whole epoch, and start is step {self.start % self.steps} of the {self.steps} of "
                f"epoch {self.start // self.steps}: read data.stream, or continue a model.fit with pipeline.Resume"
            )
        return self.batches

    @functools.cached_property
    def stream(self) -> tf.data.Dataset:
        """The batches of `train`, epoch after epoch without end; every iteration begins at `start`."""
        return self.make_stream(self.start)

    def state(self, step: int) -> dict[str, Any]:
        """Return the state after `step` batches, for `start=` of `from_directory` or `from_arrays`; it fits in JSON.

        Args:
            step: batches of training data that were used, counted from the beginning of epoch 0: the global step.

        Raises:
            InputError: `step` is no integer of at least 0.
        """
        checked = checks.integer("step", step, "an integer of at least 0", low=0)
        return {"step": checked, **dataclasses.asdict(self.identity)}

    def save_options(self, path: str | os.PathLike[str]) -> Path:
        """Write beside a `.keras` file how its images are made and what its outputs mean; return the file written.

        `python -m pipeline.predict`, `evaluate` and `export` then take the model in place of a run's folder, and read
        photos as `validation` does.

        Args:
            path: the model's file, such as `"cats.keras"`, which need not be there yet: the options are written to
                `cats.options.json`.

        Raises:
            InputError: it does not end in `.keras`, or the data have no labels or other values than photos.
        """
        return write_options(path, options_of(self.image, self.class_names, self.label_mode, self.span))

    def check_for_service(self) -> None:
        """Refuse what a worker of the tf.data service cannot do, before one is asked; reads every training photo.

        `stream` runs there uncached, with `pipeline.Augment`, from photos that TensorFlow's own decoders read as
        Pillow reads them: JPEGs in grey or RGB, PNGs of 8 bits without a palette, lossy WebPs without alpha.

        Raises:
            InputError: names what cannot be done there, and the way out.
        """
        if self.train_examples.source.service_refusal is not None:
            raise InputError(self.train_examples.source.service_refusal)
        if self.loader.cache != "none" and not self.cache.startswith("none"):
            raise InputError(
                "a worker of the tf.data service has no part in a cache of this process: build with cache='none'. "
                f"Received: cache={self.loader.cache!r}, which is {self.cache}"
            )
        refusal = recipe_of(self.augment).service_refusal
        if refusal is not None:
            raise InputError(refusal)
        refuse_for_service(self.train_examples.source, self.image)

    @functools.cached_property
    def identity(self) -> Identity:
        """Everything that a training batch follows from; reads the size of each file, and every pixel of an array."""
        return identify(self.train_examples, self.sizes, self.image, self.loader, self.augment, self.seed)

    @functools.cached_property
    def sizes(self) -> NDArray[np.int64]:
        """Bytes of each training photo's file when this was first asked: int64 `[N]`, empty for arrays."""
        return self.train_examples.sizes()

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes in the order of their labels; for `"regression"` the names of the numbers."""
        return self.train_examples.class_names

    @property
    def steps(self) -> int:
        """Batches in an epoch of `train`."""
        loader = self.loader
        return steps_per_epoch(len(self.train_examples), loader.batch_size, drop_remainder=loader.drop_remainder)

    @functools.cached_property
    def validation_stream(self) -> tf.data.Dataset | None:
        """`validation` again and again without end, for a `fit` with `validation_steps=data.validation_steps`.

        Its first batch is made while the epoch before it is trained. `None` where there is no validation.
        """
        return None if self.validation is None else with_fixed_options(self.validation.repeat().prefetch(1))

    @property
    def validation_steps(self) -> int:
        """Batches of `validation`, 0 where there is none."""
        return 0 if self.validation is None else int(self.validation.cardinality())

    def splits(self) -> Iterator[tuple[str, Examples]]:
        """Yield the name and the examples of each split that is there."""
        yield "train", self.train_examples
        if self.validation_examples is not None:
            yield "validation", self.validation_examples
        if self.test_examples is not None:
            yield "test", self.test_examples

    @functools.cached_property
    def examples(self) -> pd.DataFrame:
        """A table of all examples: `path`, `class_name`, `label` (number), `split` and `size`.

        Sizes are bytes on disk; -1 for a file that is gone.

        For arrays: `row` in place of `path`, and no size. Where an example has other labels than one class, a column
        `label: NAME` for each class or value in place of `class_name` and `label`.
        """
        return example_table(list(self.splits()))

    @property
    def counts(self) -> pd.DataFrame:
        """Examples by class (rows, in the order of their labels) and split (columns).

        For `"multi_label"` an example counts in each of its classes; where there are no classes, there is one row
        `all`.
        """
        return count_table(list(self.splits()), self.label_mode)

    @property
    def class_weight(self) -> dict[int, float]:
        """Weights for `model.fit(class_weight=…)` that let classes count the same: N / (classes * count).

        A class without an example has none, and does not count among the classes.

        Raises:
            InputError: an example has not one class (`"multi_label"`, `"regression"`, no labels).
        """
        return class_weights(self.train_examples, self.label_mode)

    def __repr__(self) -> str:
        return one_line(self)

    def _repr_html_(self) -> str:
        """Return the card that a notebook shows; no epoch begins, and at most a handful of images are decoded."""
        return card(self)

    @overload
    def summary(self, print_fn: Callable[[str], object] = print) -> None: ...

    @overload
    def summary(self, print_fn: None) -> str: ...

    def summary(self, print_fn: Callable[[str], object] | None = print) -> str | None:
        """Print what there is: classes, labels, counts, steps, sizes, cache.

        Args:
            print_fn: called with each line; `None` returns the text instead.
        """
        if print_fn is None:
            text: list[str] = []
            self.summary(text.append)
            return "\n".join(text)
        for line in summary_lines(self):
            print_fn(line)
        return None

    def show_batch(
        self, path: str | os.PathLike[str] | None = None, *, split: str = "train", count: int = 16
    ) -> Figure:
        """Draw pictures of one batch just as the model gets them, each under its class; a notebook shows them.

        `train` is left where it is: the epoch that comes next is the same with or without a look. Where no installed
        font has the letters of the class names, classes go by number, and a note names a package with such a font.

        Args:
            path: where a PNG is saved; `None` shows the figure below the notebook's cell, where there is one.
            split: `"train"` (augmented), `"validation"` or `"test"`.
            count: the most pictures drawn.

        Raises:
            InputError: there is no such split, or `count` is below 1.
        """
        datasets = {"train": self.batches, "validation": self.validation, "test": self.test}
        dataset = datasets.get(split)
        if dataset is None:
            there = [name for name, one in datasets.items() if one is not None]
            raise InputError(f"split must be one of those that these data have: {there}. Received: {split!r}")
        if count < 1:
            raise InputError(f"count must be an integer of at least 1. Received: {count!r}")
        epoch, first = int(self.epoch), int(self.first)
        batch = next(iter(dataset.take(1).as_numpy_iterator()))
        self.epoch.assign(epoch)
        self.first.assign(first)
        images, labels = batch if self.label_mode is not None else (batch, None)
        names = names_of_labels(labels, self.label_mode, self.class_names)
        figure = draw_batch(np.asarray(images)[:count], names, self.image.rescale, self.span)
        if path is not None:
            file = Path(path).expanduser()
            file.parent.mkdir(parents=True, exist_ok=True)
            with written_aside(file) as aside:
                figure.savefig(aside, dpi=110, format=file.suffix[1:] or None)
        else:
            figure.show_in_notebook()
        return figure
