"""A run from its configuration, and the effect of signals on its files. `tests/train` tests the command."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import pytest
import tensorflow as tf

from pipeline import from_directory
from pipeline.config import FitConfig, LoaderConfig, ModelConfig, TrainConfig
from pipeline.errors import InputError
from pipeline.runs import fit, phase
from pipeline.runs.callbacks import KeepBest
from pipeline.runs.history import read_history
from pipeline.runs.resume import Resume
from pipeline.runs.run_folder import write_classes
from pipeline.runtime.interrupt import Interrupts
from tests.support.two_epochs import two_epochs

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder


@pytest.fixture(scope="module")
def folder(photo_folder: PhotoFolder) -> Path:
    return photo_folder({"cats": 6, "dogs": 6})


@pytest.fixture
def config(folder: Path, tmp_path: Path) -> TrainConfig:
    """Return the configuration of two epochs of a small network, validated on the training photos."""
    return two_epochs(folder, tmp_path / "run")


def record(config: TrainConfig) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(Path(str(config.output), "run.json").read_text())
    return content


def names(config: TrainConfig) -> set[str]:
    return {path.name for path in Path(str(config.output)).iterdir()}


WHOLE = {
    "config.yaml",
    "run.json",
    "classes.json",
    "history.csv",
    "history.png",
    "model.keras",
    "last.keras",
    "checkpoints",
}


def test_a_run_gives_its_record_and_leaves_stdout_alone(config: TrainConfig, capfd: pytest.CaptureFixture[str]) -> None:
    code, result = fit.train(config)
    assert code == 0
    assert result == record(config)
    assert result["finished"] is True
    assert names(config) == WHOLE
    assert capfd.readouterr().out == ""


def test_without_validation_the_best_is_by_loss_and_no_accuracy_is_said(config: TrainConfig) -> None:
    """Watch the training loss in early stopping if there is no validation."""
    config = dataclasses.replace(
        config,
        data=dataclasses.replace(config.data, validation=None),
        train=FitConfig(epochs=9, optimizer="sgd", learning_rate=1e-30, early_stopping=1),
        loader=LoaderConfig(batch_size=12, cache="memory"),
    )
    code, result = fit.train(config)
    rows = read_history(Path(str(config.output), "history.csv"))
    assert code == 0
    assert len(rows) == result["epochs"] < 9
    assert (result["val_accuracy"], result["validation_examples"]) == (None, 0)
    losses = [row["loss"] for row in rows]
    assert result["best_epoch"] == 1 + losses.index(min(losses))
    assert set(rows[0]) == {"epoch", "accuracy", "loss", "seconds"}


def test_the_epochs_of_the_data_are_the_epochs_of_the_fit(config: TrainConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the epochs of the data whatever else reads them, since `Resume` sets them."""
    began: list[tuple[int, int]] = []

    class Watching(Resume):
        def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            self.data.epoch.assign_add(17)
            self.data.first.assign(1)
            super().on_epoch_begin(epoch, logs)
            began.append((int(self.data.epoch), int(self.data.first)))

    monkeypatch.setattr(phase, "Resume", Watching)
    fit.train(config)
    assert began == [(0, 0), (1, 0)]


# ---- signals


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_an_epoch_is_written_waits_until_it_is(
    config: TrainConfig, monkeypatch: pytest.MonkeyPatch, number: int, code: int
) -> None:
    """Check that the model and the history of an epoch are both written, or neither."""

    class Struck(KeepBest):
        def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            os.kill(os.getpid(), number)
            super().on_epoch_end(epoch, logs)

    monkeypatch.setattr(phase, "KeepBest", Struck)
    left, result = fit.train(dataclasses.replace(config, train=FitConfig(epochs=50)))
    assert left == code
    assert result == record(config)
    assert (result["finished"], result["epochs"], result["best_epoch"]) == (False, 1, 1)
    assert names(config) == WHOLE
    assert [row["epoch"] for row in read_history(Path(str(config.output), "history.csv"))] == [1]
    assert keras.models.load_model(Path(str(config.output), "model.keras")).count_params() > 0


def test_a_signal_while_the_run_s_end_is_written_finds_it_ended(
    config: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:

    def struck(*arguments: Any) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        write_classes(*arguments)

    monkeypatch.setattr(fit, "write_classes", struck)
    try:
        code, result = fit.train(config)
    except KeyboardInterrupt:  # which would end pytest
        pytest.fail("the signal was heard before everything was written")
    assert (code, result["finished"]) == (0, True)
    assert names(config) == WHOLE
    assert record(config) == result


# ---- errors


def test_an_error_in_the_data_is_one_line_whatever_it_is(folder: Path, photo_folder: PhotoFolder) -> None:
    error = tf.errors.InvalidArgumentError(None, None, "Graph execution error:\n\nno such thing [Op:Foo]")
    data = from_directory(folder, image_size=8, cache="none", verify="never")
    found = phase.name_unreadable(data, error)
    assert isinstance(found, InputError)
    assert str(found) == "training stopped on an error that no photo explains: no such thing"
    other = photo_folder({"cats": 2, "dogs": 2})
    data = from_directory(folder, other, image_size=8, cache="none", verify="never")
    (other / "dogs" / "0001.jpg").unlink()
    with pytest.raises(InputError, match=r"1 of 4 photos cannot be read: .*0001\.jpg: .*No such file"):
        phase.name_unreadable(data, error)


def test_a_configuration_that_cannot_be_makes_no_folder(config: TrainConfig) -> None:
    with pytest.raises(InputError, match=r"too small for model\.filters"):
        fit.train(dataclasses.replace(config, model=ModelConfig(filters=(2,) * 5)))
    with pytest.raises(InputError, match="label_mode must name labels"):
        fit.train(dataclasses.replace(config, data=dataclasses.replace(config.data, label_mode=None)))
    assert not Path(str(config.output)).exists()


def test_what_a_run_has_that_is_ended_at_once_is_known(config: TrainConfig) -> None:
    """Check the message of the thread that ends the process if a step takes too long after a signal."""
    with Interrupts() as interrupts:
        assert interrupts.lost() == "nothing was saved"
        fit.train(config, interrupts)
        said = interrupts.lost()
    (last,) = Path(str(config.output), "checkpoints").iterdir()
    assert said == f"the last checkpoint is {last}; --resume {config.output} goes on from there"


def test_a_best_model_that_is_gone_is_said_and_replaced(config: TrainConfig, capfd: pytest.CaptureFixture[str]) -> None:
    fit.train(config)
    Path(str(config.output), "model.keras").unlink()
    code, _ = fit.train(dataclasses.replace(config, output=None, resume=config.output))
    assert code == 0
    assert "model.keras of epoch" in capfd.readouterr().err
    assert names(config) == WHOLE
