"""Group runs that differ only in their seed, and judge whether the differences between groups may be chance."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipeline.compare.runs import Run

__all__ = ["Group", "conclusions", "described", "differences", "grouped", "written"]

SEED = "seed"
# Fields on which the trained weights do not depend: where a run lies, how it is saved and cached.
IGNORED = (
    *("output", "overwrite", "resume", "data.verify", "data.download", "loader.cache_folder", "loader.cache_limit"),
    *("loader.cache_fingerprint", "train.checkpoint_steps", "train.checkpoint_minutes", "train.checkpoints"),
)
LONGEST = 50  # characters of a group's name that says what differs
# Fields that determine the photos on which validation accuracy is measured.
SHARES = ("data.validation_split", "data.split.validation", "data.split.test")
MEASURED_ON = ("data.validation", *SHARES, "data.dataset")


@dataclasses.dataclass(frozen=True)
class Group:
    """Runs that share everything but the seed.

    Args:
        name: the fields that tell it from other groups, such as `image.resize=pad`; the first run's name if that is
            too long or the group has a single run.
        runs: all runs of the group.
        counted: the finished runs, one for each seed.
    """

    name: str
    runs: tuple[Run, ...]
    counted: tuple[Run, ...]

    def mean(self, value: Callable[[Run], float | None]) -> float | None:
        """Return the mean over the counted runs, or `None` if there are none or one of them has no such value."""
        values = self._values(value)
        return statistics.fmean(values) if values else None

    def deviation(self, value: Callable[[Run], float | None]) -> float | None:
        """Return the sample standard deviation (n - 1) of the counted runs, or `None` if there are fewer than two."""
        values = self._values(value)
        return statistics.stdev(values) if len(values) > 1 else None

    def _values(self, value: Callable[[Run], float | None]) -> list[float]:
        values = [value(run) for run in self.counted]
        known = [one for one in values if one is not None]
        return known if len(known) == len(values) else []


def differences(runs: Sequence[Run]) -> list[str]:
    """Return the dotted names of the fields that differ between the runs, in the configuration's order."""
    configs = [run.config for run in runs if run.config is not None]
    names = dict.fromkeys(name for config in configs for name in config)
    return [
        name
        for name in names
        if name not in IGNORED and any(config.get(name) != configs[0].get(name) for config in configs)
    ]


def described(run: Run, names: Sequence[str]) -> str:
    """Return a run's values of these fields in one line: `image.resize=pad seed=1`."""
    if run.config is None:
        return "?"
    return " ".join(f"{name}={written(run.config.get(name))}" for name in names)


