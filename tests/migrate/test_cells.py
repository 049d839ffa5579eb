"""A notebook's JSON: where the code stands, and edits that leave every other byte alone."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.migrate.cells import find_code_cells, splice
from pipeline.migrate.text import Edit, apply_edits
from tests.support.migrated import notebook

CODE = "x = \"\\n\"\ny = '고양이'  # \\\n\tz😀\n"


def sources(raw: str) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(raw)["cells"] if cell["cell_type"] == "code"]


@pytest.mark.parametrize("indent", [None, 0, 1, 4])
@pytest.mark.parametrize("ensure_ascii", [True, False])
def test_code_cells_are_found_where_json_has_them(indent: int | None, ensure_ascii: bool) -> None:
    raw = notebook(CODE, "", "a = 1", indent=indent, ensure_ascii=ensure_ascii)
    cells = find_code_cells(raw, "x.ipynb")
    assert [cell.source for cell in cells] == [CODE, "", "a = 1"]
    for cell in cells:
        assert all(json.loads(raw[one.start : one.end]) == one.value for one in cell.literals)


def test_a_source_may_be_one_text_and_a_key_may_be_there_twice() -> None:
    raw = '{"cells": [], "cells":[ {"source" : "a\\nb", "cell_type":"code"} , {"cell_type":"raw","source":"c"}]}'
    (cell,) = find_code_cells(raw, "x.ipynb")
    assert (cell.source, cell.listed) == ("a\nb", False)


@settings(deadline=None)
@given(st.data())
def test_an_edit_of_the_code_is_that_edit_and_no_other(data: st.DataObject) -> None:
    raw = notebook(CODE, "a\n", indent=data.draw(st.sampled_from([None, 1])), ensure_ascii=data.draw(st.booleans()))
    cell = find_code_cells(raw, "x.ipynb")[0]
    start = data.draw(st.integers(0, len(CODE)))
    edit = Edit(start, data.draw(st.integers(start, len(CODE))), data.draw(st.sampled_from(["", "é", '"\\', "p\nq"])))
    changes = splice(raw, cell, [edit])
    after = apply_edits(raw, changes)
    assert sources(after) == [apply_edits(CODE, [edit]), "a\n"]
    first, last = cell.literals[0].start, cell.literals[-1].end
    assert (after[:first], after[len(after) - len(raw) + last :]) == (raw[:first], raw[last:])


def test_a_new_line_is_an_item_of_the_list_and_a_line_taken_out_is_none() -> None:
    raw = notebook("a\nb\nc", indent=2)
    (cell,) = find_code_cells(raw, "x.ipynb")
    added = json.loads(apply_edits(raw, splice(raw, cell, [Edit(1, 1, "\nnew"), Edit(2, 4, "")])))
    assert added["cells"][1]["source"] == ["a\n", "new\n", "c"]
    assert apply_edits(raw, splice(raw, cell, [Edit(1, 1, "\nnew")])).count("\n") == raw.count("\n") + 1


def test_what_is_new_in_an_ascii_file_is_ascii() -> None:
    raw = notebook("a", ensure_ascii=True)
    (cell,) = find_code_cells(raw, "x.ipynb")
    assert apply_edits(raw, splice(raw, cell, [Edit(0, 1, "생")])).isascii()


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[]", 'no list "cells"'),
        ('{"cells": 3}', 'no list "cells"'),
        ('{"worksheets": []}', "old format; open and save it in Jupyter"),
        ('{"cells": [], "metadata": {"kernelspec": {"language": "R"}}}', "it is one in R"),
        ('{"cells": [{"cell_type": "code", "source": 3}]}', "neither text nor a list"),
        ('{"cells": [{"cell_type": "code", "source": [3]}]}', "neither text nor a list"),
    ],
)
def test_what_is_no_notebook_is_refused(raw: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        find_code_cells(raw, "x.ipynb")


def test_odd_cells_are_no_code() -> None:
    assert find_code_cells('{"cells": [3, {}, {"cell_type": "code"}], "metadata": 3}', "x.ipynb") == []
