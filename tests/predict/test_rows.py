"""Tests that readers of CSV and JSON get back exactly the answers."""

from __future__ import annotations

import csv
import io
import json
import os
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.predict.rows import Answer, Rows
from pipeline.sources.labels import Mode

NAMES = ("cats", "dogs", "owls")
NUMBERS = np.array([0.25, 0.7, 0.05], np.float32)
file_names = st.binary(min_size=1).filter(lambda name: b"\0" not in name).map(os.fsdecode)


def read_csv(*rows: bytes) -> list[list[str]]:
    text = b"".join(rows).decode("utf-8")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def csv_of(mode: Mode, values: Any = NUMBERS, names: tuple[str, ...] = NAMES, top: int | None = None) -> dict[str, str]:
    rows = Rows("csv", mode, names, top)
    header, row = read_csv(rows.header, rows.row(Answer("a.jpg", np.asarray(values, np.float32))))
    assert len(set(header)) == len(header)
    return dict(zip(header, row, strict=True))


def json_of(mode: Mode, values: Any = NUMBERS, top: int | None = None) -> dict[str, Any]:
    rows = Rows("jsonl", mode, NAMES, top)
    assert rows.header == b""
    return dict(json.loads(rows.row(Answer("a.jpg", np.asarray(values, np.float32)))))


def test_the_likeliest_class() -> None:
    assert csv_of("int") == {"path": "a.jpg", "class": "dogs", "probability": "0.7", "error": ""}
    assert csv_of("binary", [0.5, 0.5], ("cats", "dogs"))["class"] == "cats"


def test_the_likeliest_three() -> None:
    row = csv_of("categorical", top=3)
    assert list(row) == [
        *("path", "class", "probability", "class_2", "probability_2", "class_3", "probability_3", "error")
    ]
    assert list(row.values()) == ["a.jpg", "dogs", "0.7", "cats", "0.25", "owls", "0.05", ""]


def test_of_several_labels_all_that_are_there() -> None:
    row = csv_of("multi_label", [0.51, 0.9, 0.5])
    assert (row["class"], row["probability"]) == ("dogs|cats", "0.9|0.51")
    row = csv_of("multi_label", [0.1, 0.2, 0.3])
    assert (row["class"], row["probability"], row["error"]) == ("", "", "")
    assert csv_of("multi_label", [0.9, 0.8], ("a|b", "c\\d"))["class"] == "a\\|b|c\\\\d"
    assert csv_of("multi_label", [0.1, 0.2, 0.3], top=2)["class_2"] == "dogs"


def test_of_a_regression_the_values() -> None:
    row = csv_of("regression", [-1.5, 1e-10, 1e20], ("age", "weight", "class"))
    assert row == {"path": "a.jpg", "age": "-1.5", "weight": "1e-10", "class": "1e+20", "error": ""}
    row = csv_of("regression", [1, 2], ("path", "error"))
    assert row == {"path": "a.jpg", "value_1_path": "1.0", "value_2_error": "2.0", "error": ""}


def test_json_has_every_class() -> None:
    everything = {"cats": 0.25, "dogs": 0.7, "owls": 0.05}
    assert json_of("int") == {
        **{"path": "a.jpg", "class": "dogs", "probability": 0.7, "probabilities": everything, "error": None}
    }
    assert json_of("int", top=2)["top"] == [
        {"class": "dogs", "probability": 0.7},
        {"class": "cats", "probability": 0.25},
    ]
    labels = json_of("multi_label", [0.51, 0.9, 0.5])
    assert (labels["class"], labels["probability"]) == (["dogs", "cats"], [0.9, 0.51])
    assert json_of("regression")["values"] == everything


@pytest.mark.parametrize("mode", ["int", "multi_label", "regression"])
@pytest.mark.parametrize("top", [None, 2])
def test_an_error_is_one_line_without_a_class(mode: Mode, top: int | None) -> None:
    if mode == "regression" and top:
        return
    answer = Answer("a.jpg", None, "cut\nshort")
    rows = Rows("csv", mode, NAMES, top)
    header, row = read_csv(rows.header, rows.row(answer))
    assert row == ["a.jpg", *[""] * (len(header) - 2), "cut short"]
    rows = Rows("jsonl", mode, NAMES, top)
    good, bad = (json.loads(rows.row(one)) for one in (Answer("a.jpg", NUMBERS), answer))
    assert list(bad) == list(good)
    assert {key for key, value in bad.items() if value is not None} == {"path", "error"}
    assert bad["error"] == "cut short"


@given(file_names)
def test_every_file_name_is_valid_utf_8_with_other_bytes_escaped(name: str) -> None:
    answer = Answer(name, NUMBERS)
    rows = Rows("csv", "int", NAMES)
    written = rows.row(answer)
    assert written.endswith(b",\n")
    assert read_csv(rows.header, written)[1][0] == "".join(
        f"\\u{ord(one):04x}" if "\udc80" <= one <= "\udcff" else one for one in name
    )
    line = Rows("jsonl", "int", NAMES).row(answer)
    assert line.count(b"\n") == 1
    assert os.fsencode(json.loads(line)["path"]) == os.fsencode(name)


@given(st.floats(0, 1, width=32))
def test_every_number_is_the_very_float32(value: float) -> None:
    assert np.float32(csv_of("int", [value, 2, 0], top=3)["probability_2"]) == np.float32(value)
    assert np.float32(json_of("int", [value, 2, 0])["probabilities"]["cats"]) == np.float32(value)


def test_top_that_cannot_be() -> None:
    with pytest.raises(InputError, match=r"--top must be at most the 3 classes of the run\. Received: 4"):
        Rows("csv", "int", NAMES, 4)
    with pytest.raises(InputError, match="--top is for classes"):
        Rows("csv", "regression", NAMES, 1)
