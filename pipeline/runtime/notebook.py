"""Detect a notebook, and show a progress bar in it.

IPython is not imported to detect one: the kernel of Jupyter, VS Code or a hosted notebook has imported it before it
runs a cell.
"""

from __future__ import annotations

import html
import time
from collections.abc import Callable
from typing import Any

from pipeline.errors import interactive_shell

__all__ = ["Bar", "in_ipython", "in_notebook", "shell"]

# Seconds between two updates of a bar; each update is a message to the browser.
SECONDS_BETWEEN = 0.2


def shell() -> Any:
    """Return the shell of the notebook's kernel; `None` outside a notebook."""
    found = interactive_shell()
    return found if getattr(found, "kernel", None) is not None else None


def in_ipython() -> bool:
    """Return whether this process is IPython's, in a terminal or as a notebook's kernel."""
    return interactive_shell() is not None


def in_notebook() -> bool:
    """Return whether this process runs the cells of a notebook."""
    return shell() is not None


class Bar:
    """A progress bar below a notebook's cell. It is one output that is updated, and cleared at the end.

    Args:
        title: the name of the work.
        total: the number of steps; `None` if it is not known.
        clock: returns the time in seconds.
    """

    def __init__(self, title: str, total: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        from IPython.display import display

        self._title, self._total, self._clock = title, total, clock
        self._done, self._note = 0, ""
        self._begun = self._last = clock()
        self._handle = display(self._shown(), raw=True, display_id=True)

    def advance(self, count: int, note: str = "") -> None:
        """Count finished steps; `note` is a text after the numbers."""
        self._done, self._note, now = self._done + count, note or self._note, self._clock()
        if now - self._last >= SECONDS_BETWEEN:
            self._last = now
            self._handle.update(self._shown(), raw=True)

    def close(self) -> None:
        """Clear the bar."""
        self._handle.update({"text/plain": "", "text/html": ""}, raw=True)

    def _shown(self) -> dict[str, str]:
        """Return the bar as HTML, and as text for frontends without HTML."""
        seconds = self._clock() - self._begun
        rate = f", {self._done / seconds:,.0f}/s" if self._done and seconds > 0 else ""
        of = "" if self._total is None else f" of {self._total:,}"
        text = f"{self._title}: {self._done:,}{of}{rate}{self._note and '  ' + self._note}"
        ends = "" if self._total is None else f'max="{max(self._total, 1)}" value="{self._done}"'
        bar = f'<progress style="width: 20em; vertical-align: middle" {ends}></progress>'
        return {"text/plain": text, "text/html": f"{bar} <span>{html.escape(text)}</span>"}
