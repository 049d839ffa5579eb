"""The command `python -m pipeline.compare`, which prints a table of training runs and draws their curves."""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.console.command import Command
from pipeline.console.streams import JSON, JSON_HELP, Parser, print_answer
from pipeline.errors import InputError
from pipeline.runtime.interrupt import Interrupts
from pipeline.runtime.progress import say

if TYPE_CHECKING:
    from pipeline.compare.groups import Group
    from pipeline.compare.runs import Run

__all__ = ["COMMAND", "EPOCHS", "PLOT", "arguments", "compared", "main"]

PROG = "python -m pipeline.compare"
DESCRIPTION = (
    "Compares training runs: the differences between their configurations, their accuracy, and the time they took. "
    "Runs that differ only in their seed form a group, since the result of one seed is partly chance. The table goes "
    "to stdout, whose last line is one JSON object; compare.png, compare.csv (every epoch) and compare.json go into "
    "--output. Exit codes: 0 done; 1 done, and something in a run is missing or damaged; 2 wrong use; 130 Ctrl-C and "
    "143 SIGTERM."
)
BASE = "comparisons"
PLOT, EPOCHS, RECORD = "compare.png", "compare.csv", "compare.json"


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command's arguments."""
    parser = Parser(prog=PROG, description=DESCRIPTION, allow_abbrev=False)
    parser.add_argument("runs", metavar="RUN", nargs="+", help="a run's folder, a folder of runs, or a pattern")
    parser.add_argument("--output", metavar="DIR", help=f"where the files go; default: {BASE}/DATE-TIME")
    parser.add_argument(JSON, action="store_true", help=JSON_HELP)
    return parser.parse_args(argv)


def _run(given: argparse.Namespace, _: Interrupts) -> int:
    found, text, code = compared(given)
    print_answer(found, text + "\n", json=given.json)
    return code


def compared(given: argparse.Namespace) -> tuple[dict[str, Any], str, int]:
    """Compare the runs and write the files.

    Args:
        given: the result of `arguments`.

    Returns:
        The record with the output folder, the table as text, and the exit code.

    Raises:
        InputError: a path is not a run and holds none, or the output folder cannot be used.
    """
    from pipeline.compare.groups import grouped
    from pipeline.compare.runs import find_runs, read
    from pipeline.compare.table import record, table

    folders, twice = find_runs(given.runs)
    for folder in twice:
        say(f"note: {folder} was named more than once; it is compared once")
    runs = [read(folder) for folder in folders]
    for run in runs:
        for problem in run.problems:
            say(f"{run.name}: {problem}")
    groups = grouped(runs)
    found = record(runs, groups)
    output = _write(given.output, runs, groups, json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    return {**found, "output": str(output)}, table(runs, groups), int(any(run.problems for run in runs))


def _write(output: str | None, runs: Sequence[Run], groups: Sequence[Group], record: str) -> Path:
    """Draw the curves, write all files, and return the folder."""
    from pipeline.compare.curves import curves_csv, draw_curves
    from pipeline.files.atomic import write_bytes, write_text

    plot = draw_curves(groups)
    with _folder(output, runs) as folder:
        if plot is not None:
            write_bytes(folder / PLOT, plot)
        else:
            (folder / PLOT).unlink(missing_ok=True)  # one of an earlier comparison
        write_text(folder / EPOCHS, curves_csv(runs))
        write_text(folder / RECORD, record)
    if plot is None:
        say("no run has an epoch yet: there is no plot")
    say(f"saved in {folder}: {EPOCHS}, {RECORD}{'' if plot is None else ', ' + PLOT}")
    return folder


@contextlib.contextmanager
def _folder(output: str | None, runs: Sequence[Run]) -> Iterator[Path]:
    """Make the output folder and yield it.

    Raises:
        InputError: it lies among the runs' photos, or cannot be written.
    """
    from pipeline.files.output_folder import check_outside, output_folder
    from pipeline.files.shortage import why
    from pipeline.runs.run_folder import make_named_by_time

    photos = [run.config.get(name) for run in runs if run.config for name in ("data.train", "data.validation")]
    try:
        if output is not None:
            with output_folder(output, photos) as folder:
                yield folder
            return
        check_outside("--output", BASE, photos)
        yield make_named_by_time(BASE)
    except OSError as error:
        raise InputError(f"--output cannot be written: {output or BASE!r}: {why(error, output or BASE)}") from None


COMMAND = Command(
    name="compare",
    summary="several trained runs side by side",
    place=50,
    arguments=arguments,
    run=_run,
    interrupted="interrupted; the comparison was not finished",
)
main = COMMAND.main
