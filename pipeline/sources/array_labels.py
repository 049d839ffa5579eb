"""An array y as labels: which kind it holds, what its classes are called, which label mode that makes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from pipeline.config.checks import refusal, shown
from pipeline.errors import InputError
from pipeline.sources.labels import Mode, resolve_label_mode

__all__ = ["Form", "Labels", "as_array", "read_labels"]

Kind = Literal["class numbers", "class names", "booleans", "0/1 columns", "values"]
FORMS = (
    "[N] class numbers, [N] class names, [N] booleans, one-hot [N, K], 0/1 [N, K] of classes that go together, or "
    "[N] or [N, M] numbers for regression"
)
CAST = "y.astype(int) makes class numbers of them, label_mode='regression' takes them as values"


@dataclasses.dataclass(frozen=True)
class Labels:
    """The labels of an array y.

    Args:
        values: int32 `[N]` positions in `class_names`, or float32 `[N, K]`, as `Examples.labels` has them.
        class_names: in the order of their labels; for `"regression"` the names of the numbers.
        mode: the label mode that was asked for, or that follows.
        kind: what y holds.
    """

    values: NDArray[Any]
    class_names: tuple[str, ...]
    mode: Mode
    kind: Kind


class Form:
    """An array by type and shape, for an error's "Received"."""

    def __init__(self, array: NDArray[Any]) -> None:
        self.text = f"{array.dtype} {list(array.shape)}"

    def __repr__(self) -> str:
        return self.text


def as_array(name: str, value: Any) -> NDArray[Any]:
    """`value` as an array of one type.

    Raises:
        InputError: it is ragged, or NumPy makes no array of it.
    """
    try:
        array = np.asarray(value)
    except (ValueError, TypeError) as error:
        why = str(error).split(". The detected")[0]
        raise InputError(f"{name} must be one array, every row of the same shape. Received: {why}") from None
    return array


def _of_objects(name: str, array: NDArray[Any]) -> NDArray[Any]:
    """Python objects, such as a column of pandas holds, as an array of their type."""
    items = [item.item() if isinstance(item, np.generic) else item for item in array.reshape(-1).tolist()]
    kinds = {type(item) for item in items}
    if kinds <= {str, bool, int, float} and (len(kinds) == 1 or kinds == {int, float}):
        return np.asarray(items).reshape(array.shape)
    odd = next((k for k, item in enumerate(items) if type(item) is not type(items[0])), 0)
    raise InputError(
        f"{name} must hold values of one kind: {FORMS}. Received: objects, {shown(items[0])} in row 0"
        + (f" and {shown(items[odd])} in row {odd}" if odd else "")
    )


def _checked(name: str, y: Any, count: int, pictures: str) -> NDArray[Any]:
    """y as an array of `count` labels, `[N]` or `[N, K]`, all of one type and finite."""
    array = as_array(name, y)
    if array.dtype == object and array.ndim in (1, 2):
        array = _of_objects(name, array)
    if array.ndim not in (1, 2) or (array.ndim == 2 and array.shape[1] == 0):
        raise refusal(name, FORMS, Form(array))
    if len(array) != count:
        raise InputError(
            f"{name} must hold a label for each picture: {pictures} holds {count:,} pictures. "
            f"Received: {len(array):,} labels"
        )
    if array.dtype.kind not in "biufUST":
        raise refusal(name, FORMS, Form(array))
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        row = int(np.argmin(np.isfinite(array).reshape(count, -1).all(axis=1)))
        raise InputError(
            f"{name} must hold finite numbers. Received: {shown(array[row].tolist())} in row {row}; leave out or mend "
            "the rows that have no label"
        )
    return array


def _column(array: NDArray[Any]) -> NDArray[Any]:
    """`[N, 1]` as `[N]`: how some data sets come."""
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def _is_whole(array: NDArray[Any]) -> bool:
    return array.dtype.kind in "iu" or bool((array == np.rint(array)).all())


def _is_zero_one(array: NDArray[Any]) -> bool:
    return array.dtype.kind == "b" or bool(((array == 0) | (array == 1)).all())


def _kind(name: str, array: NDArray[Any], asked: str) -> Kind:
    """Return the kind of labels in y, from `asked` or from y alone."""
    column, number = _column(array), array.dtype.kind
    if asked == "regression":
        if number not in "iuf":
            raise refusal(name, "numbers for label_mode='regression'", Form(array))
        return "values"
    if asked == "multi_label":
        if array.ndim == 2 and number in "biuf" and _is_zero_one(array):
            return "0/1 columns"
        raise refusal(name, "[N, K] of 0 and 1, a column a class, for label_mode='multi_label'", Form(array))
    if column.ndim == 1:
        if number in "UST":
            return "class names"
        if number == "b":
            return "booleans"
        if _is_whole(column):
            if number == "f" and asked == "auto":
                raise InputError(
                    f"{name} holds floats that are all whole numbers, which may be classes or values: {CAST}. "
                    f"Received: {Form(array)}, {shown(column[:4].tolist())} …"
                )
            return "class numbers"
    elif number in "biuf" and _is_zero_one(array):
        return "0/1 columns"
    elif number in "iu" or (number not in "UST" and _is_whole(array)):
        raise InputError(
            f"{name} of shape {list(array.shape)} must hold 0 and 1 alone, or be asked for as values with "
            f"label_mode='regression'. Received: whole numbers from {array.min():g} to {array.max():g}"
        )
    if number != "f":
        raise refusal(name, FORMS, Form(array))
    if asked != "auto":
        raise InputError(
            f"label_mode={asked!r} needs classes, and {name} holds fractions, from {array.min():g} to "
            f"{array.max():g}: label_mode='regression' takes them as values"
        )
    return "values"


