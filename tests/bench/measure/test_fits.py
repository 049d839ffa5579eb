"""The fits' names are known without importing what makes them."""

from __future__ import annotations

from bench.measure.fit import FEEDS
from bench.measure.fits import ARMS, WHOLE


def test_every_feed_is_an_arm() -> None:
    assert set(ARMS) == set(FEEDS)
    assert set(WHOLE) <= set(FEEDS)
