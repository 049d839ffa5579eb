"""A user's own source: one class, one call, and it trains."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray
from PIL import Image

from pipeline.builders.assemble import resolve_batching
from pipeline.builders.examples import Sides, build_examples
from pipeline.config import Augment, DataConfig, ImageConfig, LoaderConfig
from pipeline.dataset.image_data import ImageData
from pipeline.errors import InputError
from pipeline.sources.examples import Examples
from pipeline.sources.source import Features, FeatureSpec, Source


@dataclasses.dataclass(frozen=True)
class PackedSource(Source):
    """A source of encoded images in one file, one after the other; `places` has (offset, length) of each."""

    file: str
    places: NDArray[np.int64]

    @property
    def features(self) -> Mapping[str, FeatureSpec]:
        return {"image": FeatureSpec("image", encoded=True)}

    def __len__(self) -> int:
        return len(self.places)

    def read(self, index: tf.Tensor) -> Features:
        place = tf.gather(tf.constant(self.places), index)
        return {"image": tf.strings.substr(tf.io.read_file(self.file), place[0], place[1])}

    def subset(self, index: NDArray[np.int64]) -> Source:
        return PackedSource(self.file, self.places[index])

    def describe(self, index: int) -> str:
        return f"{self.file}, byte {self.places[index, 0]}"


COLOURS = np.array([(30 + 20 * k, 200 - 20 * k, 90) for k in range(8)], np.uint8)


@pytest.fixture
def packed(tmp_path: Path) -> PackedSource:
    whole, places = b"", []
    for colour in COLOURS.tolist():
        png = io.BytesIO()
        Image.new("RGB", (12, 10), tuple(colour)).save(png, "PNG")
        places.append((len(whole), len(png.getvalue())))
        whole += png.getvalue()
    (tmp_path / "images.pack").write_bytes(whole)
    return PackedSource(str(tmp_path / "images.pack"), np.array(places, np.int64))


def built(source: Source, cache: str = "none", augment: Augment | None = None, start: object = 0) -> ImageData:
    examples = Examples(source, np.arange(len(source), dtype=np.int32) % 2, ("even", "odd"))
    loader = LoaderConfig(batch_size=4, cache=cache)  # type: ignore[arg-type]
    image = ImageConfig(size=(10, 12), rescale=None)
    sides = Sides(examples.subset(range(len(source) - 2)), examples.subset(range(len(source) - 2, len(source))))
    return build_examples(sides, DataConfig(), image, resolve_batching(loader, augment, 0, start))


@pytest.mark.parametrize("cache", ["none", "memory", "disk"])
def test_it_is_read_shuffled_and_cached_like_any_other(packed: PackedSource, cache: str) -> None:
    data = built(packed, cache)
    for _ in range(2):
        images, labels = map(np.concatenate, zip(*data.train.as_numpy_iterator(), strict=True))
        places = [COLOURS.tolist().index(image[0, 0].tolist()) for image in images]
        assert sorted(places) == list(range(6))
        assert labels[:, 0].tolist() == [place % 2 for place in places]
    assert data.validation is not None
    (measured, _), *_ = data.validation.as_numpy_iterator()
    np.testing.assert_array_equal(measured[:, 0, 0], COLOURS[6:])


def test_a_network_trains_on_it(packed: PackedSource) -> None:
    data = built(packed, augment=Augment(rotation_range=20))
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    history = model.fit(data.train, validation_data=data.validation, epochs=2, verbose=0)
    assert np.isfinite(history.history["val_loss"]).all()


def test_its_examples_are_named_and_its_states_are_its_own(packed: PackedSource) -> None:
    data = built(packed)
    assert data.examples["example"][0] == packed.describe(0)
    assert built(packed, start=data.state(3)).start == 3
    with pytest.raises(InputError, match="these differ"):
        built(packed.subset(np.arange(8)[::-1]), start=data.state(3))
    places = packed.places.copy()
    places[1, 1] = 7
    with pytest.raises(InputError, match=rf"1 of 8 photos cannot be read: {packed.file}, byte {places[1, 0]}: "):
        built(PackedSource(packed.file, places))