def _numbers(name: str, column: NDArray[Any], names: Sequence[str] | None) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Check class numbers and return them with the class names."""
    there = np.unique(column)
    if there[0] < 0:
        row = int(np.argmin(column))
        raise InputError(f"{name} must hold class numbers from 0 on. Received: {column[row]:g} in row {row}")
    if names is not None:
        if there[-1] >= len(names):
            row = int(np.argmax(column))
            raise InputError(
                f"{name} must hold class numbers below {len(names)}, as class_names names {len(names)} classes. "
                f"Received: {column[row]:g} in row {row}"
            )
        return column.astype(np.int32), tuple(names)
    if there[-1] != len(there) - 1:
        gap = int(np.argmax(there != np.arange(len(there))))
        raise InputError(
            f"{name} must hold every class number from 0 on where class_names is not given: {gap} is missing. "
            f"Received: {shown(there.tolist())}; give class_names for all classes, or renumber: "
            "np.unique(y, return_inverse=True)[1]"
        )
    return column.astype(np.int32), tuple(str(number) for number in range(len(there)))


def _named(name: str, column: NDArray[Any], names: Sequence[str] | None) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Number class names in the order of `names`, or in sorted order."""
    if column.dtype.kind == "S":
        try:
            column = np.char.decode(column, "utf-8")
        except UnicodeDecodeError:
            raise InputError(f"{name} must hold names in UTF-8. Received: {Form(column)} of other bytes") from None
    there, place = np.unique(column.astype(str), return_inverse=True)
    found = [str(one) for one in there]
    if names is None:
        if found[0] == "":
            raise InputError(f"{name} must name a class in every row. Received: '' in row {int(np.argmax(place == 0))}")
        return place.astype(np.int32), tuple(found)
    unknown = [one for one in found if one not in names]
    if unknown:
        row = int(np.argmax(place == found.index(unknown[0])))
        raise InputError(
            f"{name} must hold names of the classes {shown(list(names))} alone. Received: {shown(unknown)} "
            f"(the first in row {row})"
        )
    return np.array([list(names).index(one) for one in found], np.int32)[place], tuple(names)


def _one_hot(name: str, array: NDArray[Any], asked: str) -> NDArray[Any] | None:
    """Return the class of each row; `None` where some row has none or several."""
    sums = array.astype(np.int64).sum(axis=1)
    if (sums == 1).all():
        place: NDArray[Any] = array.argmax(axis=1).astype(np.int32)
        return place
    if asked == "auto":
        return None
    row = int(np.argmax(sums != 1))
    raise InputError(
        f"label_mode={asked!r} needs one class a picture, and {name} holds {sums[row]} in row {row}: "
        "label_mode='multi_label' takes classes that go together"
    )


def _columns_named(name: str, width: int, names: Sequence[str] | None, what: str) -> tuple[str, ...]:
    if names is None:
        if what == "value":
            return ("value",) if width == 1 else tuple(f"value {k}" for k in range(width))
        return tuple(str(k) for k in range(width))
    if len(names) != width:
        raise InputError(
            f"{name} must have a column for each of the {len(names)} names of class_names. Received: {width} columns"
        )
    return tuple(names)


def _settled(asked: str, classes: Sequence[str], name: str, kind: Kind) -> Mode:
    if len(classes) == 1:
        raise InputError(
            f"{name} holds one class only, {classes[0]!r}; a classifier needs two or more (class_names names those "
            "that are not in it)"
        )
    if asked == "auto" and kind == "0/1 columns":
        return "categorical"
    return cast(Mode, resolve_label_mode(asked, len(classes)))  # `None` is not asked for here


def read_labels(
    y: Any,
    count: int,
    asked: str,
    class_names: Sequence[str] | None = None,
    *,
    name: str = "y",
    pictures: str = "x",
    like: Labels | None = None,
) -> Labels:
    """Read an array of labels.

    Args:
        y: `[N]` or `[N, K]`, what `np.asarray` takes.
        count: N, as the pictures have it.
        asked: `"auto"` or a label mode.
        class_names: the classes in the order of their labels; `None`: what follows from y.
        name: what y is called in an error.
        pictures: what the array of its pictures is called there.
        like: the training labels, whose kind, classes and mode these must have: `asked` and `class_names` are not
            looked at.

    Raises:
        InputError: y cannot be read so; the message says what it holds and the way out.
    """
    if like is not None:
        asked, class_names = like.mode, like.class_names
    array = _checked(name, y, count, pictures)
    kind = _kind(name, array, asked)
    if like is not None and kind != like.kind:
        raise InputError(f"{name} must hold what y holds, {like.kind}. Received: {kind}, {Form(array)}")
    if kind == "values":
        values = array.astype(np.float32).reshape(count, -1)
        return Labels(values, _columns_named(name, values.shape[1], class_names, "value"), "regression", kind)
    if kind == "0/1 columns":
        names = _columns_named(name, array.shape[1], class_names, "class")
        one_hot = None if asked == "multi_label" else _one_hot(name, array, asked)
        if one_hot is None:
            return Labels(array.astype(np.float32), names, "multi_label", kind)
        return Labels(one_hot, names, _settled(asked, names, name, kind), kind)
    column = _column(array)
    if kind == "booleans":
        column, class_names = column.astype(np.int32), class_names or ("False", "True")
    read = _named if kind == "class names" else _numbers
    values, names = read(name, column, class_names)
    return Labels(values, names, _settled(asked, names, name, kind), kind)
