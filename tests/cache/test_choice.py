"""The choice of a cache, and the limits of a container, from control groups laid out as the kernel does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cache.choice import choose_cache, disk_room
from pipeline.errors import InputError
from pipeline.runtime.memory import available_memory

GB = 10**9
UNLIMITED = 9223372036854771712  # what version 1 writes where there is no limit


def lay(folder: Path, files: dict[str, object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in files.items():
        (folder / name).write_text(f"{value}\n")


def v2(folder: Path, limit: object, used: int, stat: str = "anon 1\ninactive_file 0") -> None:
    lay(folder, {"memory.max": limit, "memory.current": used, "memory.stat": stat})


def v1(folder: Path, limit: object, used: int, stat: str = "cache 1\ntotal_inactive_file 0") -> None:
    lay(folder, {"memory.limit_in_bytes": limit, "memory.usage_in_bytes": used, "memory.stat": stat})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "cgroup"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a file like /proc/self/cgroup, of a process in no group of its own until a test writes it."""
    file = tmp_path / "own"
    file.write_text("0::/\n")
    return file


# The limits below are far under any machine's free memory, so that the group decides.


def test_a_version_2_limit_counts(root: Path, own: Path) -> None:
    v2(root, 3_000_000, 1_000_000)
    assert available_memory(root, own) == 2_000_000


def test_a_version_1_limit_counts(root: Path, own: Path) -> None:
    v1(root / "memory", 3_000_000, 1_000_000)
    assert available_memory(root, own) == 2_000_000


def test_file_pages_that_the_kernel_would_drop_count_as_free(root: Path, own: Path) -> None:
    v2(root, 3_000_000, 2_900_000, "anon 100000\nfile 9\ninactive_file 2500000\nactive_file 7")
    assert available_memory(root, own) == 2_600_000


def test_the_same_in_version_1_where_the_total_of_the_groups_below_counts(root: Path, own: Path) -> None:
    v1(root / "memory", 3_000_000, 2_900_000, "inactive_file 5\ntotal_inactive_file 2500000")
    assert available_memory(root, own) == 2_600_000


def test_the_group_that_the_process_is_in_and_those_above_it_count(root: Path, own: Path) -> None:
    """A batch system limits a group of its own below the root, where nothing is limited."""
    own.write_text("0::/system.slice/job_7/step_0\n")
    v2(root / "system.slice" / "job_7" / "step_0", "max", 1_000_000)
    v2(root / "system.slice" / "job_7", 5_000_000, 1_500_000)
    v2(root / "system.slice", "max", 1_500_000)
    assert available_memory(root, own) == 3_500_000


def test_the_same_in_version_1(root: Path, own: Path) -> None:
    own.write_text("12:pids:/other\n4:memory:/slurm/job_7\n0::/\n")
    v1(root / "memory" / "slurm" / "job_7", 4_000_000, 1_000_000)
    v1(root / "memory" / "slurm", UNLIMITED, 1_000_000)
    v1(root / "memory", UNLIMITED, 1_000_000)
    lay(root / "memory" / "other", {"memory.limit_in_bytes": 5, "memory.usage_in_bytes": 0})
    assert available_memory(root, own) == 3_000_000


def test_a_group_that_is_over_its_limit_leaves_nothing(root: Path, own: Path) -> None:
    v2(root, 1_000_000, 1_500_000)
    assert available_memory(root, own) == 0


@pytest.mark.parametrize("limit", ["max", UNLIMITED, "nonsense"])
def test_without_a_limit_the_machine_s_free_memory_counts(root: Path, own: Path, limit: object) -> None:
    v2(root, limit, 1_000_000)
    v1(root / "memory", limit, 1_000_000)
    assert 0.5 < available_memory(root, own) / psutil.virtual_memory().available < 2


def test_without_groups_the_machine_s_free_memory_counts(tmp_path: Path) -> None:
    free = available_memory(tmp_path / "none", tmp_path / "nothing")
    assert 0.5 < free / psutil.virtual_memory().available < 2


def test_the_limit_above_which_a_version_2_group_is_slowed_counts(root: Path, own: Path) -> None:
    v2(root, "max", 1_000_000)
    lay(root, {"memory.high": 2_500_000})
    assert available_memory(root, own) == 1_500_000


