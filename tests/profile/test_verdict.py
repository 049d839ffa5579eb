"""Tests of shares, of the effect of changes, and of the sentence."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.profile.verdict import (
    MODEL,
    OVERHEAD,
    Change,
    Stage,
    Together,
    best,
    bottleneck,
    increments,
    percent,
    sentence,
    shares,
)

SECONDS = st.floats(1e-7, 1e-1)
US = 1e-6


def stages(**microseconds: float) -> list[Stage]:
    return [Stage(name, value * US) for name, value in microseconds.items()]


PHOTOS = stages(read=10, decode=700, resize=150, augment=100, batch=40)


def fed(model: float, both: float, made: float = 1000) -> Together:
    return Together(made * US, model * US, both * US)


# ---- shares


def test_what_each_stage_adds_sums_up_to_the_whole() -> None:
    assert increments([1, 3, 6, 10]) == [1, 2, 3, 4]


def test_a_step_that_seems_slower_than_the_next_adds_nothing_more() -> None:
    assert increments([1, 7, 6, 10]) == [1, 5, 0, 4]


@given(st.lists(SECONDS, min_size=1, max_size=8))
def test_increments_are_never_negative_and_keep_the_measured_whole(cumulative: list[float]) -> None:
    added = increments(cumulative)
    assert len(added) == len(cumulative)
    assert min(added) >= 0
    assert sum(added) == pytest.approx(cumulative[-1])


@given(st.lists(SECONDS, min_size=1, max_size=8), st.one_of(st.just(0.0), SECONDS), SECONDS)
def test_shares_add_up_to_one(parts: list[float], model: float, both: float) -> None:
    every = [Stage(str(k), seconds) for k, seconds in enumerate(parts)]
    found = shares(every, Together(sum(parts), model, both))
    assert sum(share for _, share in found) == pytest.approx(1)
    assert min(share for _, share in found) >= 0


def test_what_input_and_model_do_not_explain_is_shown() -> None:
    found = {stage.name: share for stage, share in shares(PHOTOS, fed(1000, 2500))}
    assert found[OVERHEAD] == pytest.approx(500 / 2500)
    assert found[MODEL] == pytest.approx(1000 / 2500)
    assert OVERHEAD not in {stage.name for stage, _ in shares(PHOTOS, fed(1000, 1900))}


# ---- the effect of a change


@given(SECONDS, st.one_of(st.just(0.0), SECONDS), SECONDS)
def test_no_change_changes_nothing(made: float, model: float, both: float) -> None:
    assert Together(made, model, both).gain(made) == pytest.approx(1)


@given(SECONDS, SECONDS, SECONDS)
def test_the_prediction_of_what_was_measured_is_what_was_measured(made: float, model: float, both: float) -> None:
    assume(both >= max(made, model))
    assert Together(made, model, both).predict(made) == pytest.approx(both)


@given(SECONDS, SECONDS, SECONDS, SECONDS, SECONDS)
def test_a_faster_input_never_slows_training_and_the_model_bounds_it(
    made: float, model: float, both: float, one: float, other: float
) -> None:
    together = Together(made, model, both)
    fast, slow = sorted((one, other))
    assert together.predict(fast) <= together.predict(slow) * (1 + 1e-9)
    assert together.predict(fast) >= model * (1 - 1e-9)
    assert together.gain(fast) <= together.most * (1 + 1e-9)


def test_on_shared_cores_times_add_up_and_beside_a_gpu_the_longer_counts() -> None:
    shared, beside = fed(1000, 2000), fed(1500, 1500)
    assert (shared.overlap, beside.overlap) == (1, 0)
    assert shared.predict(200 * US) == pytest.approx(1200 * US)
    assert beside.predict(200 * US) == pytest.approx(1500 * US)
    assert beside.most == pytest.approx(1)


def test_without_a_model_the_input_is_all() -> None:
    alone = Together(1000 * US, 0, 1000 * US)
    assert alone.gain(250 * US) == pytest.approx(4)


# ---- the bottleneck and the sentence

MEMORY = Change("--loader.cache memory", 100 * US, "would need 66 MB of 12.0 GB free")


def test_decode_holds_an_input_up() -> None:
    together = Together(1000 * US, 0, 1000 * US)
    assert bottleneck(PHOTOS, together) == "decode"
    assert sentence(PHOTOS, together, [MEMORY]) == (
        "decode is 70 % of the time: --loader.cache memory would need 66 MB of 12.0 GB free and would give about "
        "10,000 images/s instead of 1,000 (10.0 times)"
    )


def test_where_the_model_takes_nearly_all_a_faster_input_changes_nothing() -> None:
    fast = stages(cache=5, augment=20, batch=5)
    text = sentence(fast, Together(30 * US, 970 * US, 1000 * US), [])
    assert text.startswith("the model's step is 97 % of the time: a faster input changes nothing; ")


def test_beside_a_gpu_an_input_that_hides_is_no_bottleneck() -> None:
    together = fed(1100, 1100)
    assert bottleneck(PHOTOS, together) == MODEL
    text = sentence(PHOTOS, together, [MEMORY])
    assert text.startswith("the model's step is 52 % of the work: a faster input changes nothing")


def test_where_the_model_takes_most_and_the_input_much_both_are_named() -> None:
    text = sentence(PHOTOS, fed(1200, 2200), [MEMORY])
    assert text.startswith("the model's step is 55 % of the time, decode 32 %: --loader.cache memory would need 66 MB")
    assert text.endswith("(1.7 times)")


def test_what_no_option_gains_is_said_as_a_bound() -> None:
    fast = stages(cache=50, augment=200, batch=50)
    text = sentence(fast, Together(300 * US, 700 * US, 1000 * US), [])
    assert "the fastest input there can be would make training 1.43 times as fast" in text


def test_the_best_change_is_the_possible_one_that_gives_most() -> None:
    together = Together(1000 * US, 0, 1000 * US)
    huge = Change("--loader.cache memory", 50 * US, "would need 90.0 GB of 12.0 GB free", possible=False)
    disk = Change("--loader.cache disk", 120 * US, "would need 90.0 GB", at_most=True)
    fast = Change("--image.decode fast", 400 * US)
    assert best([huge, fast, disk], together) is disk
    assert best([huge, fast], together) is fast
    assert best([huge], together) is None
    assert best([Change("--image.decode fast", 990 * US)], together) is None
    assert "would give at most 8,333 images/s" in sentence(PHOTOS, together, [huge, fast, disk])
    assert sentence(PHOTOS, together, [fast]).startswith("decode is 70 % of the time: --image.decode fast would give")


def test_where_nothing_fits_that_is_said() -> None:
    huge = Change("--loader.cache memory", 50 * US, "would need 90.0 GB of 12.0 GB free", possible=False)
    text = sentence(PHOTOS, Together(1000 * US, 0, 1000 * US), [huge])
    assert text.endswith(
        "no option gains much; --loader.cache memory would need 90.0 GB of 12.0 GB free, which is not there"
    )


def test_a_slow_augmentation_is_told_what_helps() -> None:
    text = sentence(stages(cache=5, augment=90, batch=5), Together(100 * US, 0, 100 * US), [])
    assert "no option gains much; what would help: fewer ranges under augment" in text


@given(st.lists(SECONDS, min_size=2, max_size=6), st.one_of(st.just(0.0), SECONDS), SECONDS, SECONDS)
def test_a_sentence_promises_what_is_predicted(parts: list[float], model: float, both: float, fast: float) -> None:
    every = [Stage(f"stage {k}", seconds) for k, seconds in enumerate(parts)]
    together, change = Together(sum(parts), model, both), Change("--some.option x", fast)
    text = sentence(every, together, [change])
    assert "\n" not in text
    assert ("--some.option x" in text) == (together.gain(fast) >= 1.05)


def test_percent() -> None:
    assert (percent(0.714), percent(0.0), percent(1.0)) == ("71 %", "0 %", "100 %")
