"""Tests of the table and its notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.profile.report import Measured, record
from pipeline.profile.table import table
from tests.support.profile_figures import MEMORY, UNCACHED, measured


def lines_of(found: Measured) -> list[str]:
    return table(found, record(found))


def text_of(figures: Mapping[str, float], cache: str = "none", **fields: Any) -> str:
    return "\n".join(lines_of(measured(figures, cache, **fields)))


def test_a_line_a_stage_with_share_time_rates_and_limit() -> None:
    lines = lines_of(measured(UNCACHED))
    decode = next(line for line in lines if line.startswith("decode"))
    assert decode.split() == ["decode", "45", "%", "500", "2,083/s", "2,500/s", "libjpeg", "alone,", "at", "1/2"]
    assert lines[0].split() == ["share", "µs/image", "alone", "limit"]
    head, first = lines[0], next(line for line in lines if line.startswith("read"))
    assert first.index("/s") + 2 == head.index("alone") + len("alone")  # the figures stand below the column's name


def test_the_wholes_are_said_with_their_slowest_and_fastest_round() -> None:
    assert "the input alone (all but the model): 1,408 images/s (from 1,341 to 1,437 in 3 rounds)" in text_of(UNCACHED)


def test_filling_the_cache_is_said_once() -> None:
    assert "filling the cache (read, decode, resize): 0.6 s, once, for all 1,000 photos" in text_of(MEMORY, "memory")
    assert "for all 1 photo (" in text_of(MEMORY, "memory", photos=1)
    assert "filling" not in text_of(UNCACHED)


def test_what_is_not_there_is_said() -> None:
    unlabelled = {name: value for name, value in UNCACHED.items() if name not in ("model", "together")}
    assert "no labels, so there is no model's step" in text_of(unlabelled)
    assert "no GPU, so nothing is copied to one" in text_of(UNCACHED)
    assert "no GPU" not in text_of({**UNCACHED, "copy": 15}, gpu="One GPU")


def test_a_stage_beyond_its_limit_says_why_behind_it() -> None:
    text = text_of({**UNCACHED, "batch alone": 0.2}, row_bytes=3_000, processor_cache=32 << 20)
    (line,) = [line for line in text.splitlines() if line.startswith("batch")]
    assert line.endswith(
        "copying its 3 KB in main memory; faster, since the 2 MB of all measured photos stay in the processor's cache"
    )


def test_rounds_far_apart_and_few_of_them_are_said() -> None:
    calm = measured(UNCACHED)
    assert "rough figures" not in "\n".join(lines_of(calm))
    assert "only 3 rounds of 5 fitted" in "\n".join(lines_of(calm))
    timings = dict(calm.timings)
    timings["input"] = type(timings["input"])((500e-6, 710e-6, 1000e-6, 710e-6, 710e-6))
    text = "\n".join(lines_of(measured(UNCACHED, timings=timings)))
    assert "rough figures: the fastest round was 2.0 times as fast as the slowest" in text
    assert "fitted" not in text
