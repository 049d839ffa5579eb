"""Two arms in turn, round by round: `python -m bench.paired ARM AGAINST [FOLDER] [ROUNDS]`.

Each arm runs in a process of its own that is stopped (SIGSTOP) while the other draws: a drift of the machine's
speed falls on both, and neither fills its buffers in the other's time. Prints the machine, images a second of each and
the ratio pair by pair (medians with a 95 % interval), the seconds to the first batch, and the peak of resident memory
of each.
"""

from __future__ import annotations

import signal
import sys

from bench.conftest import PHOTOS
from bench.environment import environment, row
from bench.intervals import median_of, ratio_of
from bench.test_throughput import Worker, batches_of

ROUNDS = 7


def main(arm: str, against: str, folder: str = str(PHOTOS), rounds: str = str(ROUNDS)) -> None:
    """Measure and print."""
    print(row(environment()))
    workers = {name: Worker(name, folder) for name in (arm, against)}
    rates: dict[str, list[float]] = {name: [] for name in workers}
    peaks: dict[str, int] = {}
    first: dict[str, float] = {}
    for name, worker in workers.items():
        first[name] = worker.draw(1)["seconds"]
        worker.draw(max(batches_of(name), 20))
        worker.process.send_signal(signal.SIGSTOP)
    for _ in range(int(rounds)):
        for name, worker in workers.items():
            worker.process.send_signal(signal.SIGCONT)
            answer = worker.draw(batches_of(name))
            worker.process.send_signal(signal.SIGSTOP)
            rates[name].append(answer["images"] / answer["seconds"])
            peaks[name] = answer["peak"]
    for name, worker in workers.items():
        worker.process.send_signal(signal.SIGCONT)
        worker.close()
        print(f"{name}: images/s {median_of(rates[name]).shown(0)}")
    ratio = ratio_of(rates[arm], rates[against])
    print(f"{arm} / {against}: {ratio.shown()}")
    print(f"first batch: {first[arm]:.2f} / {first[against]:.2f} s")
    mine, theirs = peaks[arm] / 2**20, peaks[against] / 2**20
    print(f"peak memory: {mine:,.0f} / {theirs:,.0f} MB = {mine / theirs:.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:5])
