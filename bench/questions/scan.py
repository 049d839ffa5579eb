"""Measure the time and the memory to list a folder of a million photos.

    python -m bench.questions.scan [FILES] [ROUNDS]

The files are empty, since a scan does not open them. Each scan runs in a process of its own.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.measure.places import ROOT

__all__ = ["FILES", "measure"]

FILES = 1_000_000
CLASSES = 10
SCAN = """
import json, sys, time
from pathlib import Path
from pipeline.sources.directory import scan_directory

def resident(field):
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1]) * 1024

before, begun = resident("VmRSS"), time.perf_counter()
examples = scan_directory(sys.argv[1])
seconds = time.perf_counter() - begun
print(json.dumps({"files": len(examples), "seconds": seconds, "bytes": resident("VmHWM") - before}))
"""


def _fill(folder: str, files: int) -> None:
    for number in range(CLASSES):
        Path(folder, f"class_{number}").mkdir()
    for number in range(files):
        os.close(os.open(f"{folder}/class_{number % CLASSES}/photo_{number:07}.jpg", os.O_CREAT | os.O_WRONLY))


def measure(files: int, rounds: int) -> list[dict[str, float]]:
    """Return for each round the number of files found, the seconds, and the bytes by which memory grew at its peak."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        _fill(folder, files)
        command = [sys.executable, "-c", SCAN, folder]
        runs = [subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True) for _ in range(rounds)]
    return [dict(json.loads(run.stdout)) for run in runs]


def main(files: str = str(FILES), rounds: str = "3") -> None:
    """Measure and print the results."""
    found = measure(int(files), int(rounds))
    seconds, held = [one["seconds"] for one in found], [one["bytes"] / 1e6 for one in found]
    print(
        f"{int(files):,} files: {statistics.median(seconds):.1f} s ({min(seconds):.1f} to {max(seconds):.1f}), ", end=""
    )
    print(f"{statistics.median(held):.0f} MB ({min(held):.0f} to {max(held):.0f})")


if __name__ == "__main__":
    main(*sys.argv[1:3])
