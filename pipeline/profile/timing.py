"""Time several sources of images in turn, round by round, so that a slow moment of the machine slows all of them."""

from __future__ import annotations

import dataclasses
import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence

__all__ = ["ROUNDS", "Probe", "Timing", "timed", "turns"]

ROUNDS, FEWEST = 5, 2
SHORTEST = 2  # a turn has at least so many draws, as a single draw may be fast by chance
LONGER = 2  # the rounds may take this many times the requested seconds before some are left out


@dataclasses.dataclass(frozen=True)
class Probe:
    """An endless source of images that is timed.

    Args:
        draw: makes the given number of draws and returns how many images they held.
        ready: the number of draws that may have been prepared before a turn. They are drawn first and not timed.
        least: the least number of draws in a turn: several times as many as are prepared at once, since those finish
            together.
    """

    draw: Callable[[int], int]
    ready: int = 0
    least: int = 1


@dataclasses.dataclass(frozen=True)
class Timing:
    """The time that an image took.

    Args:
        rounds: seconds an image in each round; at least one round.
    """

    rounds: tuple[float, ...]

    @property
    def seconds(self) -> float:
        """Seconds an image: the median of the rounds."""
        return statistics.median(self.rounds)

    @property
    def rate(self) -> float:
        """Images a second at the median."""
        return 1 / self.seconds

    @property
    def rates(self) -> tuple[float, float]:
        """Images a second of the slowest and of the fastest round."""
        return 1 / max(self.rounds), 1 / min(self.rounds)


def timed(
    probes: Mapping[str, Probe],
    *,
    seconds: float,
    advance: Callable[[int], object] = lambda count: None,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Timing]:
    """Time the probes in turn, round by round.

    The first draw compiles. The second shows how many draws make a turn. Neither is counted. Each round begins with
    another probe. There are `ROUNDS` rounds, or fewer (at least `FEWEST`) if that would take too long.

    Args:
        probes: the probes by name.
        seconds: about how long all turns should take.
        advance: called with the number of turns that are done since its last call. They add up to `turns(probes)`, in
            which the first two draws of a probe count as a turn.
        clock: returns the time in seconds.

    Returns:
        The timing of each probe by name.
    """
    turn = seconds / ROUNDS / max(len(probes), 1)
    draws, round_takes = {}, 0.0
    for name, probe in probes.items():
        probe.draw(1 + probe.ready)
        begun = clock()
        probe.draw(1)
        took = max(clock() - begun, 1e-6)
        draws[name] = max(SHORTEST, probe.least, math.ceil(turn / took))
        round_takes += took * (draws[name] + probe.ready)
        advance(1)
    rounds = min(ROUNDS, max(FEWEST, int(LONGER * seconds / max(round_takes, 1e-9))))
    taken: dict[str, list[float]] = {name: [] for name in probes}
    for number in range(rounds):
        for name in _rotated(list(probes), number):
            probe = probes[name]
            if probe.ready:
                probe.draw(probe.ready)
            begun = clock()
            images = probe.draw(draws[name])
            taken[name].append(max(clock() - begun, 1e-12) / images)
            advance(1)
    advance((ROUNDS - rounds) * len(probes))
    return {name: Timing(tuple(values)) for name, values in taken.items()}


def turns(probes: Mapping[str, Probe]) -> int:
    """Return the number of turns that `timed` reports to `advance` in all."""
    return len(probes) * (ROUNDS + 1)


def _rotated(names: Sequence[str], first: int) -> list[str]:
    """Return the names in their cyclic order, beginning with the one at `first`."""
    first %= max(len(names), 1)
    return [*names[first:], *names[:first]]
