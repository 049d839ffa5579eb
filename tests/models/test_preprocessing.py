"""The preprocessing layers equal the `preprocess_input` of each network."""

from __future__ import annotations

import importlib

import keras
import numpy as np
import pytest

from pipeline.config.model import APPLICATIONS
from pipeline.models.preprocessing import preprocessed


def test_every_network_of_keras_has_a_name() -> None:
    there = {
        name for name in dir(keras.applications) if name[0].isupper() and callable(getattr(keras.applications, name))
    }
    assert set(APPLICATIONS.values()) == there


@pytest.mark.parametrize("name", APPLICATIONS)
def test_pictures_are_what_keras_makes_of_them(name: str) -> None:
    make = getattr(keras.applications, APPLICATIONS[name])
    own = importlib.import_module(make.__module__).preprocess_input
    levels = np.random.default_rng(0).integers(0, 256, (2, 5, 4, 3)).astype(np.float32)
    inputs = keras.Input((5, 4, 3))
    ours = keras.Model(inputs, keras.layers.Identity()(preprocessed(inputs, name)))(levels)
    np.testing.assert_allclose(np.asarray(ours), np.asarray(own(levels.copy())), rtol=0, atol=2e-5)
