"""Measure `model.fit`: images a second, the time that steps wait for their input, and accuracy over seeds."""

from __future__ import annotations

from typing import Any

import pytest

from bench.arms.gpu import has_gpu
from bench.arms.listing import listed
from bench.conftest import session_of
from bench.measure.fits import WHOLE, Fit
from bench.measure.session import Clock, Session, fit_id
from bench.questions.accuracy import learn

CLOCK = Clock()
SEEDS = (0, 1, 2)
EPOCHS = 30
# The arms whose accuracy is measured, and their names in `bench.questions.accuracy`.
LEARNERS = {"generator-adapter": "generator", "pipeline": "stretch"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test for each fit of the suite."""
    session = session_of(metafunc.config)
    if "fit" in metafunc.fixturenames:
        numbered = enumerate(session.fits)
        rows = [(at, number, fit_id(one)) for at, comparison in numbered for number, one in enumerate(comparison)]
        metafunc.parametrize(("comparison", "fit"), [row[:2] for row in rows], ids=[row[2] for row in rows])
    if "learner" in metafunc.fixturenames:
        metafunc.parametrize("learner", LEARNERS, ids=[f"accuracy: {name}" for name in LEARNERS])


@pytest.mark.benchmark(timer=CLOCK)
def test_fit(benchmark: Any, measured: Session, comparison: int, fit: int) -> None:
    """Measure the epochs of one fit."""
    one = measured.fits[comparison][fit]
    if one.device == "GPU" and not has_gpu():
        pytest.skip("no GPU: not measured")
    result = measured.fitted(comparison, fit)
    if result.failure:
        pytest.fail(measured.why(result.failure), pytrace=False)
    benchmark.group = f"fit {one.network} on a {one.device}"
    images = len(listed(measured.folder))
    if one.arm in WHOLE:
        images -= images % one.cell.batch
    CLOCK.replay(benchmark, [1000 * seconds / images for seconds in result.seconds])
    benchmark.extra_info.update(
        kind="fit",
        race=f"fit {one.network}" if one.device == "CPU" else f"fit {one.network} {one.device}",
        arm=one.arm,
        network=one.network,
        device=one.device,
        setting=measured.setting_of(one),
        rates=[images / seconds for seconds in result.seconds],
        seconds=result.seconds,
        first_batch_seconds=result.first,
        waiting=result.waiting,
    )


@pytest.mark.benchmark(timer=CLOCK)
def test_accuracy(benchmark: Any, measured: Session, learner: str) -> None:
    """Measure the accuracy of the notebook's network after equal epochs, for each seed."""
    if measured.suite != "full":
        pytest.skip("in --full alone: thirty epochs, three seeds, 12 minutes")
    if measured.validation is None:
        pytest.skip("no validation photos beside the training photos: give --validation DIR")
    fit = measured.with_best_setting(Fit(learner, "notebook"))
    folders = {"folder": measured.folder, "validation": measured.validation}
    task = {"arm": LEARNERS[learner], **folders, "side": fit.cell.side, "batch": fit.cell.batch, **fit.setting}
    found = [learn({**task, "epochs": EPOCHS, "seed": seed}) for seed in SEEDS]
    seconds = [one["seconds"] for one in found]
    benchmark.group = "accuracy"
    CLOCK.replay(benchmark, seconds)
    benchmark.extra_info.update(
        kind="accuracy",
        arm=learner,
        epochs=EPOCHS,
        accuracies=[one["accuracies"][-1] for one in found],
        seconds=seconds,
    )
