"""Show a matplotlib figure in a notebook exactly once, with and without `%matplotlib inline`."""

from __future__ import annotations

import io
from typing import Any

from matplotlib.figure import Figure

from pipeline.runtime import notebook

__all__ = ["ShownFigure"]


class ShownFigure(Figure):
    """A figure that remembers the cell in which it was shown.

    A cell that calls `show_in_notebook` shows the figure once, even if the figure is also the cell's value. A later
    cell whose value it is shows it again, like every figure.
    """

    _shown_in: int | None = None

    def show_in_notebook(self) -> None:
        """Show the figure below the running cell; do nothing outside a notebook."""
        shell = notebook.shell()
        if shell is not None:
            self._display()
            self._shown_in = shell.execution_count

    def _ipython_display_(self) -> None:
        """Show the figure as a cell's value; IPython calls this before the formatters of `%matplotlib inline`.

        Raises:
            NotImplementedError: this is not a notebook; IPython then shows the figure's text.
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
