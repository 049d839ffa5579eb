"""A matplotlib figure that a notebook shows, whether `%matplotlib inline` was run or not."""

from __future__ import annotations

import io
from typing import Any

from matplotlib.figure import Figure

from pipeline.runtime import notebook

__all__ = ["ShownFigure"]


class ShownFigure(Figure):
    """A figure that knows in which cell it was shown.

    A cell that shows it on purpose shows it once, even where the figure is the cell's value as well. In any later cell
    it is shown as the cell's value, like every figure.
    """

    _shown_in: int | None = None

    def show_in_notebook(self) -> None:
        """Show it below the cell that runs; do nothing outside a notebook."""
        shell = notebook.shell()
        if shell is not None:
            self._display()
            self._shown_in = shell.execution_count

    def _ipython_display_(self) -> None:
        """Show it as a cell's value; IPython asks this first, before what `%matplotlib inline` adds.

        Raises:
            NotImplementedError: this is no notebook; IPython then shows its text.
        """
        shell = notebook.shell()
        if shell is None:
            raise NotImplementedError
        if self._shown_in != shell.execution_count:
            self._display()

    def _display(self) -> None:
        from IPython.display import display

        png = io.BytesIO()
        self.savefig(png, format="png")
        shown: dict[str, Any] = {"image/png": png.getvalue(), "text/plain": repr(self)}
        display(shown, raw=True)
