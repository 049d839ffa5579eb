"""Printable names, sentences with numbers, and aligned columns."""

from __future__ import annotations

from pipeline.text.plain_text import aligned, shown


def test_names_that_cannot_be_printed_are_escaped() -> None:
    assert shown("caf\udce9.jpg") == "caf\\udce9.jpg"
    assert shown("a\nb\x1b[0m\u202ec 고양이 <b>") == "a\\nb\\x1b[0m\\u202ec 고양이 <b>"


def test_columns_stand_below_each_other_in_any_script() -> None:
    assert aligned([["class", "n"], ["고양이", "12"], ["a", "3"]]) == ["class    n", "고양이  12", "a        3"]
