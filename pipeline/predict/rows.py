"""Format answers as CSV rows or JSON lines. This module does not import TensorFlow.

A number is the shortest decimal that reads back as the same float32. Bytes of a path that are not UTF-8 are escaped as
a lone surrogate (`\\udcff`), so that a single such name does not make the whole file unreadable.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.errors import InputError
from pipeline.sources.labels import THRESHOLD, Mode

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["FORMATS", "Answer", "Rows"]

FORMATS = ("csv", "jsonl")
# Separates several classes in one CSV cell. A backslash escapes it within a class name.
JOINT = "|"


class Answer(NamedTuple):
    """The answer to one input.

    Args:
        path: the path as it was given.
        values: float32 `[classes]`, or `None` if there is an error.
        error: the reason that there are no values.
    """

    path: str
    values: NDArray[np.float32] | None
    error: str | None = None


def _number(value: np.float32) -> float:
    return float(str(value))


def _joined(names: Sequence[str]) -> str:
    return JOINT.join(name.replace("\\", "\\\\").replace(JOINT, "\\" + JOINT) for name in names)


class Rows:
    """A formatter that turns answers into bytes.

    Args:
        format: `"csv"` or `"jsonl"`.
        mode: the label mode, which gives the numbers their meaning.
        class_names: N names.
        top: how many classes each row names, the most probable first. `None` means one, or for `"multi_label"` all
            above 0.5.

    Raises:
        InputError: `top` exceeds the number of classes, or the model has no classes (`"regression"`).
    """

    def __init__(self, format: str, mode: Mode, class_names: Sequence[str], top: int | None = None) -> None:
        self.format, self.mode, self.names, self.top = format, mode, tuple(class_names), top
        if top is not None and mode == "regression":
            raise InputError(f"--top is for classes, and this run's model gives values ({', '.join(class_names)})")
        if top is not None and top > len(class_names):
            raise InputError(f"--top must be at most the {len(class_names)} classes of the run. Received: {top}")

    @property
    def header(self) -> bytes:
        """The first line: the CSV column names, or nothing for JSON lines."""
        if self.format != "csv":
            return b""
        return self._csv(["path", *self._columns(), "error"])

    def _columns(self) -> list[str]:
        if self.mode == "regression":
            taken = len(set(self.names)) < len(self.names) or {"path", "error"} & set(self.names)
            return [f"value_{k}_{name}" for k, name in enumerate(self.names, 1)] if taken else list(self.names)
        ends = ["", *(f"_{k}" for k in range(2, (self.top or 1) + 1))]
        return [name + end for end in ends for name in ("class", "probability")]

    def row(self, answer: Answer) -> bytes:
        """Return the row for an answer, with its line end."""
        error = None if answer.error is None else " ".join(answer.error.split())
        if self.format == "csv":
            cells = [""] * len(self._columns()) if answer.values is None else self._cells(answer.values)
            return self._csv([answer.path, *cells, error or ""])
        line = {"path": answer.path, **self._fields(answer.values), "error": error}
        return json.dumps(line, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"

    def _csv(self, cells: list[str]) -> bytes:
        text = io.StringIO()
        # With this line terminator, the writer quotes names that contain either of its two characters.
        csv.writer(text, lineterminator="\r\n").writerow(cells)
        return text.getvalue()[:-2].encode("utf-8", "backslashreplace") + b"\n"

    def _order(self, values: NDArray[np.float32]) -> list[int]:
        """Return the classes from the most to the least probable; equal ones keep their order."""
        return list((-values).argsort(kind="stable").tolist())

    def _present(self, values: NDArray[np.float32]) -> list[int]:
        return [k for k in self._order(values) if values[k] > THRESHOLD]

    def _cells(self, values: NDArray[np.float32]) -> list[str]:
        if self.mode == "regression":
            return [str(value) for value in values]
        if self.mode == "multi_label" and self.top is None:
            present = self._present(values)
            return [_joined([self.names[k] for k in present]), JOINT.join(str(values[k]) for k in present)]
        return [cell for k in self._order(values)[: self.top or 1] for cell in (self.names[k], str(values[k]))]

    def _fields(self, values: NDArray[np.float32] | None) -> dict[str, Any]:
        """Return the JSON fields of an answer. The keys are the same in each line; with an error they are null."""
        if self.mode == "regression":
            return {"values": None if values is None else self._all(values)}
        top: dict[str, Any] = {} if self.top is None else {"top": None}
        if values is None:
            return {"class": None, "probability": None, **top, "probabilities": None}
        order = self._order(values)
        if self.top is not None:
            top = {"top": [{"class": self.names[k], "probability": _number(values[k])} for k in order[: self.top]]}
        named: dict[str, Any] = {"class": self.names[order[0]], "probability": _number(values[order[0]])}
        if self.mode == "multi_label":
            present = self._present(values)
            named = {"class": [self.names[k] for k in present], "probability": [_number(values[k]) for k in present]}
        return {**named, **top, "probabilities": self._all(values)}

    def _all(self, values: NDArray[np.float32]) -> dict[str, float]:
        return {name: _number(value) for name, value in zip(self.names, values, strict=True)}
