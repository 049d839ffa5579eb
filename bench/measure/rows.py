"""Read the JSON of a run into typed rows, and check it against the format in `bench/README.md`."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.arms.cells import CENTRE, Cell
from bench.measure.fields import Fields, as_mapping
from pipeline.config import checks
from pipeline.errors import InputError, MissingPathError

__all__ = [
    "WORKERS",
    "Accuracy",
    "Figure",
    "Fit",
    "Limit",
    "Memory",
    "NotMeasured",
    "OtherRecord",
    "Results",
    "Throughput",
    "read",
]

Rates = tuple[float, ...]
WORKERS = "axis workers"
MEASURE = "pytest bench/ --benchmark-only --benchmark-json=F writes one"


@dataclasses.dataclass(frozen=True)
class Memory:
    """The bytes that a process and its children held; `None` if not measured."""

    high_water: float | None = None
    rss: float | None = None
    pss: float | None = None
    gpu: float | None = None
    processes: int | None = None


@dataclasses.dataclass(frozen=True)
class Throughput:
    """An arm at a point, with images a second in each round."""

    comparison: str
    arm: str
    cell: Cell
    rates: Rates
    limit: str | None = None
    setting: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    searched: Sequence[tuple[Mapping[str, Any], float | None]] = ()
    first_batch_seconds: float | None = None
    memory: Memory = Memory()

    @property
    def point(self) -> str:
        """The cell's name. On the axis of workers, which is not a field of a cell, it includes their number."""
        workers = self.setting.get("workers") if self.comparison == WORKERS else None
        return self.cell.name() + ("" if workers is None else f", workers {workers}")


@dataclasses.dataclass(frozen=True)
class Limit:
    """A limit of the machine that bounds arms, measured alone with one library.

    Args:
        limit: the name of the limit.
        by: the library that did the work.
        cores: the cores that it had; 0 stands for all.
        rates: images a second in each round.
        cell: the point; by default the central one.
        comparison: the comparison in which it was measured. Rounds of rows of the same comparison are paired.
    """

    limit: str
    by: str
    cores: int
    rates: Rates
    cell: Cell = CENTRE
    comparison: str | None = None


@dataclasses.dataclass(frozen=True)
class Fit:
    """A `model.fit` on the data of an arm, with images a second in each epoch."""

    comparison: str
    arm: str
    rates: Rates
    network: str = ""
    device: str = "CPU"
    setting: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    seconds: Rates = ()
    first_batch_seconds: float | None = None
    waiting: float | None = None


@dataclasses.dataclass(frozen=True)
class Accuracy:
    """The validation accuracy of an arm after a fixed number of epochs, for each seed."""

    arm: str
    epochs: int
    accuracies: Rates
    seconds: Rates = ()


@dataclasses.dataclass(frozen=True)
class Figure:
    """A single figure with its value in each round."""

    figure: str
    unit: str
    values: Rates


@dataclasses.dataclass(frozen=True)
class OtherRecord:
    """A record of pytest-benchmark that is not a row of this suite, with its name and seconds."""

    name: str
    seconds: Rates


@dataclasses.dataclass(frozen=True)
class NotMeasured:
    """A row that a run left out, and the reason."""

    row: str
    why: str


@dataclasses.dataclass(frozen=True)
class Results:
    """The content of one file."""

    path: Path
    environment: Mapping[str, Any]
    suite: Mapping[str, Any]
    not_measured: tuple[NotMeasured, ...]
    throughput: tuple[Throughput, ...]
    limits: tuple[Limit, ...]
    fits: tuple[Fit, ...]
    accuracies: tuple[Accuracy, ...]
    figures: tuple[Figure, ...]
    others: tuple[OtherRecord, ...]
    date: str = ""

    @property
    def cores(self) -> int:
        """The number of cores that an arm had if its cell does not restrict it."""
        named: Any = self.environment.get("cores")
        return int(named) if checks.is_integer(named) else max((limit.cores for limit in self.limits), default=0) or 1


