"""Write docs/legacy.md, which compares each argument, method and attribute of Keras' generator with the drop-in's.

    python docs/legacy.py > docs/legacy.md

The names are read from Keras itself. If the drop-in lacks a name and this script has no reason for it, the script ends
with an error. `tests/legacy/test_parity.py` measures the differences in pixels (about a minute).
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

# All differences. Everything else is the same: tests/legacy compares it with Keras' own.
BETTER = {
    "ImageDataGenerator(brightness_range)": 'works with `data_format="channels_first"` too; Keras\' own fails',
    "ImageDataGenerator(zca_whitening)": "whitens a batch in one product (sums may be rounded differently)",
    "ImageDataGenerator(preprocessing_function)": (
        "called for one image at a time, in the same order and with the same draws; the images were decoded and warped "
        "in parallel. With a seed, the function's draws from `np.random` repeat, and NumPy's global state is restored"
    ),
    "flow(x)": "uint8 images stay uint8 in memory, which is a quarter of float32; `.x` converts them when it is read",
    "flow(sample_weight)": "follows `subset`; Keras' own pairs the weights of the first examples with the last ones",
    "flow(seed)": (
        "NumPy's global state does not change; several threads read the same batches as one, also by index (below)"
    ),
    "flow_from_directory(seed)": "as in `flow`",
    "flow_from_directory(classes)": "there is a warning for a class without a folder",
    "flow_from_directory(interpolation)": "an unknown one is refused at once, not at the first batch",
    "flow_from_dataframe(seed)": "as in `flow`",
    "flow_from_dataframe(interpolation)": "as in `flow_from_directory`",
    "flow_from_dataframe(validate_filenames)": "the warning names the first row that is left out",
    "flow_from_dataframe(class_mode)": 'text for `"raw"` is a NumPy array under pandas 3 too',
    "flow_from_dataframe(**kwargs)": "`keep_aspect_ratio` works; there is a warning for an unknown argument",
    "fit(seed)": "NumPy's global state does not change",
    "get_random_transform(seed)": "NumPy's global state does not change",
    "random_transform(seed)": "NumPy's global state does not change",
    "flow(batch_size)": "values below 1 are refused; Keras' own returns empty or shortened batches",
    "flow_from_directory(batch_size)": "as in `flow`",
    "flow_from_dataframe(batch_size)": "as in `flow`",
    "flow_from_directory(directory)": "there is a warning for a folder without images",
    "lock": "protects the order and the draws of a batch, so that threads cannot mix them; reentrant",
}
OURS = {
    "as_dataset()": "the batches of `next()` as a `tf.data.Dataset`",
    "set_index_array()": "the public name of `_set_index_array()`",
    "next()": "the older spelling of `next(iterator)`",
    "[-1]": "a negative index counts from the end; Keras' own returns an empty batch",
    "next(iterator.index_generator)": (
        "sets NumPy's global state, as in Keras, so that a subclass with its own `next` repeats; nothing else sets it"
    ),
    "a subclass's methods": (
        "draw the same numbers from `np.random` as in Keras (`_set_index_array`, `on_epoch_end`, `__getitem__`, "
        "`_get_batches_of_transformed_samples` and all other methods of Keras); the global state is restored afterwards"
    ),
    "pickle, copy.deepcopy": "the copy continues where the iterator was; Keras' own cannot be copied",
    "unreadable files": "the error has the same type, and names the file",
    "other errors": "the same type and the same first words, followed by the value received",
}
# `image_dataset_from_directory`: first Keras' arguments that differ, then the keywords that only this package has.
DATASET = {
    "shuffle": "same: one order by the seed; each iteration shuffles it again within windows of 8 batches",
    "seed": "better: the order of an iteration is the same in every process",
    "color_mode": 'better: `"rgba"` reads JPEG and GIF too, as opaque images',
    "labels": "better: the caller's list is not changed, and a tuple works too",
    "validation_split": "better: a side without an image is refused",
    "format": '`"tf"`: same; `"grain"` is refused, because it does not make a `tf.data.Dataset`',
    "reshuffle": "`False`: every iteration has the order of `file_paths`",
    "resize": "one word for Keras' two flags",
    "cache": (
        '`"memory"`, `"disk"`, `"auto"`: each file is decoded once and stored as it was read (float32, or uint8 for '
        '`interpolation="nearest"`); the bits are the same as without a cache'
    ),
    "cache_folder": "the folder of the disk cache",
    "augment": "a `pipeline.Augment` or Keras layers, for training images",
    "on_error": '`"skip"` leaves out unreadable files, with a warning',
    "max_bad": "the largest fraction of files that may be left out",
}
BY_INDEX = """
With a `seed`, batch `i` of an epoch does not depend on which thread or process reads it, or in which order: in the main
thread, in threads (`workers = 4`), or in processes (`use_multiprocessing = True`). So two runs are equal, and iterators
over images and over masks with the same seed stay in step inside a `PyDataset`. In Keras, the draws depend on the order
in which batches are read.