LIMITED = """
import resource, sys
import psutil
from pipeline.cache.choice import disk_room
from pipeline.runtime.memory import available_memory
from pathlib import Path

name, used = sys.argv[1:]
kind = getattr(resource, "RLIMIT_" + name)
taken = getattr(psutil.Process().memory_info(), used)
resource.setrlimit(kind, (taken + (300 << 20), resource.getrlimit(kind)[1]))
print(available_memory(), disk_room(Path("."), 0, None))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not hold a process to these limits")
@pytest.mark.parametrize(("name", "used"), [("AS", "vms"), ("DATA", "data")])
def test_a_process_s_own_limit_counts(name: str, used: str, tmp_path: Path) -> None:
    """`ulimit -v` and `ulimit -d`, set in a process; a mapped file takes addresses, and no memory of its own."""
    command = [sys.executable, "-c", LIMITED, name, used]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    memory, disk = map(int, done.stdout.split())
    assert 250 << 20 < memory <= 300 << 20
    assert (disk <= 300 << 20) == (name == "AS")


BUILT = """
import resource, sys
import psutil
import pipeline

photos, folder = sys.argv[1:]
options = {"image_size": 2000, "batch_size": 2, "verify": "never", "cache_folder": folder}
next(iter(pipeline.from_directory(photos, **options, cache="none").train))  # what TensorFlow takes to begin with
limit = psutil.Process().memory_info().vms + (3 << 30)
resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))
data = pipeline.from_directory(photos, **options, cache="auto")
images, _ = next(iter(data.train))
print(images.shape, data.cache)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not hold a process to this limit")
@pytest.mark.slow
def test_auto_heeds_ulimit_v(photo_folder: Callable[..., Path], tmp_path: Path) -> None:
    """2.2 GB of images where 3 GB of addresses are left: neither memory nor a mapped file, and training begins."""
    command = [sys.executable, "-c", BUILT, str(photo_folder({"a": 90, "b": 90}, (8, 8))), str(tmp_path)]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "(2, 2000, 2000, 3) none (auto): 2.2 GB of " in done.stdout


def test_here_and_now_it_is_some_of_this_machine_s_memory() -> None:
    assert 0 < available_memory() <= psutil.virtual_memory().total


# ---- the choice


@given(st.integers(0, 10**15), st.integers(0, 10**15))
def test_auto_takes_memory_up_to_half_of_what_is_free(needed: int, available: int) -> None:
    assert choose_cache("auto", needed, available).cache == ("memory" if 2 * needed <= available else "none")


def test_auto_says_what_it_chose_and_why() -> None:
    chosen = choose_cache("auto", 135_000_000, 4 * GB)
    assert chosen.reason == "memory (auto): 135 MB of 4.0 GB free, within the half that it may take"
    refused = choose_cache("auto", 3 * GB, 4 * GB)
    assert refused.reason == "none (auto): 3.0 GB of 4.0 GB free, more than the half that it may take"


def test_none_is_none() -> None:
    chosen = choose_cache("none", 1, GB)
    assert chosen.cache == "none"
    assert "as asked" in chosen.reason


def test_memory_as_asked_may_take_all_that_is_free_and_no_more() -> None:
    chosen = choose_cache("memory", GB, GB)
    assert chosen.cache == "memory"
    assert "as asked: 1.0 GB of 1.0 GB free" in chosen.reason
    with pytest.raises(InputError, match=r"needs 2\.0 GB of 1\.0 GB free; use cache='disk', cache='none' or a smaller"):
        choose_cache("memory", 2 * GB, GB)


def test_disk_as_asked_says_where() -> None:
    chosen = choose_cache("disk", GB, 0, 0, Path("there"))
    assert (chosen.cache, chosen.reason) == ("disk", "disk, as asked: 1.0 GB in there")


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, 10**12))
def test_auto_takes_disk_where_memory_is_too_small_and_half_of_the_disk_is_enough(
    needed: int, available: int, disk: int
) -> None:
    expected = "memory" if 2 * needed <= available else "disk" if 2 * needed <= disk else "none"
    assert choose_cache("auto", needed, available, disk, Path("there")).cache == expected


def test_auto_says_why_it_is_the_disk_or_nothing() -> None:
    chosen = choose_cache("auto", 3 * GB, 4 * GB, 6 * GB, Path("there"))
    assert chosen.reason == (
        "disk (auto): 3.0 GB in there, more than half of the 4.0 GB of free memory, "
        "within half of the 6.0 GB of free disk"
    )
    neither = choose_cache("auto", 3 * GB, 4 * GB, 5 * GB, Path("there"))
    assert neither.reason.endswith("more than the half that it may take; nor within half of the 5.0 GB of free disk")


def test_the_room_on_a_disk_is_what_is_free_and_what_is_kept_already(tmp_path: Path) -> None:
    free = psutil.disk_usage(str(tmp_path)).free
    not_there_yet = tmp_path / "a" / "b"
    assert 0.9 < (disk_room(not_there_yet, 10 * free, None) - 10 * free) / free < 1.1
    assert disk_room(not_there_yet, 0, 1000) == 2000  # half of which is the limit


def test_a_folder_that_is_a_file_has_the_room_of_the_disk_it_lies_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert disk_room(tmp_path / "file" / "below", 0, None) > 0
