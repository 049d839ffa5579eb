"""Examples as tables: one row an example, counts, weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.errors import InputError
from pipeline.sources.examples import Examples
from pipeline.sources.labels import LabelMode

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["class_weights", "count_table", "example_table"]

Splits = Sequence[tuple[str, Examples]]


def _labels(examples: Examples) -> dict[str, Any]:
    """Return the columns with the labels of each example."""
    names = examples.class_names
    if examples.one_class_each:
        return {"class_name": [names[label] for label in examples.labels], "label": examples.labels}
    return {f"label: {name}": examples.labels[:, k] for k, name in enumerate(names)}


def _columns(split: str, examples: Examples) -> dict[str, Any]:
    sizes = examples.sizes()
    found = {**examples.source.columns(), **_labels(examples), "split": split}
    return {**found, "size": sizes} if len(sizes) else found


def example_table(splits: Splits) -> pd.DataFrame:
    """Return a table of all examples of the splits, see `ImageData.examples`."""
    import pandas as pd

    return pd.concat([pd.DataFrame(_columns(*one)) for one in splits], ignore_index=True)


def count_table(splits: Splits, mode: LabelMode) -> pd.DataFrame:
    """Count examples by class and split, see `ImageData.counts`."""
    import pandas as pd

    examples = splits[0][1]
    if mode == "regression" or not examples.class_names:
        totals = {split: [len(some)] for split, some in splits}
        return pd.DataFrame(totals, index=pd.Index(["all"], name="class"))
    columns = {split: some.counts() for split, some in splits}
    return pd.DataFrame(columns, index=pd.Index(examples.class_names, name="class"))


def class_weights(examples: Examples, mode: LabelMode) -> dict[int, float]:
    """Return weights that let classes count the same, see `ImageData.class_weight`.

    Raises:
        InputError: an example has not one class.
    """
    if not examples.one_class_each:
        raise InputError(
            "class_weight needs one class a picture (label_mode binary, int or categorical), which these data have "
            f"not: leave class_weight out of fit. Received: label_mode={mode!r}"
        )
    counts = examples.counts()
    there = int(np.count_nonzero(counts))
    return {label: float(counts.sum() / (there * count)) for label, count in enumerate(counts) if count}