- Batches that are read in ascending order, `flow[0]`, `flow[1]`, …, equal Keras' own, seed for seed. In any other
  order, each batch is the one that Keras returns in ascending order.
- `on_epoch_end()` begins the next epoch, with another order of examples and other draws.
- A batch that is read for a second time has other draws, as in Keras. In the main thread, this begins another pass, as
  in Keras. In workers, the k-th read of a batch in an epoch belongs to pass k.
- An epoch that workers read counts as read to its end.
- A `PyDataset` of your own should call `on_epoch_end()` of its iterators. Without this call, the order of examples
  stays the same. With `use_multiprocessing` the draws also stay the same, because the parent process does not know what
  its workers have read.
- Suppose that you use `use_multiprocessing`, and that code of your own draws random numbers (a function or overridden
  methods). From the second epoch on, the order then differs from the order without processes, because the parent does
  not know what your code drew in the last batch.
- With `steps_per_epoch` below `len(flow)`, `fit` ends an epoch while its workers read ahead. Which batches they read
  before and after that differs from run to run, as in Keras.
- Without a `seed`, draws come from NumPy's global state in the order of the reads, as in Keras.
"""
DIFFERENCES = """\
## Largest difference of all pixels and labels

Differences are on the scale of the images: 0-255, or 0-1 with `rescale=1/255`. They are the largest of three seeds,
with two epochs read by `next()` and one by index. Brightness rounds values down to whole levels. A warped value close
to a whole level may be rounded to either side of it, which is a difference of 1.

"""
# Attributes of Keras' iterators that the drop-in lacks, with the reason.
MISSING: dict[str, str] = {}


def _table(heading: str, rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield f"| {heading} | |"
    yield "|---|---|"
    yield from (f"| {name} | {verdict} |" for name, verdict in rows)
    yield ""


def _verdict(key: str, exists: bool) -> str:
    if not exists:
        return f"not supported: {MISSING[key]}"
    return f"better: {BETTER[key]}" if key in BETTER else "same"


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    return [parameter for name, parameter in inspect.signature(function).parameters.items() if name != "self"]


def _arguments(label: str, original: Any, own: Any) -> Iterator[tuple[str, str]]:
    own_names = {parameter.name for parameter in _parameters(own)}
    for parameter in _parameters(original):
        stars = "**" if parameter.kind is inspect.Parameter.VAR_KEYWORD else ""
        name = f"{stars}{parameter.name}"
        yield f"`{name}`", _verdict(f"{label}({name})", parameter.name in own_names)


def _dataset_arguments() -> Iterator[tuple[str, str]]:
    original_names = {parameter.name for parameter in _parameters(keras.utils.image_dataset_from_directory)}
    for parameter in _parameters(pipeline.image_dataset_from_directory):
        name = parameter.name
        if name not in original_names | set(DATASET):
            raise SystemExit(f"image_dataset_from_directory: Keras has no argument {name}, and DATASET lacks it")
        yield f"`{name}`", DATASET.get(name, "same")


def _flows(library: Any, folder: Path) -> Iterator[Any]:
    generator = library.ImageDataGenerator()
    table = pd.DataFrame({"filename": ["a/0.png"], "class": ["a"]})
    yield generator.flow(np.zeros((1, 4, 4, 3)), np.zeros(1))
    yield generator.flow_from_directory(folder)
    yield generator.flow_from_dataframe(table, folder)


def _attributes() -> Iterator[tuple[str, list[str]]]:
    """Yield the name of each iterator class, and the public attributes and methods of Keras' own."""
    keras.config.disable_interactive_logging()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "a").mkdir()
        Image.new("RGB", (4, 4)).save(folder / "a" / "0.png")
        for original, own in zip(_flows(KERAS, folder), _flows(pipeline.legacy, folder), strict=True):
            public = [attribute for attribute in dir(original) if not attribute.startswith("_")]
            missing = [attribute for attribute in public if not hasattr(own, attribute) and attribute not in MISSING]
            if missing:
                raise SystemExit(f"{type(original).__name__}: {missing} are missing, and no reason is given")
            yield type(original).__name__, public


def listing() -> Iterator[str]:
    """Yield the lines of the page, except for the measured table."""
    yield "# `pipeline.ImageDataGenerator` beside Keras' own"
    yield ""
    yield "Written by `python docs/legacy.py > docs/legacy.md`, from Keras " + keras.__version__ + "."
    yield '"Same" means: `tests/legacy` compares it with the original.'
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
        verdicts = ((f"`{attribute}`", _verdict(attribute, attribute not in MISSING)) for attribute in public)
        yield from _table(f"`{name}`", verdicts)
    yield from _table("all iterators, in addition", ((f"`{name}`", text) for name, text in OURS.items()))
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
    sys.stdout.write(DIFFERENCES)
    sys.stdout.flush()
    sys.path.insert(0, str(ROOT / "tests" / "legacy"))
    runpy.run_path(str(ROOT / "tests" / "legacy" / "test_parity.py"), run_name="__main__")


if __name__ == "__main__":
    main()
