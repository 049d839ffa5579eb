"""Tests that the names of fits equal the keys of the feeds, which need TensorFlow."""

from __future__ import annotations

from bench.measure.fit import FEEDS
from bench.measure.fits import ARMS, WHOLE


def test_every_feed_is_an_arm() -> None:
    assert set(ARMS) == set(FEEDS)
    assert set(WHOLE) <= set(FEEDS)
