"""XLA's vector width: wide where nothing speaks against it, the user's where there is one, the same bits in each."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

RUN = """
import hashlib, os, sys
import tensorflow as tf

if len(sys.argv) > 1:
    tf.__version__ = sys.argv[1]
before = os.environ.get("XLA_FLAGS")
from pipeline.augment.compiled import augmentation
from pipeline.augment.draw import example_keys
from pipeline.config import Augment

values = tf.random.stateless_uniform([8, 61, 47, 3], [1, 2], 0, 256, tf.int32, alg="philox")
images = tf.cast(values, tf.uint8)
keys = example_keys(tf.range(8, dtype=tf.int64), tf.constant(0, tf.int64), 1)
digest = hashlib.sha256()
ranges = dict(rotation_range=40, shear_range=10, zoom_range=0.2, width_shift_range=0.2, horizontal_flip=True)
for fill_mode in ("nearest", "constant", "reflect", "wrap"):
    augment = Augment(**ranges, fill_mode=fill_mode, brightness_range=(0.5, 1.5), channel_shift_range=20)
    digest.update(augmentation(augment, 1 / 255)(images, keys).numpy().tobytes())
assert os.environ.get("XLA_FLAGS") == before, os.environ.get("XLA_FLAGS")
print(digest.hexdigest())
"""


def _run(folder: Path, flags: str = "", *arguments: str) -> tuple[str, set[str]]:
    """The augmented pictures' digest, and the widths that XLA compiled for."""
    environment = {**os.environ, "XLA_FLAGS": f"--xla_dump_to={folder} {flags}".strip()}
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    options = [path.read_text() for path in folder.glob("*.debug_options")]
    assert options
    return done.stdout.strip(), {width for text in options for width in re.findall(r"prefer_vector_width: (\d+)", text)}


@pytest.mark.slow
def test_wide_or_as_the_user_has_it_to_the_same_bits(tmp_path: Path) -> None:
    wide, found = _run(tmp_path / "wide")
    assert found == {"512"}
    narrow, found = _run(tmp_path / "narrow", "--xla_cpu_prefer_vector_width=128")
    assert found == {"128"}
    assert wide == narrow


@pytest.mark.slow
def test_a_tensorflow_that_was_not_tried_meets_no_flag(tmp_path: Path) -> None:
    assert "512" not in _run(tmp_path, "", "2.99.0")[1]


@pytest.mark.slow
def test_an_environment_without_flags_stays_without() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
    done = subprocess.run([sys.executable, "-c", RUN], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
