"""Public data sets: Keras' by its own loader from a folder of its cache, the digits without any network.

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

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = "http://127.0.0.1:9"  # discard: nothing listens there
CODE = """
import json, sys
from pipeline.errors import InputError
from pipeline.sources.public import load_public
try:
    found = load_public(sys.argv[1])
    parts = [found.x, found.y, *(found.validation or ())]
    print(json.dumps([found.name, [[part.shape, int(part.sum())] for part in parts], found.notes]))
except InputError as error:
    print(json.dumps([str(error)]))
"""


def offline(home: Path) -> dict[str, str]:
    """The environment of a process without network, whose Keras keeps its files in `home`."""
    kept = {name: value for name, value in os.environ.items() if name.lower() not in ("no_proxy", "keras_home")}
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), NOWHERE)
    return {**kept, **proxies, "KERAS_HOME": str(home), "PYTHONPATH": str(ROOT)}


def loaded(name: str, home: Path) -> tuple[list[Any], str]:
    """What a process of its own finds, and its stderr: Keras asks for its folder when it is imported."""
    done = subprocess.run([sys.executable, "-c", CODE, name], env=offline(home), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()  # stdout carries data only: Keras' own messages go elsewhere
    found: list[Any] = json.loads(line)
    return found, done.stderr


def keep_fashion(home: Path) -> dict[str, np.ndarray]:
    """Files as fashion_mnist's publisher gives them, of other pictures, where Keras keeps them."""
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


def test_what_keras_keeps_is_read_without_a_network(tmp_path: Path) -> None:
    parts = keep_fashion(tmp_path)
    found, err = loaded("fashion_mnist", tmp_path)
    assert found[0] == "fashion_mnist"
    sums = [[list(parts[part].shape), int(parts[part].sum())] for part in ("train", "t10k")]
    assert [found[1][0], found[1][2]] == sums
    assert "fetching" not in err


def test_mnist_becomes_the_digits_where_it_cannot_be_fetched_and_says_so(tmp_path: Path) -> None:
    kept = tmp_path / "datasets" / "mnist.npz"
    kept.parent.mkdir()
    kept.write_bytes(b"of another hash: Keras fetches it anew")
    found, err = loaded("mnist", tmp_path)
    assert found[0] == "digits"
    assert found[1][0][0] == [1797, 8, 8]
    assert len(found[1]) == 2  # no test part
    assert "mnist cannot be fetched" in found[2][0]
    assert "digits stand in for it" in err
    kept.unlink(missing_ok=True)
    _, err = loaded("mnist", tmp_path)
    assert f"data: fetching mnist (11 MB), the first time only; kept in {tmp_path / 'datasets'}" in err


@pytest.mark.parametrize(("name", "file"), [("fashion_mnist", "train-images-idx3-ubyte.gz"), ("cifar10", "cifar-10-")])
def test_another_one_is_refused_with_where_to_put_it(tmp_path: Path, name: str, file: str) -> None:
    ((message,), _) = loaded(name, tmp_path)
    assert message.startswith(f"data.dataset: {name} cannot be fetched: ")
    assert str(tmp_path / "datasets") in message
    assert file in message
    assert message.endswith("data.dataset: digits needs neither")


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
