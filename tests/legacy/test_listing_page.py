"""docs/legacy.md is what its script writes of the Keras that is installed."""

from __future__ import annotations

import runpy

from tests.support.places import ROOT


def test_every_name_of_keras_has_its_line() -> None:
    """A name that Keras has and the page lacks, or a reason for a name that is gone, is a difference here."""
    lines = list(runpy.run_path(str(ROOT / "docs" / "legacy.py"))["listing"]())
    page = (ROOT / "docs" / "legacy.md").read_text(encoding="utf-8").splitlines()
    versioned = [line for line in page[: len(lines)] if not line.startswith("Written by")]
    assert versioned == [line for line in lines if not line.startswith("Written by")]
    assert sum("| same |" in line for line in lines) > 150
    assert not any("not supported" in line for line in lines)
