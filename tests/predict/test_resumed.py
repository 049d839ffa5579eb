"""Tests of resuming a file of rows that was cut anywhere."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.errors import InputError
from pipeline.inference.inputs import Input
from pipeline.predict.resumed import Kept, beside, check_file, opened, resume_rows
from pipeline.predict.rows import Answer, Rows

NAMES = ["plain.jpg", 'quote"d.jpg', "two\nlines\n.jpg", "comma,.jpg", os.fsdecode(b"\xff.jpg"), "return\r.jpg", "last"]
INPUTS = [Input(name) for name in NAMES]
BATCH = 2
MADE = {"model": "abc", "top": None, "machine": {"threads": 2}}


def whole(format: str) -> tuple[bytes, list[int]]:
    """Return the bytes of a finished file, and the offset at which each of its batches ends."""
    rows = Rows(format, "binary", ("a", "b"))
    data, ends = rows.header, [0]
    for number, name in enumerate(NAMES, 1):
        error = "broken" if number == 2 else None
        data += rows.row(Answer(name, None if error else np.array([0.25, 0.75], np.float32), error))
        if number % BATCH == 0:
            ends.append(len(data))
    return data, ends


def taken_up(path: Path, format: str, made: Any = MADE, inputs: Any = INPUTS) -> tuple[Kept, list[Input]]:
    with opened(path, overwrite=False) as file:
        kept, left = resume_rows(path, file, format, made, iter(inputs), BATCH)
        assert file.tell() == kept.size
        return kept, list(left)


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_a_file_that_was_cut_anywhere_is_kept_up_to_a_batch_s_end(format: str, tmp_path: Path) -> None:
    path = tmp_path / "rows"
    data, ends = whole(format)
    beside(path).write_text(json.dumps(MADE))
    for size in range(len(data) + 1):
        path.write_bytes(data[:size])
        kept, left = taken_up(path, format)
        wanted = max(end for end in ends if end <= size)
        assert (kept.size, path.read_bytes()) == (wanted, data[:wanted])
        assert kept.inputs == ends.index(wanted) * BATCH
        assert left == INPUTS[kept.inputs :]
        assert kept.failed == (kept.inputs >= 2)


def test_an_empty_file_is_begun_whatever_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    beside(path).write_text(json.dumps({**MADE, "model": "other"}))
    assert taken_up(path, "csv") == (Kept(), INPUTS)
    assert json.loads(beside(path).read_text()) == MADE


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_other_inputs_are_refused(format: str, tmp_path: Path) -> None:
    path = tmp_path / "rows"
    data, _ = whole(format)
    beside(path).write_text(json.dumps(MADE))
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"same inputs only: row 4 of .* answers 'comma,\.jpg', and that input is now"):
        taken_up(path, format, inputs=[*INPUTS[:3], *INPUTS[4:]])
    with pytest.raises(InputError, match=r"row 7 of .* answers 'last', and that input is there no more"):
        taken_up(path, format, inputs=INPUTS[:6])
    assert path.read_bytes() == data
    kept, left = taken_up(path, format, inputs=[*INPUTS, Input("more")])  # the folder has more files now
    assert (kept.inputs, left) == (6, [Input("last"), Input("more")])


def test_other_makings_are_refused_and_another_machine_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rows"
    path.write_bytes(whole("csv")[0])
    with pytest.raises(InputError, match=r"--resume needs '.*rows\.predict\.json', which says what"):
        taken_up(path, "csv")
    beside(path).write_text(json.dumps(MADE))
    with pytest.raises(InputError, match=r"same model and options only: model of .* is 'abc'\. Received: 'xyz'"):
        taken_up(path, "csv", {**MADE, "model": "xyz"})
    assert capsys.readouterr().err == ""
    taken_up(path, "csv", {**MADE, "machine": {"threads": 4}})
    assert "warning: threads or versions changed" in capsys.readouterr().err


def test_a_file_that_two_would_write(tmp_path: Path) -> None:
    path = tmp_path / "rows"

    def both() -> Iterator[None]:
        with opened(path, overwrite=False), opened(path, overwrite=False):
            yield

    with pytest.raises(InputError, match=r"another process is writing '.*rows'; wait for it or end it"):
        next(both())


def test_what_must_not_be_written_to(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    check_file(path, resume=False, overwrite=False)
    path.write_bytes(b"")
    check_file(path, resume=False, overwrite=False)
    path.write_bytes(b"x")
    with pytest.raises(InputError, match=r"--output exists already: .* by --resume, replace it with --overwrite"):
        check_file(path, resume=False, overwrite=False)
    check_file(path, resume=True, overwrite=False)
    with pytest.raises(InputError, match="--overwrite replaces rows of an earlier predict alone"):
        check_file(path, resume=False, overwrite=True)  # such as a photo or a model
    beside(path).write_text("{}")
    check_file(path, resume=False, overwrite=True)
    with pytest.raises(InputError, match="--output must name a file"):
        check_file(tmp_path, resume=False, overwrite=False)
    with pytest.raises(InputError, match=r"there is no '.*none'"):
        check_file(tmp_path / "none" / "rows", resume=False, overwrite=False)
