"""The command `python -m bench.report.floors F`, which checks a run against the least ratios in `floors.toml`."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.arms.cells import CENTRE
from bench.measure.intervals import Estimate
from bench.measure.rows import Results, read
from bench.report.ratios import pair, paired
from pipeline.config import checks
from pipeline.console.arguments import run_command
from pipeline.console.streams import Parser
from pipeline.errors import InputError, MissingPathError

__all__ = ["FLOORS", "Floor", "main", "measure", "read_floors"]

FLOORS = Path(__file__).with_name("floors.toml")
DESCRIPTION = (
    "Fails where a ratio of a run lies below its floor with the whole of its 95 % interval. "
    "Exit codes: 0 all hold; 1 one is broken or not measured; 2 bad input."
)


@dataclasses.dataclass(frozen=True)
class Floor:
    """The least ratio of one arm's images a second to another's, at the central point.

    Args:
        arm: the numerator.
        against: the denominator.
        augmented: whether the ratio is that with augmentation.
        least: the least ratio.
        why: the reason for the ratio, and what was measured.
        comparison: the comparison that has both arms; `None` stands for any.
        optional: whether a run may lack the ratio.
    """

    arm: str
    against: str
    augmented: bool
    least: float
    why: str
    comparison: str | None = None
    optional: bool = False

    @property
    def name(self) -> str:
        """A name such as `pipeline ÷ generator, augmented`."""
        where = "" if self.comparison is None else f", {self.comparison}"
        return f"{self.arm} ÷ {self.against}, {'augmented' if self.augmented else 'plain'}{where}"


_KINDS: Mapping[str, tuple[type, str]] = {
    "arm": (str, "a text"),
    "against": (str, "a text"),
    "augmented": (bool, "true or false"),
    "least": (float, "a positive number"),
    "why": (str, "a text"),
    "race": (str, "a text"),
    "optional": (bool, "true or false"),
}

_FIELDS = {"race": "comparison"}  # keys of the file whose field has another name


def read_floors(path: Path) -> list[Floor]:
    """Read the floors of a TOML file.

    Raises:
        InputError: the file is missing or not TOML, or a key is unknown, missing, or of the wrong type.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MissingPathError(f"{path} must be a TOML file of floors. Received: nothing of that name") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} must be a TOML file of floors. Received: {error}") from None
    entries = document.get("floor")
    if set(document) != {"floor"} or not isinstance(entries, list) or not entries:
        raise checks.refusal(str(path), "[[floor]] entries alone, at least one", sorted(document))
    return [_floor(f"{path}: floor {k}", entry) for k, entry in enumerate(entries, 1)]


def _floor(where: str, entry: object) -> Floor:
    if not isinstance(entry, dict):
        raise checks.refusal(where, "a table", entry)
    for key, value in entry.items():
        if key not in _KINDS:
            raise checks.refusal(f"{where}: a key", f"one of {', '.join(_KINDS)}", key)
        kind, allowed = _KINDS[key]
        if not _is(value, kind):
            raise checks.refusal(f"{where}: {key}", allowed, value)
    missing = [key for key in ("arm", "against", "augmented", "least", "why") if key not in entry]
    if missing:
        raise InputError(f"{where} must have {', '.join(missing)}. Received: {checks.shown(sorted(entry))}")
    return Floor(**{_FIELDS.get(str(key), str(key)): value for key, value in entry.items()})


def _is(value: Any, kind: type) -> bool:
    if kind is float:
        return checks.is_finite(value) and value > 0
    return isinstance(value, kind) and value != ""


def measure(floor: Floor, results: Results) -> Estimate | None:
    """Return the ratio in a run, or `None` if no comparison has both arms."""
    cell = CENTRE.changed(augmented=floor.augmented)
    rows = pair(results.throughput, floor.arm, floor.against, cell, floor.comparison)
    return paired(*rows) if rows else None


def holds(floor: Floor, found: Estimate | None) -> bool:
    """Return whether a floor holds: the ratio's interval must reach it, and only an optional ratio may be missing."""
    return floor.optional if found is None else found.high >= floor.least


def _verdict(floor: Floor, found: Estimate | None) -> str:
    if found is None:
        return "not measured, which it may be" if floor.optional else "NOT MEASURED"
    return f"{found.shown()}: {'holds' if holds(floor, found) else 'BROKEN'}"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Raises:
        InputError: a file cannot be used.
    """
    parser = Parser(prog="python -m bench.report.floors", description=DESCRIPTION, allow_abbrev=False)
    parser.add_argument("file", metavar="F", type=Path, help="JSON of a run")
    parser.add_argument("--floors", metavar="TOML", type=Path, default=FLOORS, help="default: bench/report/floors.toml")
    given = parser.parse_args(argv)
    floors, results = read_floors(given.floors), read(given.file)
    found = [(floor, measure(floor, results)) for floor in floors]
    for floor, ratio in found:
        print(f"{floor.name}: at least {floor.least:g}; {_verdict(floor, ratio)} ({floor.why})")
    return int(not all(holds(floor, ratio) for floor, ratio in found))


if __name__ == "__main__":
    run_command(main)
