"""Tests of timing in rounds, with a clock that only work advances."""

from __future__ import annotations

import dataclasses
import itertools

import pytest

from pipeline.profile.timing import FEWEST, ROUNDS, Probe, Timing, timed, turns


@dataclasses.dataclass
class Machine:
    """A machine whose work takes a stated time, which `slow` multiplies."""

    now: float = 0.0
    slow: float = 1.0
    log: list[tuple[str, int]] = dataclasses.field(default_factory=list)

    def probe(self, name: str, seconds: float, images: int = 10, first: float = 0.0, ready: int = 0) -> Probe:
        """Return a probe whose draws hold `images` and take `seconds`; the first takes `first` more."""
        more = [first]

        def draw(count: int) -> int:
            self.log.append((name, count))
            self.now += (count * seconds + more[0]) * self.slow
            more[0] = 0.0
            return count * images

        return Probe(draw, ready)


def test_a_figure_is_seconds_an_image_and_the_first_draws_do_not_count() -> None:
    machine = Machine()
    probes = {"a": machine.probe("a", 0.1, first=50.0), "b": machine.probe("b", 0.4)}
    found = timed(probes, seconds=10, clock=lambda: machine.now)
    assert found["a"].rounds == pytest.approx([0.01] * ROUNDS)
    assert found["b"].seconds == pytest.approx(0.04)
    assert found["b"].rate == pytest.approx(25)


def test_a_turn_takes_as_many_draws_as_fill_it_and_two_at_the_least() -> None:
    machine = Machine()
    timed({"a": machine.probe("a", 0.125), "b": machine.probe("b", 0.8)}, seconds=10, clock=lambda: machine.now)
    assert set(machine.log[4:]) == {("a", 8), ("b", 2)}


def test_each_round_begins_with_another_probe() -> None:
    machine = Machine()
    timed({name: machine.probe(name, 1.0) for name in "abc"}, seconds=30, clock=lambda: machine.now)
    names = "".join(name for name, _ in machine.log[6:])
    assert names == "abc" + "bca" + "cab" + "abc" + "bca"


def test_what_lay_ready_is_taken_away_untimed() -> None:
    machine = Machine()
    timed({"a": machine.probe("a", 1.0, ready=3)}, seconds=25, clock=lambda: machine.now)
    assert machine.log == [("a", 4), ("a", 1), *[("a", 3), ("a", 5)] * ROUNDS]


def test_what_lay_ready_and_came_for_nothing_makes_no_figure_better() -> None:
    """Check a probe like one with a prefetch, for which three batches are made while others have their turn."""
    machine, stock = Machine(), [3]

    def draw(count: int) -> int:
        free = min(stock[0], count)
        stock[0] -= free
        machine.now += count - free
        return 10 * count

    def advance(_: int) -> None:
        stock[0] = 3

    found = timed({"a": Probe(draw, ready=3)}, seconds=25, advance=advance, clock=lambda: machine.now)
    assert found["a"].rounds == pytest.approx([0.1] * ROUNDS)


def test_a_slow_while_slows_every_probe_of_its_round_and_no_median() -> None:
    machine = Machine()
    turns_done = itertools.count(1)

    def advance(_: int) -> None:
        machine.slow = 3.0 if 4 <= next(turns_done) < 6 else 1.0  # the second of the rounds

    probes = {name: machine.probe(name, 1.0) for name in "ab"}
    found = timed(probes, seconds=20, advance=advance, clock=lambda: machine.now)
    assert found["a"].seconds == found["b"].seconds == pytest.approx(0.1)
    assert found["a"].rates == found["b"].rates == pytest.approx((10 / 3, 10))


@pytest.mark.parametrize(("seconds", "rounds"), [(40.0, ROUNDS), (12.0, 3), (1.0, FEWEST)])
def test_where_draws_take_long_there_are_fewer_rounds_and_progress_ends_all_the_same(
    seconds: float, rounds: int
) -> None:
    machine = Machine()
    told: list[int] = []
    probes = {name: machine.probe(name, 2.0) for name in "ab"}
    found = timed(probes, seconds=seconds, advance=told.append, clock=lambda: machine.now)
    assert len(found["a"].rounds) == len(found["b"].rounds) == rounds
    assert sum(told) == turns(probes)


def test_an_even_number_of_rounds_has_its_median_between_the_middle_two() -> None:
    assert Timing((4.0, 1.0, 2.0, 3.0)).seconds == 2.5
