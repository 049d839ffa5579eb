"""What a memory cache costs beyond its pictures: `python -m bench.questions.cache_memory [FOLDER] [N]`.

N photos, linked from those of FOLDER, are read once with `cache="memory"` and once with `cache="none"` that looks at
every photo as well, each in a process of its own that has read nothing before, in turn: by `from_directory` (uint8)
and by `image_dataset_from_directory` (float32). Prints for each the pictures' bytes; by how much resident memory
grows over what it was before the call, as the kernel's high-water mark has it, when the data are built and after an
epoch of training batches, and that over those bytes (median of 3 and range); the same less what `cache="none"` takes,
whose batches and decoders are no part of a cache; and photos read a second.
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
VALUES = SIZE * SIZE * 3  # of a picture


def _resident(field: str) -> int:
    """Resident memory of this process in bytes, from the kernel: `"VmHWM"`, its high-water mark, or `"VmRSS"`, now."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1]) * 1024


def _builder(arm: str, cache: Any, folder: str) -> Callable[[], Any]:
    """What makes the training batches of an arm; it reads every photo."""
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
    """Build, draw an epoch, answer in JSON: seconds to build, and by how much memory had grown at most after each."""
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
    """`read` in a process of its own, with a home for records that is empty."""
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
    """What `read` answers for `count` photos with the memory cache, and without, in turn.

    Args:
        arm: `"uint8"` or `"float32"`.
        photos: linked again and again until there are so many.
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
    """Measure and print."""
    for arm, itemsize in (("uint8", 1), ("float32", 4)):
        memory, none = map(list, zip(*pairs(arm, photos, int(count)), strict=True))
        _report(arm, int(count) * VALUES * itemsize, int(count), memory, none)


if __name__ == "__main__":
    main(*sys.argv[1:3])
