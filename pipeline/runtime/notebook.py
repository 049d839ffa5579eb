"""A notebook: whether there is one, the bar that it shows, and its one line for an error; IPython is never imported.

A notebook's kernel has imported IPython before it runs a cell. Jupyter, VS Code and hosted notebooks all do.
"""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable
from typing import Any

__all__ = ["Bar", "in_ipython", "in_notebook", "rendered", "shell"]

# Between two updates of a bar: each is a message to the browser.
SECONDS_BETWEEN = 0.2
RED, PLAIN = "\x1b[0;31m", "\x1b[0m"


def _interactive() -> Any:
    """IPython's shell, of a notebook or a terminal; `None` where Python runs without it."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return None if get_ipython is None else get_ipython()


def shell() -> Any:
    """The shell of a notebook's kernel, or `None`."""
    found = _interactive()
    return found if getattr(found, "kernel", None) is not None else None


def in_ipython() -> bool:
    """Tell whether this process is IPython's, in a terminal or as a notebook's kernel."""
    return _interactive() is not None


def in_notebook() -> bool:
    """Tell whether this process runs a notebook's cells."""
    return shell() is not None


class Bar:
    """A progress bar below a notebook's cell: one output that changes, and goes away at the end.

    Args:
        title: names the work.
        total: steps in all; `None` where that is not known.
        clock: gives seconds.
    """

    def __init__(self, title: str, total: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        from IPython.display import display

        self._title, self._total, self._clock = title, total, clock
        self._done, self._note = 0, ""
        self._begun = self._last = clock()
        self._handle = display(self._shown(), raw=True, display_id=True)

    def advance(self, count: int, note: str = "") -> None:
        """Count steps that are done; `note` is text behind the figures."""
        self._done, self._note, now = self._done + count, note or self._note, self._clock()
        if now - self._last >= SECONDS_BETWEEN:
            self._last = now
            self._handle.update(self._shown(), raw=True)

    def close(self) -> None:
        """Take it away."""
        self._handle.update({"text/plain": "", "text/html": ""}, raw=True)

    def _shown(self) -> dict[str, str]:
        """The bar as HTML and as text, for frontends without HTML."""
        seconds = self._clock() - self._begun
        rate = f", {self._done / seconds:,.0f}/s" if self._done and seconds > 0 else ""
        of = "" if self._total is None else f" of {self._total:,}"
        text = f"{self._title}: {self._done:,}{of}{rate}{self._note and '  ' + self._note}"
        ends = "" if self._total is None else f'max="{max(self._total, 1)}" value="{self._done}"'
        bar = f'<progress style="width: 20em; vertical-align: middle" {ends}></progress>'
        return {"text/plain": text, "text/html": f"{bar} <span>{html.escape(text)}</span>"}


def rendered(error: BaseException) -> list[str]:
    """An error's lines for IPython: its message, and the line of the user's code that led to it.

    IPython calls `_render_traceback_` of an error in place of its own traceback. `%xmode Verbose` still shows all.
    """
    found = _interactive()
    traceback: Any = getattr(found, "InteractiveTB", None)
    if getattr(traceback, "mode", "") == "Verbose":
        lines: list[str] = traceback.structured_traceback(type(error), error, error.__traceback__, tb_offset=1)
        return lines
    message = " ".join(str(error).split())
    return [f"{RED}{type(error).__name__}{PLAIN}: {message}", *_place(error)]


def _place(error: BaseException) -> list[str]:
    """The line of the user's code that called this package, the last one before it."""
    import linecache
    import os

    package = __name__.partition(".")[0]
    place: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        code, line = trace.tb_frame.f_code, trace.tb_lineno
        module = str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
        if module == package:
            break
        source = linecache.getline(code.co_filename, line).strip()
        if source and module != "IPython":
            file = "" if module == "__main__" else f"{os.path.basename(code.co_filename)}, "
            place = [f"  {file}line {line}: {source}"]
        trace = trace.tb_next
    return place
