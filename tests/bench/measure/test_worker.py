"""Tests that an arm's process draws the batches that are ready before it times a round."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench.measure.worker import MOST, Streaming


class _Stream:
    """An iterator of batches of 10 images. Some are ready; later ones take a second each, or arrive in bursts."""

    def __init__(self, ready: int, side_by_side: int = 1) -> None:
        self.ready, self.side_by_side, self.now, self.drawn = ready, side_by_side, 0.0, 0

    def __iter__(self) -> Iterator[tuple[list[int], list[int]]]:
        while True:
            self.drawn += 1
            waits = self.drawn > self.ready and (self.drawn - self.ready) % self.side_by_side == 0
            self.now += self.side_by_side if waits else 0.001
            yield [0] * 10, [0] * 10


def _streaming(stream: _Stream, monkeypatch: pytest.MonkeyPatch) -> Streaming:
    monkeypatch.setattr("bench.measure.worker.time", SimpleNamespace(perf_counter=lambda: stream.now))
    made = object.__new__(Streaming)
    made.batches = iter(stream)
    return made


@pytest.mark.parametrize("ready", [0, 3, 8, 50])
def test_a_round_begins_when_nothing_lies_ready(ready: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check that all ready batches are drawn, even 50 where the arm states a buffer of 8."""
    stream = _Stream(ready)
    streaming = _streaming(stream, monkeypatch)
    assert streaming.draw({"batches": 8, "seconds": 1.0})["batches"] >= 8
    assert stream.drawn >= max(ready + 1, 8)
    drawn = streaming.draw({"batches": 4, "seconds": 1.0})
    assert (drawn["images"], drawn["seconds"]) == (40, pytest.approx(4.0))


@pytest.mark.parametrize("batches", range(1, 14))
@pytest.mark.parametrize("side_by_side", [2, 4, 8])
def test_bursts_are_counted_whole(side_by_side: int, batches: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check that four batches that take four seconds and arrive together count as one a second."""
    stream = _Stream(0, side_by_side)
    streaming = _streaming(stream, monkeypatch)
    streaming.draw({"batches": 3, "seconds": 1.0})
    for _ in range(5):
        drawn = streaming.draw({"batches": batches, "seconds": 1.0})
        assert drawn["images"] / drawn["seconds"] == pytest.approx(10, rel=0.01)


def test_a_stream_that_never_waits_is_drained_for_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = _Stream(10 * MOST)
    assert _streaming(stream, monkeypatch).draw({"batches": 8, "seconds": 1.0})["batches"] == MOST + 8
    assert stream.drawn == MOST + 8


@pytest.mark.parametrize("arm", ["generator", "pipeline"])
def test_fewer_photos_than_a_batch_are_refused(arm: str, tmp_path: Path) -> None:
    """Check the error, since Keras' generator would wait forever for a whole batch."""
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats" / "1.jpg").write_bytes(b"")
    streaming = Streaming({"arm": arm, "folder": str(tmp_path), "cell": {}, "setting": {}})
    with pytest.raises(ValueError, match=r"must hold a batch of 100 photos at the least\. Received: 1"):
        streaming.first({})
