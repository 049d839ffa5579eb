"""Docstrings say what a thing does, in a sentence that stands alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.places import ROOT

# A sentence that begins so needs the signature, or what stands around it, to be understood.
FORBIDDEN = {"What", "Where", "Which", "Who", "Whether", "Of", "By", "How", "Why", "That", "So"}
DOCUMENTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)


def docstrings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield each docstring of a file with its line."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, DOCUMENTED) and (text := ast.get_docstring(node)):
            yield getattr(node, "lineno", 1), text


@pytest.mark.parametrize("folder", ["pipeline", "bench", "tests", "docs"])
def test_no_docstring_begins_with_a_relative_clause(folder: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {text.splitlines()[0]}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line, text in docstrings(path)
        if text.split()[0].strip("`*.,:;") in FORBIDDEN
    ]
    assert wrong == []
