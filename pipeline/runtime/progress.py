"""Show progress and messages to people, on stderr, so that stdout carries data only.

In a notebook they go to stdout, because a notebook shows stderr on red as if it were an error.
"""

from __future__ import annotations

import contextlib
import io
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from pipeline.runtime.notebook import Bar, in_notebook

__all__ = ["is_terminal", "messages", "progress", "say"]

# Seconds between two lines of progress without a terminal: 120 lines an hour.
SECONDS_BETWEEN = 30.0


class _Nowhere(io.TextIOBase):
    """A stream that discards all text."""

    def write(self, text: str) -> int:
        return len(text)


def messages() -> Any:
    """Return the stream for messages to people; one that discards them if there is none, as under `pythonw`."""
    stream = sys.stdout if in_notebook() else sys.stderr
    return _Nowhere() if stream is None else stream


def is_terminal(stream: Any) -> bool:
    """Return whether a stream is a terminal; False for a closed stream."""
    try:
        return bool(stream.isatty())
    except (AttributeError, OSError, ValueError):
        return False


def say(text: str) -> None:
    """Print one line to the stream for messages."""
    print(text, file=messages(), flush=True)


@contextlib.contextmanager
def progress(title: str, total: int | None, every: float = SECONDS_BETWEEN) -> Iterator[Callable[[int], None]]:
    """Show a progress bar in a notebook or a terminal, and a line from time to time elsewhere.

    Args:
        title: the name of the work, such as "Reading photos".
        total: the number of steps; `None` if it is not known.
        every: seconds between two lines without a terminal. Work that takes less time prints no line.

    Yields:
        A function that is called with the number of steps finished since the last call.
    """
    if in_notebook():
        shown = Bar(title, total)
        try:
            yield shown.advance
        finally:
            shown.close()
        return
    if not is_terminal(sys.stderr):
        yield _lines(title, total, every)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
    )
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total, rate="")

        def advance(count: int) -> None:
            bar.advance(task, count)
            speed = bar.tasks[0].speed
            bar.update(task, rate=f"{speed:,.0f}/s" if speed else "")

        yield advance


def _lines(title: str, total: int | None, every: float) -> Callable[[int], None]:
    """Return a function that counts steps and prints a line when `every` seconds have passed since the last line."""
    done, begun = 0, time.monotonic()
    last = begun

    def advance(count: int) -> None:
        nonlocal done, last
        done += count
        now = time.monotonic()
        if now - last >= every:
            last = now
            rate = done / max(now - begun, 1e-9)
            if total is None:
                say(f"{title}: {done:,}, {rate:,.0f}/s")
                return
            left = _span((total - done) / rate) if rate else "an unknown time"
            say(f"{title}: {done:,} of {total:,}, {rate:,.0f}/s, {left} left")

    return advance


def _span(seconds: float) -> str:
    """Return a duration as text: "12 s", "5 min", "2.3 h"."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
