"""Format answers as a table for a terminal, one line at a time. This module does not import TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.predict.rows import Answer, Rows
from pipeline.sources.labels import Mode
from pipeline.text.plain_text import padded, places, shown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Table"]

WIDEST = 30  # greatest width of the column of class names
VALUE = 12  # width of a column of values or probabilities
NONE = "–"


class Table(Rows):
    """A formatter that turns answers into aligned lines: classes with their probabilities, then the path.

    The path comes last because the lengths of later paths are not known when a line is written.

    Args:
        mode: as for `Rows`.
        class_names: as for `Rows`.
        top: as for `Rows`.
    """

    def __init__(self, mode: Mode, class_names: Sequence[str], top: int | None = None) -> None:
        super().__init__("table", mode, class_names, top)
        self._width = min(WIDEST, max(places(name) for name in ("class", *map(shown, class_names))))

    @property
    def header(self) -> bytes:
        """The line of column names."""
        if self.mode == "regression":
            heads = [shown(name).rjust(VALUE) for name in self.names]
        else:
            heads = [padded("class", self._width), "probability".rjust(VALUE)] * (self.top or 1)
        return self._line([*heads, "photo"])

    def row(self, answer: Answer) -> bytes:
        """Return the line for an answer, with its line end."""
        photo = shown(answer.path)
        if answer.values is None:
            blank = [padded(NONE, self._width), NONE.rjust(VALUE)] * (self.top or 1)
            cells = [NONE.rjust(VALUE)] * len(self.names) if self.mode == "regression" else blank
            return self._line([*cells, f"{photo}: {' '.join((answer.error or '').split())}"])
        return self._line([*self._answer(answer.values), photo])

    def _answer(self, values: NDArray[np.float32]) -> list[str]:
        if self.mode == "regression":
            return [f"{value:.6g}".rjust(VALUE) for value in values]
        if self.mode == "multi_label" and self.top is None:
            present = self._present(values)
            names = ", ".join(shown(self.names[k]) for k in present) or NONE
            least = f"{min(values[k] for k in present):.1%}" if present else NONE
            return [padded(names, self._width), least.rjust(VALUE)]
        pairs = [(shown(self.names[k]), f"{values[k]:.1%}") for k in self._order(values)[: self.top or 1]]
        return [cell for name, share in pairs for cell in (padded(name, self._width), share.rjust(VALUE))]

    def _line(self, cells: Sequence[str]) -> bytes:
        return ("  ".join(cells) + "\n").encode("utf-8", "backslashreplace")