def written(value: Any) -> str:
    """Return a field's value as in a YAML file, without spaces."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list | tuple):
        return "[" + ",".join(written(one) for one in value) + "]"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def grouped(runs: Sequence[Run]) -> list[Group]:
    """Group the runs that differ only in their seed. The groups have the order of their first runs."""
    fields = [name for name in differences(runs) if name != SEED]
    together: dict[str, list[Run]] = {}
    for place, run in enumerate(runs):
        key = f"damaged {place}" if run.config is None else repr([run.config.get(name) for name in fields])
        together.setdefault(key, []).append(run)
    return [_group(members, fields) for members in together.values()]


def _group(runs: Sequence[Run], fields: Sequence[str]) -> Group:
    counted: dict[Any, Run] = {}
    for run in runs:
        if run.finished and run.config is not None:
            counted.setdefault(run.seed, run)
    return Group(_named(runs, fields), tuple(runs), tuple(counted.values()))


def _named(runs: Sequence[Run], fields: Sequence[str]) -> str:
    if len(runs) == 1:
        return runs[0].name
    name = described(runs[0], fields) or "all runs"
    if len(name) <= LONGEST:
        return name
    seeds = " of other seeds" if len({run.seed for run in runs}) == len(runs) else ""
    return f"{runs[0].name} and {len(runs) - 1} more{seeds}"


def conclusions(groups: Sequence[Group]) -> list[str]:
    """Return the conclusions that the figures allow, and warnings about those they do not, one in each line."""
    ranked = [group for group in groups if group.mean(_score) is not None]
    ranked.sort(key=lambda group: -(group.mean(_score) or 0))
    lines = [_spread(group) for group in ranked if group.deviation(_score) is not None]
    tasks: list[list[Group]] = []
    for group in ranked:  # only groups that were measured on the same task can be compared
        task = next((one for one in tasks if _task(one[0]) == _task(group)), None)
        if task is None:
            tasks.append([group])
        else:
            lines.append(_against(task[0], group))
            task.append(group)
    if len(tasks) > 1:
        names = "; ".join(", ".join(group.name for group in task) for task in tasks)
        same = len({repr(_classes(task[0])) for task in tasks}) == 1
        why = "were measured on other validation photos" if same else "tell other classes apart"
        lines.append(f"not compared with each other, since they {why}: {names}")
    lines += [_share(ranked[0])] if ranked and ranked[0].deviation(_score) is None else []
    return [*lines, *_not_comparable(groups), *_repeated(groups)]


def _classes(group: Group) -> Any:
    return group.runs[0].record.get("classes")


def _task(group: Group) -> Any:
    """Return a value that is equal for groups whose accuracy is measured on the same classes and photos."""
    config = group.runs[0].config or {}
    drawn = config.get("data.train") if _is_drawn(config) else None
    return _classes(group), *(config.get(name) for name in MEASURED_ON), drawn


def _is_drawn(config: Mapping[str, Any]) -> bool:
    """Return whether validation is a share of the training photos, drawn by the seed."""
    return any(config.get(name) is not None for name in SHARES)


def _score(run: Run) -> float | None:
    return run.val_accuracy


def _spread(group: Group) -> str:
    mean, deviation = group.mean(_score) or 0, group.deviation(_score) or 0
    return f"{group.name}: validation accuracy {mean:.3f} ± {deviation:.3f} (n = {len(group.counted)} seeds)"


def _against(best: Group, other: Group) -> str:
    difference = (best.mean(_score) or 0) - (other.mean(_score) or 0)
    deviations = [one for one in (best.deviation(_score), other.deviation(_score)) if one is not None]
    pair = f"{best.name}: {difference:.3f} better than {other.name}"
    if difference == 0:
        return f"{best.name} and {other.name} are equally good"
    if not deviations:
        return f"{pair}; with one seed each that may be chance: train both with two more seeds (--seed) to know"
    # If one of them has a single seed, the other's deviation is used for both.
    spread = sum(deviations) * 2 / len(deviations)
    if difference <= spread:
        return f"{pair}, which is within the spread of the seeds: chance may explain it"
    return f"{pair}, which is more than the spread of the seeds"


def _share(group: Group) -> str:
    """Return a sentence on how exactly a single run's accuracy is known from its number of validation photos."""
    from pipeline.reports.intervals import wilson

    run = group.counted[0]
    count, accuracy = run.validation_examples, run.val_accuracy
    if count is None or accuracy is None:
        return f"{run.name}: one seed; another seed gives another accuracy"
    low, high = wilson(round(accuracy * count), count)
    return f"{run.name}: on {count:,} validation photos {accuracy:.3f} means {low:.3f} to {high:.3f} (95 %, Wilson)"


def _not_comparable(groups: Sequence[Group]) -> list[str]:
    runs = [run for group in groups for run in group.runs if run.config is not None]
    fields = differences(runs)
    lines = []
    drawn = [run for run in runs if _is_drawn(run.config or {})]
    if drawn and SEED in fields:
        lines.append("the seed also draws which photos are kept for validation: that is part of the spread")
    return lines


def _repeated(groups: Sequence[Group]) -> list[str]:
    """Return a line for each run that repeats the configuration and the seed of another, and so adds no measurement."""
    return [
        f"{run.name} has the configuration and the seed of {one.name}: the two count as one"
        for group in groups
        for one in group.counted
        for run in group.runs
        if run.finished and run is not one and run.config is not None and run.seed == one.seed
    ]
