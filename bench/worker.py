"""A process of its own for one arm: `python -m bench.worker ARM FOLDER`, told on stdin how many batches to draw.

For each line with a number it draws that many batches and answers with the seconds they took and the process's
peak resident memory in bytes so far, as JSON. It ends with its input. Everything else goes to stderr.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path


def _peak_memory() -> int:
    """High-water mark of the process's resident memory in bytes, from the kernel."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def main(arm: str, folder: str) -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is not an answer
    from bench.arms import stream

    batches = stream(arm, folder)
    for line in sys.stdin:
        begun = time.perf_counter()
        images = 0
        for _ in range(int(line)):
            images += len(next(batches)[0])
        seconds = time.perf_counter() - begun
        print(
            json.dumps({"seconds": seconds, "images": images, "peak": _peak_memory()}),
            file=answers,
            flush=True,
        )


if __name__ == "__main__":
    main(*sys.argv[1:3])
