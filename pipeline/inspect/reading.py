"""The one pass over all files: a few threads, a progress bar, results in the order of the files."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from pipeline.inspect.files import Judged, judge
from pipeline.inspect.listing import Found
from pipeline.progress import progress

__all__ = ["read_files"]

AT_ONCE = 16  # files a task; Pillow and the hash let go of Python's lock, the rest is short


def read_files(found: Sequence[Found], title: str) -> list[Judged]:
    """Judge every file.

    Args:
        found: N files.
        title: of the progress bar.

    Returns:
        N verdicts, in that order.
    """
    tasks = [found[first : first + AT_ONCE] for first in range(0, len(found), AT_ONCE)]
    judged: list[Judged] = []
    # What Pillow warns of is judged here, file by file; set once, since the filters are the process's.
    with warnings.catch_warnings(), progress(title, len(found)) as advance:
        warnings.simplefilter("ignore")
        pool = ThreadPoolExecutor(len(os.sched_getaffinity(0)))
        try:
            for some in pool.map(_judge, tasks):
                judged += some
                advance(len(some))
        finally:
            pool.shutdown(cancel_futures=True)
    return judged


def _judge(found: Sequence[Found]) -> list[Judged]:
    return [judge(one.path, one.listed) for one in found]
