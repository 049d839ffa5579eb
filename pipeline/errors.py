"""The errors that bad input raises: each names the thing, the value received and the way out.

A notebook shows one line of them in place of a traceback. IPython is never imported: a kernel has imported it.
"""

from __future__ import annotations

import os
import sys
from typing import Any

__all__ = ["InputError", "MissingPathError", "interactive_shell", "rendered"]

RED, PLAIN = "\x1b[0;31m", "\x1b[0m"


class InputError(ValueError):
    """Wrong use or bad input. The message is one line for the person who made it; commands exit with 2."""

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython shows in place of a traceback: the message is made to be enough."""
        return rendered(self)


class MissingPathError(InputError, FileNotFoundError):
    """A file or folder that the caller named is not there."""


def interactive_shell() -> Any:
    """IPython's shell, of a notebook or a terminal; `None` where Python runs without it."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return None if get_ipython is None else get_ipython()


def rendered(error: BaseException) -> list[str]:
    """An error's lines for IPython: its message, and the line of the user's code that led to it.

    IPython calls `_render_traceback_` of an error in place of its own traceback. `%xmode Verbose` still shows all.
    """
    found = interactive_shell()
    traceback: Any = getattr(found, "InteractiveTB", None)
    if getattr(traceback, "mode", "") == "Verbose":
        lines: list[str] = traceback.structured_traceback(type(error), error, error.__traceback__, tb_offset=1)
        return lines
    message = " ".join(str(error).split())
    return [f"{RED}{type(error).__name__}{PLAIN}: {message}", *_place(error)]


def _place(error: BaseException) -> list[str]:
    """The line of the user's code that called this package, the last one before it."""
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
