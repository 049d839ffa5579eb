"""Changes pictures at random and reads them, looking for a crash: `python -m tests.support.fuzz --seconds 600`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TextIO

from tests.support.corpus import mutations, sources
from tests.support.reader import CrashError, Reader

__all__ = ["fuzz", "main"]


def fuzz(seconds: float, seed: int, folder: Path | None, out: TextIO) -> list[bytes]:
    """Read changed pictures for so long.

    Args:
        seconds: how long.
        seed: of the changes.
        folder: where files that crash the reader are kept, or `None`.
        out: takes a line of what was done.

    Returns:
        the files that crashed it.
    """
    begun, done, read, crashes = time.monotonic(), 0, 0, []
    sound = sources()
    with Reader() as reader:
        while time.monotonic() - begun < seconds:
            for data in sound.values():
                for changed in mutations(data, seed + done, 1):
                    done += 1
                    try:
                        read += not isinstance(reader.read(changed), str)
                    except CrashError as error:
                        crashes.append(changed)
                        print(f"crash ({error}), {len(changed)} bytes", file=out)
                        if folder is not None:
                            folder.mkdir(parents=True, exist_ok=True)
                            (folder / f"crash-{seed}-{done}").write_bytes(changed)
    print(f"seed {seed}: {done:,} files, {read:,} read, {done - read:,} refused, {len(crashes)} crashes", file=out)
    return crashes


def main() -> int:
    """The command; exit code 1 where something crashed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=time.time_ns() % (1 << 31))
    parser.add_argument("--keep", type=Path, default=Path("crashes"), help="folder for the files that crash it")
    given = parser.parse_args()
    return int(bool(fuzz(given.seconds, given.seed, given.keep, sys.stdout)))


if __name__ == "__main__":
    sys.exit(main())
