"""Tests of the plot: it exists, it fits a phone, and it shows the record."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.profile.plot import draw_profile
from pipeline.profile.report import record
from tests.support.profile_figures import MEMORY, UNCACHED, measured


@pytest.mark.parametrize(("figures", "cache"), [(UNCACHED, "none"), (MEMORY, "memory")])
def test_a_picture_is_drawn_whatever_was_measured(figures: dict[str, float], cache: str, tmp_path: Path) -> None:
    draw_profile(record(measured(figures, cache)), tmp_path / "profile.png")
    with Image.open(tmp_path / "profile.png") as picture:
        assert picture.size[0] == pytest.approx(5.2 * 220, abs=2)
        assert np.asarray(picture.convert("L")).std() > 10


def test_no_global_state_of_matplotlib_is_changed(tmp_path: Path) -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    draw_profile(record(measured(UNCACHED)), tmp_path / "profile.png")
    assert dict(mpl.rcParams) == before
