"""The process of one arm: `python -m bench.measure.worker TASK`, with the task as JSON.

The process reads commands as lines of JSON and answers each with a line:

- `{"do": "first"}` builds the stream and draws the first batch.
- `{"do": "draw", "batches": n}` draws n batches. With `"seconds": s`, the usual time of a batch, it goes on until it
  had to wait for a batch.
- `{"do": "try", "setting": {...}, "seconds": s}` builds the stream with this setting and answers with its rate.

Everything that libraries print goes to stderr. The process ends when its input ends.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from bench.arms.cells import Cell
from bench.arms.listing import listed

__all__ = ["Command", "limit_cores", "separate_answers", "serve"]

MOST = 100  # an arm has at most so many batches ready

Command = Callable[[dict[str, Any]], dict[str, Any]]


def separate_answers() -> TextIO:
    """Return a stream to the present stdout for the answers, and send everything else that is printed to stderr."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return answers


def serve(commands: dict[str, Command], answers: TextIO) -> None:
    """Report that the process is ready, then answer commands until the input ends."""
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(commands[asked["do"]](asked)), file=answers, flush=True)


def limit_cores(count: int) -> None:
    """Use at most this many cores (0: all). This must come before TensorFlow counts them."""
    allowed = sorted(os.sched_getaffinity(0))
    if 0 < count < len(allowed):
        os.sched_setaffinity(0, allowed[:count])


def gpu_memory() -> int | None:
    """Return the peak bytes that TensorFlow used on the first GPU, or `None` if it sees none."""
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is None or not tensorflow.config.list_physical_devices("GPU"):
        return None
    return int(tensorflow.config.experimental.get_memory_info("GPU:0")["peak"])


class Streaming:
    """An arm's stream, drawn from on request."""

    def __init__(self, task: dict[str, Any]) -> None:
        from bench.arms import ARMS, find_arm

        self.task = task
        self.arm = find_arm(task["arm"])
        self.delivers = task["arm"] in ARMS  # a limit repeats its photos, so it needs no whole batch of them
        self.batches: Iterator[Any] = iter(())
        self.arm.prepare()

    def first(self, _asked: dict[str, Any]) -> dict[str, Any]:
        """Build the stream and draw its first batch; answer with the seconds that this took."""
        folder, cell = self.task["folder"], Cell(**self.task["cell"])
        count = len(listed(folder))
        if self.delivers and count < cell.batch:  # some arms would wait forever for a whole batch
            raise ValueError(f"{folder!r} must hold a batch of {cell.batch} photos at the least. Received: {count}")
        begun = time.perf_counter()
        self.batches = self.arm.stream(folder, cell, self.task["setting"])
        images = len(next(self.batches)[0])
        return {"seconds": time.perf_counter() - begun, "images": images}

    def attempt(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer with images a second under a setting, roughly measured, after the buffered batches are drawn."""
        self.task["setting"] = asked["setting"]
        self.first(asked)
        ahead = self.draw({"batches": self.arm.buffer // 2 + 1})
        batch = ahead["seconds"] / ahead["batches"]
        self.draw({"batches": 1, "seconds": batch})
        drawn = self.draw({"batches": max(1, round(asked["seconds"] / batch)), "seconds": batch})
        return {"rate": drawn["images"] / drawn["seconds"]}

    def draw(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Draw batches and answer with their number, their images and the seconds.

        With `seconds`, the usual time of a batch, further batches are drawn until one takes at least half of that time,
        so that none is ready. Batches that are made in parallel arrive in bursts, and AUTOTUNE may make a long buffer.
        A round that began or ended within a burst would count batches that were made in another round. From one wait to
        the next, the rate of a stream is its true one.
        """
        begun = now = time.perf_counter()
        images, count, took = 0, 0, math.inf
        while count < asked["batches"] or (took < asked.get("seconds", 0) / 2 and count < asked["batches"] + MOST):
            images += len(next(self.batches)[0])
            count, before, now = count + 1, now, time.perf_counter()
            took = now - before
        return {"seconds": now - begun, "images": images, "batches": count, "gpu": gpu_memory()}


def main(task: str) -> None:
    """Answer until the input ends."""
    answers = separate_answers()
    asked = json.loads(task)
    limit_cores(asked["cell"]["cores"])
    streaming = Streaming(asked)
    commands = {"first": streaming.first, "draw": streaming.draw, "try": streaming.attempt}
    serve(commands, answers)
    sys.stderr.flush()
    os._exit(0)  # since the threads and pools of some libraries take minutes to end


if __name__ == "__main__":
    main(sys.argv[1])
