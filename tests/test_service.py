"""A tf.data service: the same batches from a worker in another process, and what it cannot do refused before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from bench.arms.package import start_worker
from pipeline import Augment, from_directory
from pipeline.errors import InputError

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder


@pytest.fixture
def service() -> Iterator[str]:
    """The address of a dispatcher with one worker in a process of its own."""
    dispatcher = tf.data.experimental.service.DispatchServer()
    address = dispatcher.target.removeprefix("grpc://")
    with start_worker(address) as process:
        yield dispatcher.target
        assert process.stdin is not None
        process.stdin.close()


def drawn(stream: tf.data.Dataset, count: int) -> list[tuple[Any, Any]]:
    return list(stream.take(count).as_numpy_iterator())


def test_a_worker_makes_the_same_batches(service: str, photo_folder: PhotoFolder) -> None:
    root = photo_folder({"cats": 6, "dogs": 6})
    augment = Augment(rotation_range=40, zoom_range=0.2)
    data = from_directory(root, image_size=24, batch_size=4, cache="none", augment=augment)
    data.check_for_service()
    off = tf.data.experimental.service.ShardingPolicy.OFF
    shared = data.stream.apply(tf.data.experimental.service.distribute(off, service))
    for here, there in zip(drawn(data.stream, 5), drawn(shared, 5), strict=True):
        np.testing.assert_array_equal(here[0], there[0])
        np.testing.assert_array_equal(here[1], there[1])


def test_photos_that_are_for_pillow_are_named(photo_folder: PhotoFolder) -> None:
    root = photo_folder({"cats": 4, "dogs": 4})
    Image.new("P", (20, 20)).save(root / "cats" / "palette.png")
    Image.new("CMYK", (20, 20)).save(root / "dogs" / "print.jpg")
    Image.new("RGB", (20, 20)).save(root / "dogs" / "usual.png")
    data = from_directory(root, image_size=16, batch_size=4, cache="none")
    assert len(drawn(data.stream, 2)) == 2
    with pytest.raises(InputError, match=r"2 of 11 photos are read by Pillow.*palette\.png, .*print\.jpg\. Convert"):
        data.check_for_service()


def test_a_photo_that_nobody_can_read_is_named_as_ever(photo_folder: PhotoFolder) -> None:
    root = photo_folder({"cats": 4, "dogs": 4})
    data = from_directory(root, image_size=16, batch_size=4, cache="none")
    (root / "cats" / "0001.jpg").write_text("no picture")
    with pytest.raises(InputError, match=r"1 of 8 photos cannot be read: .*cats/0001\.jpg"):
        data.check_for_service()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"cache": "memory"}, "no part in a cache of this process: build with cache='none'"),
        ({"cache": "disk"}, "no part in a cache of this process: build with cache='none'"),
        ({"cache": "none", "augment": keras.layers.RandomFlip()}, "cannot run Keras layers"),
    ],
)
def test_what_belongs_to_this_process_is_refused(
    options: dict[str, Any], why: str, photo_folder: PhotoFolder, tmp_path: Path
) -> None:
    root = photo_folder({"cats": 4, "dogs": 4})
    data = from_directory(root, image_size=16, batch_size=4, cache_folder=tmp_path / "kept", **options)
    with pytest.raises(InputError, match=why):
        data.check_for_service()
