"""Public data sets: Keras' own from its cache folder, the digits without a network.

Nothing is downloaded: Keras looks into a folder that the test filled, and where it would fetch, a proxy that is not
there refuses at once.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from pipeline.sources.public import CIFAR100, load_public
from tests.support.places import ROOT

NOWHERE = "http://127.0.0.1:9"  # nothing listens there
CODE = """
import json, sys
from pipeline.errors import InputError
from pipeline.sources.public import load_public
found = []
for name in sys.argv[1:]:
    try:
        one = load_public(name)
        parts = [one.x, one.y, *(one.validation or ())]
        found.append([one.name, [[part.shape, int(part.sum())] for part in parts], one.notes])
    except InputError as error:
        found.append([str(error)])
print(json.dumps(found))
"""


def offline(home: Path) -> dict[str, str]:
    """Return the environment of a process without a network, whose Keras keeps its files in `home`."""
    kept = {name: value for name, value in os.environ.items() if name.lower() not in ("no_proxy", "keras_home")}
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), NOWHERE)
    return {**kept, **proxies, "KERAS_HOME": str(home), "PYTHONPATH": str(ROOT)}


def keep_fashion(home: Path) -> dict[str, np.ndarray]:
    """Write files in fashion_mnist's format, with other images, where Keras keeps them."""
    random = np.random.default_rng(0)
    folder = home / "datasets" / "fashion-mnist"
    folder.mkdir(parents=True)
    parts: dict[str, np.ndarray] = {}
    for part, count in (("train", 30), ("t10k", 10)):
        parts[part] = random.integers(0, 256, (count, 28, 28), np.uint8)
        labels = (np.arange(count) % 10).astype(np.uint8)
        for kind, head, content in (("images-idx3", 16, parts[part]), ("labels-idx1", 8, labels)):
            with gzip.open(folder / f"{part}-{kind}-ubyte.gz", "wb") as file:
                file.write(bytes(head) + content.tobytes())
    return parts


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make Keras' folder: fashion_mnist is complete, mnist's file is damaged, the others are missing."""
    return tmp_path_factory.mktemp("keras")


@pytest.fixture(scope="module")
def parts(home: Path) -> dict[str, np.ndarray]:
    return keep_fashion(home)


@pytest.fixture(scope="module")
def loaded(home: Path, parts: dict[str, np.ndarray]) -> tuple[dict[str, list[Any]], str]:
    """Load each data set in a new process, since Keras chooses its folder when it is imported."""
    (home / "datasets" / "mnist.npz").write_bytes(b"of another hash: Keras fetches it anew")
    names = ["fashion_mnist", "mnist", "cifar10"]
    command = [sys.executable, "-c", CODE, *names]
    done = subprocess.run(command, env=offline(home), capture_output=True, text=True, check=True)
    (line,) = done.stdout.splitlines()  # stdout carries data only: Keras' own messages go elsewhere
    return dict(zip(names, json.loads(line), strict=True)), done.stderr


Loaded = tuple[dict[str, list[Any]], str]


def test_what_keras_keeps_is_read_without_a_network(loaded: Loaded, parts: dict[str, np.ndarray]) -> None:
    name, arrays, notes = loaded[0]["fashion_mnist"]
    assert (name, notes) == ("fashion_mnist", [])
    sums = [[list(parts[part].shape), int(parts[part].sum())] for part in ("train", "t10k")]
    assert [arrays[0], arrays[2]] == sums
    assert "fetching fashion_mnist" not in loaded[1]


def test_mnist_becomes_the_digits_where_it_cannot_be_fetched_and_says_so(loaded: Loaded) -> None:
    name, arrays, notes = loaded[0]["mnist"]
    assert name == "digits"
    assert [shape for shape, _ in arrays] == [[1797, 8, 8], [1797]]  # no test part
    assert notes[0].startswith("mnist cannot be fetched (")
    assert "data: mnist cannot be fetched" in loaded[1]
    assert "digits stand in for it" in loaded[1]


def test_another_one_is_refused_with_where_to_put_it(loaded: Loaded, home: Path) -> None:
    (message,) = loaded[0]["cifar10"]
    assert message.startswith("data.dataset: cifar10 cannot be fetched: ")
    assert str(home / "datasets" / "cifar-10-batches-py-target_archive") in message
    assert message.endswith("data.dataset: digits needs neither")
    assert f"data: fetching cifar10 (170 MB), the first time only; kept in {home / 'datasets'}" in loaded[1]


def test_the_digits_are_scikit_learn_s_on_the_scale_of_bytes() -> None:
    found, original = load_public("digits"), load_digits()
    assert found.x.dtype == np.uint8
    assert (found.x.min(), found.x.max()) == (0, 255)
    assert np.abs(found.x - original.images * 255 / 16).max() <= 0.5
    np.testing.assert_array_equal(found.y, original.target)
    assert (found.validation, found.validation_split) == (None, 0.2)
    assert "not MNIST" in found.notes[0]


def test_the_hundred_classes_are_sorted_and_distinct() -> None:
    assert len(set(CIFAR100)) == 100
    assert list(CIFAR100) == sorted(CIFAR100)