def read(path: Path) -> Results:
    """Read all rows of a file that pytest-benchmark wrote.

    Raises:
        InputError: the file is missing, is not JSON of pytest-benchmark, or is empty; or a row lacks a field.
    """
    document = _document(path)
    records = document.get("benchmarks")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise InputError(f"{path} must be a JSON of pytest-benchmark ({MEASURE}). Received: no list of benchmarks")
    if not records:
        raise InputError(f"{path} must hold at least one benchmark. Received: none; was --benchmark-only given?")
    rows: dict[type, list[Any]] = {}
    for record in records:
        row = _row(path, record)
        rows.setdefault(type(row), []).append(row)
    machine = as_mapping(document.get("machine_info"))
    return Results(
        path=path,
        environment=as_mapping(machine.get("environment")),
        suite=as_mapping(document.get("suite")),
        not_measured=tuple(_not_measured(path, entry) for entry in document.get("not_measured") or ()),
        throughput=tuple(rows.get(Throughput, ())),
        limits=tuple(rows.get(Limit, ())),
        fits=tuple(rows.get(Fit, ())),
        accuracies=tuple(rows.get(Accuracy, ())),
        figures=tuple(rows.get(Figure, ())),
        others=tuple(rows.get(OtherRecord, ())),
        date=str(document.get("datetime", "")),
    )


def _document(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise MissingPathError(f"{path} must be a file ({MEASURE}). Received: nothing of that name") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} must be a readable JSON file. Received: {error}") from None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} must be JSON ({MEASURE}). Received: {checks.shown(text[:40])} ({error})") from None
    if not isinstance(document, dict):
        raise InputError(f"{path} must be a JSON of pytest-benchmark ({MEASURE}). Received: {checks.shown(document)}")
    return document


def _row(path: Path, record: Mapping[str, Any]) -> object:
    """Return a record as the type of its kind, or as `OtherRecord` if the kind is unknown."""
    info = as_mapping(record.get("extra_info"))
    name = str(record.get("fullname") or record.get("name") or "a benchmark without a name")
    make = _KINDS.get(str(info.get("kind")))
    if make is None:
        return OtherRecord(name, _seconds(as_mapping(record.get("stats"))))
    return make(Fields(f"{path}: {name}", info))


def _seconds(stats: Mapping[str, Any]) -> Rates:
    """Return the seconds of all rounds if they were saved, or else their minimum, median and maximum."""
    data = stats.get("data") or [stats.get(key) for key in ("min", "median", "max")]
    return tuple(float(value) for value in data if checks.is_finite(value)) if isinstance(data, list) else ()


def _throughput(row: Fields) -> Throughput:
    return Throughput(
        comparison=row.text("race"),
        arm=row.text("arm"),
        cell=row.cell(),
        rates=row.rates("rates"),
        limit=row.text("limit") if row.info.get("limit") else None,
        setting=row.mapping("setting"),
        searched=row.searched(),
        first_batch_seconds=row.maybe("first_batch_seconds"),
        memory=_memory(row),
    )


def _memory(row: Fields) -> Memory:
    fields = Fields(f"{row.where}: memory", row.mapping("memory"))
    processes = fields.maybe("processes")
    sizes = {name: fields.maybe(name) for name in ("high_water", "rss", "pss", "gpu")}
    return Memory(**sizes, processes=None if processes is None else int(processes))


def _limit(row: Fields) -> Limit:
    comparison = row.text("race") if row.info.get("race") else None
    return Limit(row.text("limit"), row.text("by"), row.integer("cores"), row.rates("rates"), row.cell(), comparison)


def _fit(row: Fields) -> Fit:
    return Fit(
        comparison=row.text("race"),
        arm=row.text("arm"),
        rates=row.rates("rates"),
        network=str(row.info.get("network") or ""),
        device=str(row.info.get("device") or "CPU"),
        setting=row.mapping("setting"),
        seconds=row.maybe_rates("seconds"),
        first_batch_seconds=row.maybe("first_batch_seconds"),
        waiting=row.maybe("waiting"),
    )


def _accuracy(row: Fields) -> Accuracy:
    return Accuracy(row.text("arm"), row.integer("epochs"), row.numbers("accuracies"), row.maybe_rates("seconds"))


def _figure(row: Fields) -> Figure:
    return Figure(row.text("figure"), str(row.info.get("unit") or ""), row.numbers("values"))


_KINDS: dict[str, Callable[[Fields], object]] = {
    "throughput": _throughput,
    "limit": _limit,
    "fit": _fit,
    "accuracy": _accuracy,
    "figure": _figure,
}


def _not_measured(path: Path, entry: object) -> NotMeasured:
    if isinstance(entry, dict) and {"row", "why"} <= set(entry):
        return NotMeasured(str(entry["row"]), str(entry["why"]))
    raise checks.refusal(f"{path}: not_measured", "a list of mappings of row and why", entry)
