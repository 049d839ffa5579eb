"""Tests that the benchmark's folders import in one direction."""

from __future__ import annotations

import re

from tests.support.places import ROOT

ORDER = ("arms", "measure", "report", "questions")


def test_a_folder_imports_from_those_above_it_only() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {there}"
        for here in ORDER
        for path in sorted((ROOT / "bench" / here).glob("*.py"))
        for there in re.findall(r"^\s*(?:from|import) bench\.(\w+)", path.read_text("utf-8"), re.MULTILINE)
        if ORDER.index(there) > ORDER.index(here)
    ]
    assert wrong == []
    assert {path.name for path in (ROOT / "bench").iterdir() if (path / "__init__.py").is_file()} == set(ORDER)
