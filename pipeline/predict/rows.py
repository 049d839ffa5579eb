"""Answers as rows of CSV or lines of JSON; no TensorFlow.

Numbers are the shortest decimals that stand for the very float32. Bytes of a path that are no UTF-8 are escaped as a
lone surrogate (`\\udcff`), so that one such name does not make the whole table unreadable.
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
# Between such classes in CSV; in a name it stands behind a backslash.
JOINT = "|"


class Answer(NamedTuple):
    """One input's answer.

    Args:
        path: as it was asked for.
        values: float32 `[classes]`; `None` where there is an error.
        error: why there are none.
    """

    path: str
    values: NDArray[np.float32] | None
    error: str | None = None


def _number(value: np.float32) -> float:
    return float(str(value))


def _joined(names: Sequence[str]) -> str:
    return JOINT.join(name.replace("\\", "\\\\").replace(JOINT, "\\" + JOINT) for name in names)


class Rows:
    """Answers to bytes.

    Args:
        format: `"csv"` or `"jsonl"`.
        mode: what the numbers are.
        class_names: N names.
        top: how many classes are named, most probable first; `None`: one, or for `"multi_label"` all above 0.5.

    Raises:
        InputError: there are not so many classes, or they have no order.
    """

    def __init__(self, format: str, mode: Mode, class_names: Sequence[str], top: int | None = None) -> None:
        self.format, self.mode, self.names, self.top = format, mode, tuple(class_names), top
        if top is not None and mode == "regression":
            raise InputError(f"--top is for classes, and this run's model gives values ({', '.join(class_names)})")
        if top is not None and top > len(class_names):
            raise InputError(f"--top must be at most the {len(class_names)} classes of the run. Received: {top}")

    @property
    def header(self) -> bytes:
        """What stands first: the names of CSV's columns."""
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
        """One answer, its end of line included."""
        error = None if answer.error is None else " ".join(answer.error.split())
        if self.format == "csv":
            cells = [""] * len(self._columns()) if answer.values is None else self._cells(answer.values)
            return self._csv([answer.path, *cells, error or ""])
        line = {"path": answer.path, **self._fields(answer.values), "error": error}
        return json.dumps(line, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"

    def _csv(self, cells: list[str]) -> bytes:
        text = io.StringIO()
        # With this end of line the writer quotes both of its characters where they stand in a name.
        csv.writer(text, lineterminator="\r\n").writerow(cells)
        return text.getvalue()[:-2].encode("utf-8", "backslashreplace") + b"\n"

    def _order(self, values: NDArray[np.float32]) -> list[int]:
        """The classes, most probable first; of equal ones the first."""
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
        """The same keys in each line; what an error leaves open is null."""
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
