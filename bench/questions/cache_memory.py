"""Measure how much memory a memory cache takes beyond the bytes of its images.

    python -m bench.questions.cache_memory [FOLDER] [N]

N photos, linked to those of FOLDER, are read with `cache="memory"` and with `cache="none"`, in turn, each in a new
process: by `from_directory` (uint8) and by `image_dataset_from_directory` (float32). Both read every photo. For each
the script prints:

- the bytes of the images;
- the growth of resident memory (the kernel's high-water mark minus the memory before the call), divided by those bytes,
  after the data are built and after an epoch: median of 3 rounds, and range;
- the same minus the growth with `cache="none"`, whose batches and decoders do not belong to the cache;
- the photos read a second.
"""

from __future__ import annotations

import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.arms.cells import Cell
from bench.measure.photos import Photos
from bench.measure.places import PHOTOS, ROOT

ROUNDS = 3
SIZE = 150
VALUES = SIZE * SIZE * 3  # values of an image


def _resident(field: str) -> int:
    """Return the resident memory of this process in bytes: its high-water mark (`"VmHWM"`) or as now (`"VmRSS"`)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1]) * 1024


def _builder(arm: str, cache: Any, folder: str) -> Callable[[], Any]:
    """Return a function that builds an arm's training batches and thereby reads every photo."""
    import pipeline

    if arm == "uint8":
        make = functools.partial(pipeline.from_directory, folder, image_size=SIZE, cache=cache, verify="always")
        return lambda: make().train
    return functools.partial(
        pipeline.image_dataset_from_directory,
        folder,
        image_size=(SIZE, SIZE),
        seed=0,
        cache=cache,
        on_error="skip",
        verbose=False,
    )


def read(arm: str, cache: str, folder: str) -> None:
    """Build the data and draw an epoch. Print the seconds to build, and the peak growth of memory after each."""
    from pipeline.runtime.startup import import_tensorflow

    import_tensorflow()
    build = _builder(arm, cache, folder)
    before, begun = _resident("VmRSS"), time.perf_counter()
    train = build()
    seconds, built = time.perf_counter() - begun, _resident("VmHWM") - before
    for _ in train:
        pass
    print(json.dumps({"seconds": seconds, "built": built, "epoch": _resident("VmHWM") - before}))


def _read(arm: str, cache: str, folder: str) -> dict[str, float]:
    """Run `read` in a new process with an empty cache home."""
    code = "import sys; from bench.questions.cache_memory import read; read(*sys.argv[1:])"
    with tempfile.TemporaryDirectory() as records:
        done = subprocess.run(
            [sys.executable, "-c", code, arm, cache, folder],
            cwd=ROOT,
            env={**os.environ, "XDG_CACHE_HOME": records},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return dict(json.loads(done.stdout))


def pairs(arm: str, photos: str, count: int, rounds: int = ROUNDS) -> list[tuple[dict[str, float], dict[str, float]]]:
    """Run `read` with and without the memory cache in turn.

    Args:
        arm: `"uint8"` or `"float32"`.
        photos: a folder of photos, to which links are made.
        count: the number of links.
        rounds: the number of rounds.

    Returns:
        The answers (with cache, without cache) of each round.
    """
    with tempfile.TemporaryDirectory() as work:
        folder = Photos(photos, Path(work))(Cell(count=count))
        return [(_read(arm, "memory", folder), _read(arm, "none", folder)) for _ in range(rounds)]


def _shown(values: list[float], places: int = 3) -> str:
    return f"{statistics.median(values):,.{places}f} ({min(values):,.{places}f} to {max(values):,.{places}f})"


def _report(arm: str, size: int, count: int, memory: list[dict[str, float]], none: list[dict[str, float]]) -> None:
    print(f"{arm}: {size / 1e6:,.0f} MB of pictures")
    for when in ("built", "epoch"):
        whole = [one[when] / size for one in memory]
        less = [(one[when] - other[when]) / size for one, other in zip(memory, none, strict=True)]
        print(f"    {when}: memory grows to {_shown(whole)} of them; less what an uncached run takes: {_shown(less)}")
    for name, rounds in (("memory", memory), ("none", none)):
        print(f"    {name}: {_shown([count / one['seconds'] for one in rounds], 0)} photos/s")


def main(photos: str = str(PHOTOS), count: str = "10000") -> None:
    """Measure and print the results."""
    for arm, itemsize in (("uint8", 1), ("float32", 4)):
        memory, none = map(list, zip(*pairs(arm, photos, int(count)), strict=True))
        _report(arm, int(count) * VALUES * itemsize, int(count), memory, none)


if __name__ == "__main__":
    main(*sys.argv[1:3])
