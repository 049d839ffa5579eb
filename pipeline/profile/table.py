"""Print a profile as a table with notes. This module does not import TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.profile.report import Measured
from pipeline.profile.timing import ROUNDS
from pipeline.profile.verdict import MODEL, OVERHEAD, percent
from pipeline.text.plurals import counted

__all__ = ["table"]

WHOLES = {
    "input": "the input alone (all but the model)",
    "model": "the model's step alone (always the same photos)",
    "together": "training (both together)",
}
APART = 1.25  # the notes warn if the fastest round is faster than the slowest by more than this factor
NAME, SHARE, TIME, RATE = 12, 9, 10, 16  # widths of the columns


def table(measured: Measured, record: Mapping[str, Any]) -> list[str]:
    """Return the lines of the table and of its notes.

    Args:
        measured: the measurements.
        record: the result of `pipeline.profile.report.record` for them.
    """
    lines = [f"{'':<{NAME}}{'share':>{SHARE}}{'µs/image':>{TIME}}{'alone':>{RATE}}{'limit':>{RATE}}"]
    lines += [_line(row) for row in record["stages"]]
    return [*lines, *_legend(record), *_notes(measured, record)]


def _line(row: Mapping[str, Any]) -> str:
    alone, limit = ("" if row[name] is None else f"{row[name]:,.0f}/s" for name in ("alone", "limit"))
    by = "; ".join(words for words in (row["limit_is"], row["beyond_limit"]) if words)
    share, time = percent(row["share"]), f"{row['microseconds']:,.0f}"
    return f"{row['name']:<{NAME}}{share:>{SHARE}}{time:>{TIME}}{alone:>{RATE}}{limit:>{RATE}}  {by}".rstrip()


def _legend(record: Mapping[str, Any]) -> Iterator[str]:
    names = [row["name"] for row in record["stages"]]
    yield "share: of all work on an image, here; µs: millionths of a second that the stage adds to an image's time;"
    yield "alone: images a second if there were this stage only; limit: images a second that the machine allows it"
    if OVERHEAD in names:
        yield f"{OVERHEAD}: what both together take beyond the sum of the two; {MODEL}: forward, backward, update"


def _notes(measured: Measured, record: Mapping[str, Any]) -> Iterator[str]:
    for name, words in WHOLES.items():
        if name in measured.timings:
            rate, (low, high) = measured.timings[name].rate, measured.timings[name].rates
            rounds = counted(len(measured.timings[name].rounds), "round")
            yield f"{words}: {rate:,.0f} images/s (from {low:,.0f} to {high:,.0f} in {rounds})"
    if "model" not in measured.timings:
        yield "no labels, so there is no model's step"
    if measured.gpu is None:
        yield "no GPU, so nothing is copied to one"
    if measured.cached:
        yield (
            f"filling the cache (read, decode, resize): {record['fill_seconds']:,.1f} s, once, for all "
            f"{counted(measured.photos, 'photo')} ({1 / measured.once:,.0f} images/s); not in the table"
        )
    yield f"a check: the stages' times alone add up to {percent(record['alone_to_whole'])} of the input's"
    yield "files were in memory already, where the system keeps what was read lately; from a slow disk they take longer"
    yield from _doubts(measured)


def _doubts(measured: Measured) -> Iterator[str]:
    """Yield the reasons to doubt the figures."""
    spread = max(timing.rates[1] / timing.rates[0] for name, timing in measured.timings.items() if name in WHOLES)
    if spread > APART:
        yield (
            f"rough figures: the fastest round was {spread:.1f} times as fast as the slowest, so something else ran on "
            "this machine; measure again when it is idle"
        )
    if measured.rounds < ROUNDS:
        yield f"only {counted(measured.rounds, 'round')} of {ROUNDS} fitted into the time: give more with --seconds N"
