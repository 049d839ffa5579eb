"""Deleted data are released: files, mappings, arrays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import gc, os, resource, sys, weakref
import numpy as np
import pipeline
from pipeline.legacy import ImageDataGenerator

photos, folder = sys.argv[1:]
x, y = np.zeros((40, 16, 16, 3), np.uint8), np.arange(40) % 2


def from_disk():
    data = pipeline.from_directory(
        photos, validation_split=0.3, image_size=16, batch_size=4, cache="disk", cache_folder=folder
    )
    for split in (data.train, data.validation, data.stream):
        next(iter(split))
    return [data]


def keras_from_disk():
    pair = pipeline.image_dataset_from_directory(
        photos, validation_split=0.3, subset="both", seed=1, image_size=(16, 16), cache="disk", cache_folder=folder
    )
    for split in pair:
        next(iter(split))
    return pair


def from_memory():
    data = pipeline.from_directory(photos, validation_split=0.3, image_size=16, batch_size=4, cache="memory")
    next(iter(data.train)), next(iter(data.validation))
    return [data]


def from_arrays():
    own = x.copy()
    data = pipeline.from_arrays(own, y, validation_split=0.3, batch_size=4)
    next(iter(data.train)), next(iter(data.validation))
    return [data, own]


def from_iterator():
    flow = ImageDataGenerator(rotation_range=20).flow(x, y, batch_size=4)
    data = flow.as_dataset()
    next(iter(data))
    return [flow, data, flow._pixels]


def held():
    mapped = sum("/pixels" in line for line in open("/proc/self/maps"))
    return len(os.listdir("/proc/self/fd")), mapped


for make in (from_disk, keras_from_disk, from_memory, from_arrays, from_iterator):
    seen = []
    for _ in range(3):
        made = make()
        references = [weakref.ref(one) for one in made]
        del made
        gc.collect()
        assert not any(reference() is not None for reference in references), make.__name__
        seen.append(held())
    assert seen[1] == seen[2] == (seen[0][0], 0), (make.__name__, seen)

# So few files that a fourth build would not get one if the first three held theirs.
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + 6, most))
for _ in range(5):
    assert from_disk()[0].cache.startswith("disk")
    gc.collect()
    assert held()[1] == 0
print("all released")
"""


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="reads what Linux says of a process")
@pytest.mark.slow
def test_deleted_data_hold_no_file_and_no_memory(photo_folder: object, tmp_path: Path) -> None:
    folder = photo_folder({"a": 9, "b": 11}, (20, 18))  # type: ignore[operator]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", PROGRAM, str(folder), str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=400, check=False)
    assert done.stdout.endswith("all released\n"), done.stderr[-3000:]
