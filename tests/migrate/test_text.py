"""Positions of `ast` as offsets, edits, lines."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.migrate.text import Edit, Text, apply_edits, split_lines

LINES = st.lists(st.sampled_from(["고양이 = 1", "x = 'é' + y", "", "# \u2028 \x0c", "a.b.c(d)"]), max_size=6)
NEWLINES = st.sampled_from(["\n", "\r\n", "\r"])


@settings(deadline=None)
@given(LINES, NEWLINES)
def test_a_segment_is_what_ast_means(lines: list[str], newline: str) -> None:
    content = newline.join(lines)
    text = Text(content)
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, (ast.expr, ast.stmt)):
            assert text.segment(node) == ast.get_source_segment(content, node)


@settings(deadline=None)
@given(LINES, NEWLINES)
def test_lines_are_pythons_and_lose_nothing(lines: list[str], newline: str) -> None:
    content = newline.join(lines)
    assert "".join(split_lines(content)) == content
    assert [line.rstrip("\r\n") for line in split_lines(content)] == (lines[:-1] if lines[-1:] == [""] else lines)


def test_the_ends_of_a_line() -> None:
    text = Text("ab\r\ncd")
    assert (text.line_start(1), text.line_end(1), text.newline(1)) == (0, 2, "\r\n")
    assert (text.line_start(5), text.line_end(5), text.newline(5)) == (4, 6, "\r\n")
    assert Text("ab").newline(0) == "\n"


@pytest.mark.parametrize(
    ("edits", "after"),
    [
        ([], "abcd"),
        ([Edit(1, 2, "X")], "aXcd"),
        ([Edit(2, 2, "Y"), Edit(0, 1, "X"), Edit(2, 2, "Z")], "XbYZcd"),
        ([Edit(4, 4, "!")], "abcd!"),
    ],
)
def test_edits(edits: list[Edit], after: str) -> None:
    assert apply_edits("abcd", edits) == after
