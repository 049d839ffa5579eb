"""A file as one text and back, byte for byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError, MissingPathError
from pipeline.migrate.source_file import read_document, read_file
from pipeline.migrate.text import Edit
from tests.support.migrated import notebook, script

ODD = ["x = 1", "\tif y: pass  ", "고양이 = 'é'", "\x0c", "# \u2028", "", 's = """', "é b"]


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(ODD)),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig"]),
)
def test_without_an_edit_nothing_changes(lines: list[str], newline: str, encoding: str) -> None:
    data = newline.join(lines).encode(encoding)
    assert read_document("x.py", data).rewritten([]) == data


def test_an_encoding_that_the_file_names_is_kept() -> None:
    data = "# -*- coding: euc-kr -*-\n고양이 = 1\n".encode("euc-kr")
    document = read_document("x.py", data)
    start = document.text.content.index("1")
    assert document.rewritten([Edit(start, start + 1, "2")]) == data.replace(b"= 1", b"= 2")


@settings(deadline=None)
@given(st.lists(st.sampled_from([*ODD, "!ls", "%%bash\nls", "x = (", "y = 2\n"]), max_size=5))
def test_a_notebook_is_one_text_that_keeps_its_places(cells: list[str]) -> None:
    raw = notebook(*cells)
    document = read_document("x.ipynb", raw.encode())
    assert document.rewritten([]) == raw.encode()
    for part in document.parts:
        there = document.text.content[part.start : part.start + len(part.source)]
        assert there == part.source or set(there) <= set(part.source + " 0")
        assert document.text.starts[part.first_line - 1] == part.start


def test_places_for_people() -> None:
    document = read_document("x.ipynb", notebook("a\nb\n", "c\nd").encode())
    assert [document.place(line) for line in (1, 2, 4, 5)] == [
        "code cell 1, line 1",
        "code cell 1, line 2",
        "code cell 2, line 1",
        "code cell 2, line 2",
    ]
    assert document.located(5) == "x.ipynb: code cell 2, line 2"
    assert (script("a\nb").place(2), script("a\nb").located(2)) == ("line 2", "train.py:2")


def test_what_is_no_python_is_named_by_line() -> None:
    (note,) = script("import x\nprint 'old'\n").notes
    assert (note.line, note.unread) == (2, True)
    assert "Python 2" in note.text
    document = read_document("x.ipynb", notebook("a = 1", "b\nc = (\n").encode())
    assert [document.place(note.line) for note in document.notes] == ["code cell 2, line 2"]
    assert "a = 1" in document.text.content


@pytest.mark.parametrize("line", ["print 'old'", "exec 'x = 1'", "try: pass\nexcept E, e: pass"])
def test_python_2_is_called_that(line: str) -> None:
    assert "this is Python 2" in script(line).notes[0].text
    assert "correct it first" in script("x = (").notes[0].text


def test_notebook_commands_are_told_and_are_unread_where_they_mention_the_module() -> None:
    cells = [
        "!ls\n%time from keras.preprocessing.image import load_img",
        "%%bash\nls",
        "%%writefile x.py\nImageDataGenerator()",
    ]
    notes = read_document("x.ipynb", notebook(*cells).encode()).notes
    assert [note.unread for note in notes] == [False, True, False, True]


def test_a_change_that_would_be_no_python_is_refused() -> None:
    with pytest.raises(InputError, match="was left alone"):
        script("x = 1").rewritten([Edit(0, 1, "(")])


def test_a_notebook_without_code() -> None:
    raw = json.dumps({"cells": []}).encode()
    document = read_document("x.ipynb", raw)
    assert (document.rewritten([]), document.notes) == (raw, ())


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("x.py", b"\0\1\2", "zero byte"),
        ("x.py", b"x = '\xff'", "save it as UTF-8"),
        ("x.py", b"# coding: no-such\n", "unknown encoding"),
        ("x.py", b"# coding: iso-2022-kr\n\x1b$)C\x1b$)C\n", "byte for byte"),
        ("x.ipynb", b"\xff", "save it as UTF-8"),
    ],
)
def test_what_is_no_text_is_refused(name: str, data: bytes, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_document(name, data)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "x.txt").touch()
    (tmp_path / "d.py").mkdir()
    with pytest.raises(MissingPathError, match="there is no"):
        read_file(tmp_path / "x.py")
    with pytest.raises(InputError, match=r"\(\.py\) or a notebook"):
        read_file(tmp_path / "x.txt")
    for folder in (tmp_path, tmp_path / "d.py"):
        with pytest.raises(InputError, match="not a folder"):
            read_file(folder)
    with pytest.raises(InputError, match="cannot be read"):
        read_file(tmp_path / f"{'x' * 300}.py")
