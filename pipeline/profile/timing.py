"""Things that hand over images, timed side by side in rounds: what slows the machine for a while slows all alike."""

from __future__ import annotations

import dataclasses
import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence

__all__ = ["ROUNDS", "Probe", "Timing", "timed", "turns"]

ROUNDS, FEWEST = 5, 2
SHORTEST = 2  # draws a turn, so that a turn is no single lucky one
LONGER = 2  # times as long as they should, before rounds are left out


@dataclasses.dataclass(frozen=True)
class Probe:
    """Something that hands over images without end.

    Args:
        draw: makes so many draws and returns how many images they held.
        ready: draws that may lie ready from before a turn begins; they are taken away untimed.
        least: draws a turn at the least: several times what is made side by side and comes in bursts.
    """

    draw: Callable[[int], int]
    ready: int = 0
    least: int = 1


@dataclasses.dataclass(frozen=True)
class Timing:
    """What an image took, in seconds.

    Args:
        rounds: one figure a round, at least one.
    """

    rounds: tuple[float, ...]

    @property
    def seconds(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.rounds)

    @property
    def rate(self) -> float:
        """Images a second, of the median."""
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
    """Time the probes turn by turn.

    A first draw compiles and a second says how many make a turn; neither counts. Each round begins with another probe.
    There are `ROUNDS` of them, or fewer, down to `FEWEST`, where a draw takes so long that they would not end in time.

    Args:
        probes: by name.
        seconds: what all turns should take.
        advance: called with how many turns are done since the last call, the first draws being a turn: `turns(probes)`
            in all.
        clock: seconds.
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
        for name in _from(list(probes), number):
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
    """What `advance` of `timed` adds up to."""
    return len(probes) * (ROUNDS + 1)


def _from(names: Sequence[str], first: int) -> list[str]:
    first %= max(len(names), 1)
    return [*names[first:], *names[:first]]
