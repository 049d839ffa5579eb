"""Batches a second of each arm: `pytest bench/ --benchmark-only [--quick] [--data DIR]`.

Each arm runs in a fresh process; a first draw is thrown away (imports, compilation, AUTOTUNE's start, and for the
cached arms a whole epoch), then at least five rounds are timed. The table at the end of the run puts the medians
in ratio.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.arms import ARMS, BATCH

ROUNDS = 7
QUICK_ROUNDS = 5
# Batches a round, so that each round takes a second or more: the slow arms draw fewer.
SLOW, FAST, MEMORY = 8, 25, 100


class Worker:
    """One arm in a process of its own."""

    def __init__(self, arm: str, folder: str) -> None:
        command = [sys.executable, "-m", "bench.worker", arm, folder]
        root = Path(__file__).parent.parent
        self.process = subprocess.Popen(
            command,
            cwd=root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def draw(self, batches: int) -> dict[str, Any]:
        """Have it draw batches; its own account of them."""
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("the worker was started without pipes")
        self.process.stdin.write(f"{batches}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the worker ended: {self.process.communicate()[1][-2000:]}")
        return dict(json.loads(answer))

    def close(self) -> None:
        """End it by ending its input."""
        self.process.communicate()


@pytest.fixture
def worker(request: pytest.FixtureRequest, folder: str) -> Iterator[Worker]:
    """The arm in a process of its own, ended after the test."""
    started = Worker(request.param, folder)
    yield started
    started.close()


def batches_of(arm: str) -> int:
    """Batches a round."""
    if arm.startswith(("pipeline-memory", "pipeline-disk")) or arm.endswith("cached-plain"):
        return MEMORY
    if arm == "pipeline-with-keras-layers-augmented":
        return SLOW
    return FAST if arm.startswith(("pipeline", "legacy")) or "plain" in arm else SLOW


@pytest.mark.parametrize(("worker", "arm"), [(arm, arm) for arm in ARMS], indirect=["worker"], ids=list(ARMS))
def test_throughput(benchmark: Any, worker: Worker, arm: str, request: pytest.FixtureRequest) -> None:
    """Images a second of one arm."""
    batches = batches_of(arm)
    worker.draw(max(batches, 20))
    rounds = QUICK_ROUNDS if request.config.getoption("--quick") else ROUNDS
    answer = benchmark.pedantic(worker.draw, args=(batches,), rounds=rounds, warmup_rounds=0)
    assert answer["images"] == batches * BATCH
    benchmark.extra_info.update(arm=arm, images=answer["images"], peak=answer["peak"])
