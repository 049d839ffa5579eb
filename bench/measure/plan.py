"""List the comparisons of each suite: `--quick` (3 minutes), default (25 minutes on two cores), `--full` (all)."""

from __future__ import annotations

import dataclasses
import os
from typing import Literal

from bench.arms import ARMS
from bench.arms.cells import CENTRE, Cell
from bench.arms.limits import LIMITS
from bench.arms.package import service_settings
from bench.measure.comparison import Entry, Pace
from bench.measure.fits import Fit

__all__ = ["PACES", "Comparison", "Suite", "comparisons", "fits"]

Suite = Literal["quick", "default", "full"]
PACES: dict[Suite, Pace] = {"quick": Pace(5, 0.5, 1.5), "default": Pace(5, 0.8, 1.5), "full": Pace(9, 2.0, 5.0)}
PLAIN = CENTRE.changed(augmented=False)
# The arms along each axis: Keras' generator, Keras' layers and this package. In `--full` these are FILES.
THREE = ("generator", "keras-layers", "pipeline")
WORKERS = service_settings(2)
PEERS = tuple(name for name, arm in ARMS.items() if arm.needs or arm.why_not)
FILES = (*THREE, "generator-adapter", "drop-in", "pipeline-exact", "pipeline-memory", "pipeline-disk", *PEERS)
MOST = 8  # entries in a comparison, since all of them are in memory at once


@dataclasses.dataclass(frozen=True)
class Comparison:
    """A named list of entries whose rounds are paired."""

    name: str
    entries: tuple[Entry, ...]


def _comparison(name: str, arms: str | tuple[str, ...], *cells: Cell) -> Comparison:
    names = arms.split() if isinstance(arms, str) else arms
    return Comparison(name, tuple(Entry(arm, cell) for cell in cells for arm in names))


def _quick() -> list[Comparison]:
    return [
        _comparison("augmented", "generator keras-layers pipeline pipeline-memory drop-in", CENTRE),
        _comparison("plain", "generator pipeline pipeline-memory pipeline-disk", PLAIN),
        _comparison("limits", "pipeline limit-decode limit-warp", CENTRE),
    ]


def _limits() -> Comparison:
    one = CENTRE.changed(cores=1)
    limits = [Entry(name, one if "core" in name else CENTRE) for name in LIMITS]
    return Comparison("limits", (Entry("pipeline", CENTRE), *limits))


def _centre() -> list[Comparison]:
    """Return the comparisons that have every arm at the central point."""
    return [
        _comparison(
            "files augmented",
            "generator generator-adapter keras-layers keras-layers-in-model pipeline pipeline-exact drop-in "
            "drop-in-adapter",
            CENTRE,
        ),
        _comparison(
            "drop-in otherwise",
            "generator-function drop-in-function generator-arrays drop-in-arrays generator-arrays-float "
            "drop-in-arrays-float generator-whitened drop-in-whitened",
            CENTRE,
        ),
        _comparison("peers augmented", ("generator", "pipeline", *PEERS), CENTRE),
        _comparison(
            "caches augmented",
            "generator keras-layers-cached pipeline pipeline-in-model pipeline-with-keras-layers pipeline-memory "
            "pipeline-memory-in-model pipeline-disk",
            CENTRE,
        ),
        _comparison("files plain", "generator generator-adapter keras-layers pipeline pipeline-exact drop-in", PLAIN),
        _comparison("caches plain", "generator keras-layers-cached pipeline pipeline-memory pipeline-disk", PLAIN),
        _limits(),
    ]


def _axis(suite: Suite, name: str, *cells: Cell, default: int = 0) -> list[Comparison]:
    """Return the comparisons along an axis.

    The rows of the central point belong to each axis and are not measured again.

    Args:
        suite: the suite.
        name: the name of the axis.
        cells: the points on the axis.
        default: how many of the points the default suite has; 0 stands for all.
    """
    if suite == "full":
        entries = [Entry(arm, cell) for cell in cells for arm in FILES]
        return [Comparison(f"axis {name}", tuple(entries[at : at + MOST])) for at in range(0, len(entries), MOST)]
    return [_comparison(f"axis {name}", THREE, cell) for cell in (cells[:default] if default else cells)]


def _axes(suite: Suite) -> list[Comparison]:
    small = CENTRE.changed(batch=10)  # the generator would take half a minute for a batch of 100 large photos
    usable = len(os.sched_getaffinity(0))
    return [
        *_axis(suite, "side", CENTRE.changed(side=224), CENTRE.changed(side=75), default=1),
        *_axis(suite, "batch", *(CENTRE.changed(batch=batch) for batch in (32, 256))),
        *_axis(suite, "megapixels", *(small.changed(megapixels=size) for size in (0.15, 1, 12))),
        *_axis(suite, "count", *(CENTRE.changed(count=count) for count in (10_000, 100_000)), default=1),
        *_axis(suite, "pages", CENTRE.changed(pages="cold")),
        *_axis(suite, "cores", *(CENTRE.changed(cores=count) for count in (1, 2) if count < usable)),
        Comparison(
            "axis workers", (Entry("pipeline", CENTRE), *(Entry("pipeline-service", CENTRE, one) for one in WORKERS))
        ),
    ]


def comparisons(suite: Suite) -> list[Comparison]:
    """Return the comparisons of a suite in the order in which they run.

    Two comparisons may have the same name. Rounds are paired within a comparison only.
    """
    if suite == "quick":
        return _quick()
    more = [_comparison("peers plain", ("generator", "pipeline", *PEERS), PLAIN)] if suite == "full" else []
    return [*_centre(), *more, *_axes(suite)]


def fits(suite: Suite) -> list[list[Fit]]:
    """Return the comparisons of `model.fit`, one for each network and device."""
    if suite == "quick":
        return []
    arms = ["constant", "generator-adapter", "keras-layers", "pipeline", "pipeline-memory", "pipeline-memory-train"]
    more = ["drop-in-adapter", "pipeline-disk"] if suite == "full" else []
    places = [(network, device) for device in ("CPU", "GPU") for network in ("notebook", "light")]
    return [[Fit(arm, network, device) for arm in arms + more] for network, device in places]
