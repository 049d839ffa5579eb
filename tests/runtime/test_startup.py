"""TensorFlow is imported without noise, and other messages are still shown."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.places import ROOT

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder


def run(code: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run code in a new process, whose stderr is file descriptor 2 for C++ and Python."""
    script = f"import os, sys\nfrom pipeline.runtime.startup import without_noise, import_tensorflow\n{code}"
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, check=False,
        encoding="utf-8", errors="replace",
    )  # fmt: skip


NOISY = r"""
with without_noise():
    os.write(2, b"I0000 port.cc:153] oneDNN custom operations are on. You may see slightly different\n")
    os.write(2, b"E0000 cuda_blas.cc] Unable to register cuBLAS factory\n")
    print("W0000 Could not find cuda drivers on your machine", file=sys.stderr)
    print("something went wrong", file=sys.stderr)
    os.write(2, b"bad \xff byte\n")
print("after", file=sys.stderr)
print("data")
"""


def test_known_noise_is_dropped_and_the_rest_passed_on_in_order() -> None:
    """Hold back lines that C++ and Python write."""
    done = run(NOISY)
    assert (done.returncode, done.stdout) == (0, "data\n")
    assert done.stderr.splitlines() == [
        "E0000 cuda_blas.cc] Unable to register cuBLAS factory",
        "something went wrong",
        "bad \ufffd byte",
        "after",
    ]


def test_what_was_said_before_an_error_is_passed_on() -> None:
    done = run("with without_noise():\n    os.write(2, b'libfoo.so is missing\\n')\n    raise ImportError('x')")
    assert done.returncode == 1
    assert done.stderr.startswith("libfoo.so is missing\nTraceback")


@pytest.mark.slow
@pytest.mark.parametrize("level", [None, "0"])
def test_the_import_says_nothing_unless_something_is_wrong(level: str | None) -> None:
    """Show TensorFlow's other messages if the user asked for them."""
    environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    if level is not None:
        environment["TF_CPP_MIN_LOG_LEVEL"] = level
    done = run(
        "import_tensorflow()\nassert 'tensorflow' in sys.modules\n"
        "print(os.environ['TF_CPP_MIN_LOG_LEVEL']); print('later', file=sys.stderr)",
        environment,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{level or 3}\n"
    if level is None:
        assert done.stderr == "later\n"
    assert done.stderr.endswith("later\n")
    assert "oneDNN custom operations" not in done.stderr


def test_noise_of_two_threads_at_once_is_held_back_and_descriptor_2_is_the_same_in_the_end() -> None:
    code = """
import threading
before = os.fstat(2)
together = threading.Barrier(4)
def start():
    together.wait()
    for _ in range(20):
        with without_noise():
            os.write(2, b"I0000 oneDNN custom operations are on\\n")
threads = [threading.Thread(target=start) for _ in range(4)]
[one.start() for one in threads]; [one.join() for one in threads]
assert os.fstat(2) == before
print("after", file=sys.stderr)
"""
    done = run(code)
    assert (done.returncode, done.stderr) == (0, "after\n")


def test_without_a_stderr_there_is_nothing_to_hold_back() -> None:
    done = run("os.close(2)\nsys.stderr = None\nwith without_noise():\n    print('done')")
    assert (done.returncode, done.stdout) == (0, "done\n")


def test_keras_does_not_warn_of_data_that_are_in_an_order_of_their_own(photo_folder: PhotoFolder) -> None:
    """Silence Keras' warning about `shuffle`, but respect a user's own filter."""
    import warnings

    import keras

    from pipeline import from_directory, image_dataset_from_directory

    folder = photo_folder({"a": 2, "b": 2})
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for dataset in (
            from_directory(folder, image_size=8, batch_size=2).train,
            image_dataset_from_directory(str(folder), image_size=8, batch_size=2, verbose=False),
        ):
            model.fit(dataset, verbose=0)
    assert [str(one.message) for one in caught if "shuffle" in str(one.message)] == []
