"""Compare some arms by hand, in turn, round by round.

    python -m bench.questions.paired ARM AGAINST… [--plain] [--data DIR] [--rounds N]

The script prints the machine, images a second of each arm, the ratio of the first arm to each other one, paired round
by round (medians with a 95 % interval), the seconds to the first batch, and peak memory. Limits are arms too:
`limit-decode`.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.arms import find_arm
from bench.arms.cells import Cell
from bench.arms.listing import check_data
from bench.measure.comparison import Entry, Pace, Result, run
from bench.measure.environment import environment, row
from bench.measure.intervals import median_of, ratio_of
from bench.measure.photos import Photos
from bench.measure.places import default_photos
from bench.measure.plan import PACES
from bench.measure.search import SEARCH_SECONDS, search
from pipeline.console.arguments import run_command
from pipeline.console.streams import Parser
from pipeline.errors import InputError

__all__ = ["rounds"]

ROUNDS = 7


def _entry(name: str, cell: Cell, folder: str) -> Entry:
    """Return the entry of an arm with its fastest setting.

    Raises:
        InputError: no arm has this name, or it cannot run here.
    """
    try:
        arm = find_arm(name)
    except ValueError as error:
        raise InputError(str(error)) from None
    if why := arm.missing():
        raise InputError(f"{name} cannot run here: {why}")
    found = search(Entry(name, cell), folder, SEARCH_SECONDS)
    return Entry(name, cell, found[0][0] if found else {})


def _reason(words: str) -> str:
    """Return the line of a process's last output that names the exception."""
    lines = words.strip().splitlines()
    return next((line for line in reversed(lines) if re.match(r"[\w.]+(Error|Exception)\b", line)), lines[-1])


def _print(entries: list[Entry], results: list[Result]) -> None:
    for entry, result in zip(entries, results, strict=True):
        if result.failure:
            raise InputError(f"{entry.arm} failed: {_reason(result.failure)}")
        setting = f" {entry.setting}" if entry.setting else ""
        print(f"{entry.arm}{setting}: images/s {median_of(result.rates).shown(0)}")
    for entry, result in zip(entries[1:], results[1:], strict=True):
        print(f"{entries[0].arm} / {entry.arm}: {ratio_of(results[0].rates, result.rates).shown()}")
        print(f"    first batch: {results[0].first:.2f} / {result.first:.2f} s")
        mine, theirs = results[0].high_water / 2**20, result.high_water / 2**20
        print(f"    peak memory: {mine:,.0f} / {theirs:,.0f} MB = {mine / theirs:.3f}")


def _command(arguments: argparse.Namespace) -> int:
    print(row(environment()))
    cell = Cell(augmented=not arguments.plain, cores=arguments.cores)
    folder = arguments.data or default_photos()
    check_data(folder)
    entries = [_entry(name, cell, folder) for name in [arguments.arm, *arguments.against]]
    pace = Pace(arguments.rounds, PACES["default"].seconds, PACES["default"].warm_up)
    with TemporaryDirectory(prefix="bench-") as work:
        _print(entries, run(entries, Photos(folder, Path(work)), pace))
    return 0


def rounds(text: str) -> int:
    """Parse an argument that is a number of rounds."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be an integer of at least 1. Received: {text!r}")
    return int(text)


def main() -> int:
    """Run the command and return its exit code."""
    parser = Parser(prog="python -m bench.questions.paired", description="Compare arms against each other.")
    parser.add_argument("arm")
    parser.add_argument("against", nargs="*")
    parser.add_argument("--plain", action="store_true", help="without augmentation")
    parser.add_argument("--data", help="folder of photos, one folder a class")
    parser.add_argument("--rounds", type=rounds, default=ROUNDS)
    parser.add_argument("--cores", type=int, default=0, help="how many each may use (default: all)")
    return _command(parser.parse_args())


if __name__ == "__main__":
    run_command(main)
