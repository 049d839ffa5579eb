"""The one pass over all files: a few threads, a progress bar, results in the order of the files."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from pipeline.config import MAX_PIXELS
from pipeline.reports.file_faults import Judged, judge
from pipeline.reports.listing import Found
from pipeline.runtime.machine import cores
from pipeline.runtime.progress import progress

__all__ = ["read_files"]

AT_ONCE = 16  # files a task; Pillow and the hash let go of Python's lock, the rest is short


def read_files(found: Sequence[Found], title: str, max_pixels: int = MAX_PIXELS) -> list[Judged]:
    """Judge every file.

    Args:
        found: N files.
        title: of the progress bar.
        max_pixels: a picture that claims more is refused.

    Returns:
        N verdicts, in that order.
    """
    tasks = [found[first : first + AT_ONCE] for first in range(0, len(found), AT_ONCE)]
    judged: list[Judged] = []
    # What Pillow warns of is judged here, file by file; set once, since the filters are the process's.
    with warnings.catch_warnings(), progress(title, len(found)) as advance:
        warnings.simplefilter("ignore")
        pool = ThreadPoolExecutor(cores())
        try:
            for some in pool.map(functools.partial(_judge, max_pixels), tasks):
                judged += some
                advance(len(some))
        finally:
            pool.shutdown(cancel_futures=True)
    return judged


def _judge(max_pixels: int, found: Sequence[Found]) -> list[Judged]:
    return [judge(one.path, one.listed, max_pixels) for one in found]
