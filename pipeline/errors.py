"""The errors that bad input raises. A message says what is wrong, the value received and what to do next.

A notebook shows an error as one line instead of a traceback. This module never imports IPython: where it runs, it has
been imported.
"""

from __future__ import annotations

import os
import sys
from typing import Any

__all__ = ["InputError", "MissingPathError", "interactive_shell", "rendered"]

RED, PLAIN = "\x1b[0;31m", "\x1b[0m"


class InputError(ValueError):
    """An error for wrong use or bad input. The message is one line for the user; commands exit with code 2."""

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython shows instead of a traceback."""
        return rendered(self)


class MissingPathError(InputError, FileNotFoundError):
    """An error for a file or folder that the caller named and that does not exist."""


def interactive_shell() -> Any:
    """Return IPython's shell, in a notebook or a terminal; `None` if Python runs without IPython."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return None if get_ipython is None else get_ipython()


def rendered(error: BaseException) -> list[str]:
    """Return an error's lines for IPython: its message, and the line of the user's code that led to it.

    IPython calls `_render_traceback_` of an error instead of formatting a traceback. After `%xmode Verbose` the whole
    traceback is returned.
    """
    found = interactive_shell()
    traceback: Any = getattr(found, "InteractiveTB", None)
    if getattr(traceback, "mode", "") == "Verbose":
        lines: list[str] = traceback.structured_traceback(type(error), error, error.__traceback__, tb_offset=1)
        return lines
    message = " ".join(str(error).split())
    return [f"{RED}{type(error).__name__}{PLAIN}: {message}", *_place(error)]


def _place(error: BaseException) -> list[str]:
    """Return the last line of the user's code before this package was called, with its file and number."""
    import linecache

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
