"""The process of one arm: `python -m bench.measure.worker TASK`, TASK in JSON; it answers each line of its input with one.

`{"do": "first"}` builds the stream and draws a batch; `{"do": "draw", "batches": n}` draws n more, and with `"seconds":
s`, what a batch takes, on until one had to be waited for; `{"do": "try", "setting": {...}, "seconds": s}` builds it
otherwise and answers with its rate. What libraries print goes to stderr. It ends with its input.
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

__all__ = ["Command", "answers_apart", "keep_cores", "serve"]

MOST = 100  # batches that lie ready at the most

Command = Callable[[dict[str, Any]], dict[str, Any]]


def answers_apart() -> TextIO:
    """Where answers go; what anything else prints goes to stderr from now on."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return answers


def serve(commands: dict[str, Command], answers: TextIO) -> None:
    """Say that it is ready, then answer until the input ends."""
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(commands[asked["do"]](asked)), file=answers, flush=True)


def keep_cores(count: int) -> None:
    """Use so many processors at most (0: all), before TensorFlow counts them."""
    allowed = sorted(os.sched_getaffinity(0))
    if 0 < count < len(allowed):
        os.sched_setaffinity(0, allowed[:count])


def gpu_memory() -> int | None:
    """Peak bytes that TensorFlow took of the first GPU; `None` where it sees none."""
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
        self.delivers = task["arm"] in ARMS  # a limit only counts, and begins its few photos anew
        self.batches: Iterator[Any] = iter(())
        self.arm.prepare()

    def first(self, _asked: dict[str, Any]) -> dict[str, Any]:
        """Seconds from the builder's call to its first batch."""
        folder, cell = self.task["folder"], Cell(**self.task["cell"])
        count = len(listed(folder))
        if self.delivers and count < cell.batch:  # for whole batches some would look for ever
            raise ValueError(f"{folder!r} must hold a batch of {cell.batch} photos at the least. Received: {count}")
        begun = time.perf_counter()
        self.batches = self.arm.stream(folder, cell, self.task["setting"])
        images = len(next(self.batches)[0])
        return {"seconds": time.perf_counter() - begun, "images": images}

    def attempt(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Images a second under a setting, once it has begun and nothing lies ready: enough to choose, no more."""
        self.task["setting"] = asked["setting"]
        self.first(asked)
        ahead = self.draw({"batches": self.arm.buffer // 2 + 1})
        batch = ahead["seconds"] / ahead["batches"]
        self.draw({"batches": 1, "seconds": batch})
        drawn = self.draw({"batches": max(1, round(asked["seconds"] / batch)), "seconds": batch})
        return {"rate": drawn["images"] / drawn["seconds"]}

    def draw(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Seconds for so many batches and, where `seconds` says what a batch takes, for more until one takes half that.

        Then none lies ready. Batches that are made side by side come in bursts, and AUTOTUNE lets a prefetch grow as
        long as memory lasts: a round that began or ended within a burst would count what was made in no time. From one
        wait to another a stream's rate is its own.
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
    answers = answers_apart()
    asked = json.loads(task)
    keep_cores(asked["cell"]["cores"])
    streaming = Streaming(asked)
    commands = {"first": streaming.first, "draw": streaming.draw, "try": streaming.attempt}
    serve(commands, answers)
    sys.stderr.flush()
    os._exit(0)  # without the minutes that some libraries' threads and pools take to end


if __name__ == "__main__":
    main(sys.argv[1])
