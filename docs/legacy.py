"""Writes docs/legacy.md: every argument, method and attribute of Keras' generator beside the drop-in's.

    python docs/legacy.py > docs/legacy.md

What there is, is read from Keras itself; a name that the drop-in lacks and that no reason is given for ends the
script. The differences in pixels are measured by `tests/legacy/test_parity.py` (about a minute).
"""

from __future__ import annotations

import inspect
import os
import runpy
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from PIL import Image

import pipeline
import pipeline.legacy

ROOT = Path(__file__).resolve().parent.parent
KERAS = tf.keras.preprocessing.image
METHODS = (
    "flow flow_from_directory flow_from_dataframe fit standardize get_random_transform apply_transform random_transform"
)

# Whatever differs, and how. Everything else is the same: tests/legacy compares it with Keras' own.
BETTER = {
    "ImageDataGenerator(brightness_range)": 'works with `data_format="channels_first"` too, where Keras\' own fails',
    "ImageDataGenerator(zca_whitening)": "a batch is whitened in one product (sums may be rounded otherwise)",
    "ImageDataGenerator(preprocessing_function)": (
        "called picture by picture in the same order, with the same draws, on pictures that were decoded and warped in "
        "parallel; with a seed, what it draws from `np.random` repeats, and NumPy's global state is given back"
    ),
    "flow(x)": "bytes (uint8) are kept as bytes: a quarter of the memory; `.x` converts when it is looked at",
    "flow(sample_weight)": "follows `subset`; Keras' own gives the weights of the first examples to the last",
    "flow(seed)": (
        "NumPy's global state is left alone; several threads get the batches that one would get, by index too (below)"
    ),
    "flow_from_directory(seed)": "as in `flow`",
    "flow_from_directory(classes)": "a class without a folder is warned of",
    "flow_from_directory(interpolation)": "an unknown one is refused at once, not with the first batch",
    "flow_from_dataframe(seed)": "as in `flow`",
    "flow_from_dataframe(interpolation)": "as in `flow_from_directory`",
    "flow_from_dataframe(validate_filenames)": "the warning names the first row left out",
    "flow_from_dataframe(class_mode)": '`"raw"` text is a NumPy array under pandas 3 too',
    "flow_from_dataframe(**kwargs)": "`keep_aspect_ratio` works; an unknown argument is warned of, not swallowed",
    "fit(seed)": "NumPy's global state is left alone",
    "get_random_transform(seed)": "NumPy's global state is left alone",
    "random_transform(seed)": "NumPy's global state is left alone",
    "flow(batch_size)": "below 1 is refused; Keras' own gives empty or shortened batches",
    "flow_from_directory(batch_size)": "as in `flow`",
    "flow_from_dataframe(batch_size)": "as in `flow`",
    "flow_from_directory(directory)": "one without pictures is warned of",
    "lock": "order and draws of a batch are settled under it, so that threads cannot mix them; reentrant",
}
OURS = {
    "as_dataset()": "the batches of `next()` as a `tf.data.Dataset`",
    "set_index_array()": "the public name of `_set_index_array()`",
    "next()": "the older spelling of `next(iterator)`",
    "[-1]": "a negative index counts from the end; Keras' own gives an empty batch",
    "next(iterator.index_generator)": (
        "as in Keras it sets NumPy's global state, so that a subclass with its own `next` repeats; nothing else does"
    ),
    "a subclass's methods": (
        "they draw from `np.random` what they draw in Keras (`_set_index_array`, `on_epoch_end`, `__getitem__`, "
        "`_get_batches_of_transformed_samples` and all others that Keras has), and the global state is given back"
    ),
    "pickle, copy.deepcopy": "an iterator goes on where it stood; Keras' own cannot be copied",
    "unreadable files": "the error, of the same type, names the file",
    "other errors": "the same type and opening words; the value received behind them",
}
# `image_dataset_from_directory`: what Keras has too and differs, then the keywords that it has not.
DATASET = {
    "shuffle": "same: one order by the seed, mixed again in each iteration within windows of 8 batches",
    "seed": "better: an iteration's order is the same in every process",
    "color_mode": 'better: `"rgba"` reads JPEG and GIF too, as opaque',
    "labels": "better: a list of them is left as it was, and a tuple will do",
    "validation_split": "better: a side without a picture is refused",
    "format": '`"tf"`: same; `"grain"`, which makes no `tf.data`, is refused',
    "reshuffle": "`False`: every iteration in the order of `file_paths`",
    "resize": "Keras' two flags in one word",
    "cache": (
        '`"memory"`, `"disk"`, `"auto"`: each file is decoded once and kept as it was read (float32, or uint8 for '
        '`interpolation="nearest"`): the same bits as without'
    ),
    "cache_folder": "where the disk cache lies",
    "augment": "a `pipeline.Augment` or Keras layers, for training pictures",
    "on_error": '`"skip"` leaves out what cannot be read, with a warning',
    "max_bad": "the largest share of files that may be left out",
}
BY_INDEX = """
With a `seed`, batch `i` of an epoch is the same whoever asks for it and when: in order, in another order, from threads
(`workers = 4`), or from processes (`use_multiprocessing = True`). So two runs are equal, and iterators over images and
over masks with one seed stay in step inside a `PyDataset`. In Keras the draws follow the order of asking.

- Read in order, `flow[0]`, `flow[1]`, …, batches are Keras' own, seed for seed. Read in any other order, each is the
  one that Keras gives in order.
- `on_epoch_end()` begins the next epoch: another order of examples, other draws.
- A batch that is asked for again has other draws, as in Keras. In the main thread it begins another pass, as in Keras.
  In workers, the k-th time that a batch is asked for in an epoch belongs to pass k.
- An epoch that workers read counts as read to its end.
- A `PyDataset` of your own should pass `on_epoch_end()` on to its iterators. Without it the order of examples stays,
  and with `use_multiprocessing` the draws stay as well: what worker processes read is not known to the parent.
- With `use_multiprocessing` and code of your own that draws (a function, overridden methods), the order of the second
  epoch on is another one than without: the parent does not know what your code drew in the last batch.
- With `steps_per_epoch` below `len(flow)`, `fit` ends an epoch while its workers read ahead: what they read before and
  after it differs from run to run, as in Keras.
- Without a `seed`, draws come from NumPy's global state in the order of asking, as in Keras.
"""
# Attributes of Keras' iterators that are not there, and why.
MISSING: dict[str, str] = {}


