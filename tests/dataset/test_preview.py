"""A grid of pictures."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.dataset.preview import draw_batch


@pytest.mark.parametrize("count", [1, 7, 8, 9, 16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_every_picture_is_drawn_once_at_its_own_levels(count: int, channels: int) -> None:
    levels = np.random.default_rng(count).integers(0, 256, (count, 5, 4, channels), np.uint8)
    figure = draw_batch(levels.astype(np.float32) / np.float32(255), [f"class {k}" for k in range(count)], 1 / 255)
    drawn = [axis for axis in figure.axes if axis.images]
    assert len(drawn) == count
    for k, axis in enumerate(drawn):
        shown = np.asarray(axis.images[0].get_array())
        assert np.array_equal(shown, levels[k, :, :, 0] if channels == 1 else levels[k])
        assert axis.images[0].get_clim() == (0, 255)
        assert axis.get_title() == f"class {k}"
        assert not axis.axison


def test_without_rescale_the_values_are_levels() -> None:
    images = np.full((1, 2, 2, 3), 200.4, np.float32)
    (axis,) = draw_batch(images, [], None).axes
    assert (np.asarray(axis.images[0].get_array()) == 200).all()


def test_values_beyond_the_levels_are_drawn_at_the_ends() -> None:
    images = np.array([-0.5, 1.5], np.float32).reshape(2, 1, 1, 1)
    first, second = draw_batch(images, [], 1 / 255).axes
    assert np.asarray(first.images[0].get_array()).tolist() == [[0]]
    assert np.asarray(second.images[0].get_array()).tolist() == [[255]]