def _table(heading: str, rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield f"| {heading} | |"
    yield "|---|---|"
    yield from (f"| {name} | {verdict} |" for name, verdict in rows)
    yield ""


def _verdict(key: str, there: bool) -> str:
    if not there:
        return f"not supported: {MISSING[key]}"
    return f"better: {BETTER[key]}" if key in BETTER else "same"


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    return [one for name, one in inspect.signature(function).parameters.items() if name != "self"]


def _arguments(label: str, original: Any, own: Any) -> Iterator[tuple[str, str]]:
    mine = {one.name for one in _parameters(own)}
    for one in _parameters(original):
        stars = "**" if one.kind is inspect.Parameter.VAR_KEYWORD else ""
        yield f"`{stars}{one.name}`", _verdict(f"{label}({stars}{one.name})", one.name in mine)


def _dataset_arguments() -> Iterator[tuple[str, str]]:
    theirs = {one.name for one in _parameters(keras.utils.image_dataset_from_directory)}
    for one in _parameters(pipeline.image_dataset_from_directory):
        if one.name not in theirs | set(DATASET):
            raise SystemExit(f"image_dataset_from_directory: {one.name} is Keras' not, and nothing says what it does")
        yield f"`{one.name}`", DATASET.get(one.name, "same")


def _flows(library: Any, folder: Path) -> Iterator[Any]:
    generator = library.ImageDataGenerator()
    table = pd.DataFrame({"filename": ["a/0.png"], "class": ["a"]})
    yield generator.flow(np.zeros((1, 4, 4, 3)), np.zeros(1))
    yield generator.flow_from_directory(folder)
    yield generator.flow_from_dataframe(table, folder)


def _attributes() -> Iterator[tuple[str, list[str]]]:
    """Each iterator's class with the public names that Keras' own has, methods included."""
    keras.config.disable_interactive_logging()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "a").mkdir()
        Image.new("RGB", (4, 4)).save(folder / "a" / "0.png")
        for theirs, mine in zip(_flows(KERAS, folder), _flows(pipeline.legacy, folder), strict=True):
            public = [one for one in dir(theirs) if not one.startswith("_")]
            missing = [one for one in public if not hasattr(mine, one) and one not in MISSING]
            if missing:
                raise SystemExit(f"{type(theirs).__name__}: {missing} are missing, and no reason is given")
            yield type(theirs).__name__, public


def listing() -> Iterator[str]:
    """The page but for the measured table, line by line."""
    yield "# `pipeline.ImageDataGenerator` beside Keras' own"
    yield ""
    yield "Written by `python docs/legacy.py > docs/legacy.md`, from Keras " + keras.__version__ + "."
    yield '"Same" means: compared with the original, side by side, in `tests/legacy`.'
    yield ""
    yield "## Arguments"
    yield ""
    original, own = KERAS.ImageDataGenerator, pipeline.legacy.ImageDataGenerator
    yield from _table("`ImageDataGenerator`", _arguments("ImageDataGenerator", original.__init__, own.__init__))
    for method in METHODS.split():
        yield from _table(f"`.{method}`", _arguments(method, getattr(original, method), getattr(own, method)))
    yield from _table("`pipeline.image_dataset_from_directory`", _dataset_arguments())
    yield "## Iterators: attributes and methods"
    yield ""
    for name, public in _attributes():
        yield from _table(f"`{name}`", ((f"`{one}`", _verdict(one, one not in MISSING)) for one in public))
    yield from _table("what they have beside", ((f"`{name}`", text) for name, text in OURS.items()))
    yield "## Batches by index"
    yield from BY_INDEX.splitlines()
    yield ""
    yield "## Functions"
    yield ""
    names = sorted(name for name in pipeline.legacy.__all__ if not name.endswith(("Iterator", "Generator")))
    rows = [(f"`{name}`", "same" if hasattr(KERAS, name) else "same as in older Keras") for name in names]
    yield from _table(
        "`pipeline.legacy`",
        [(name, "see its arguments above" if "image_dataset" in name else verdict) for name, verdict in rows],
    )


def main() -> None:
    """Write the page."""
    for line in listing():
        sys.stdout.write(line + "\n")
    sys.stdout.write("## Largest difference of all pixels and labels\n\n")
    sys.stdout.write(
        "On the scale of the pictures that a setting gives: 0-255, or 0-1 with `rescale=1/255`. Three seeds,\n"
    )
    sys.stdout.write("two epochs by `next()` and one by index. Brightness works on whole levels: a warped\n")
    sys.stdout.write("value beside one may fall on either side of it.\n\n")
    sys.stdout.flush()
    sys.path.insert(0, str(ROOT / "tests" / "legacy"))
    runpy.run_path(str(ROOT / "tests" / "legacy" / "test_parity.py"), run_name="__main__")


if __name__ == "__main__":
    main()
