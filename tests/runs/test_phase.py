"""The two parts of a run, and the callbacks that a configuration asks for."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from pipeline.config import FitConfig, ImageConfig, LoaderConfig, ModelConfig, TrainConfig
from pipeline.errors import InputError
from pipeline.runs import fit, phase
from pipeline.runs.callbacks import Averaged, KeepBest, Record
from pipeline.runs.history import read_history
from pipeline.sources.labels import Mode
from tests.support.two_epochs import two_epochs

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder

HEAD_ALONE, ALL = 2, 2  # epochs


@pytest.fixture(scope="module")
def folder(photo_folder: PhotoFolder) -> Path:
    return photo_folder({"cats": 9, "dogs": 3})


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    keras.utils.set_random_seed(5)
    path = tmp_path_factory.mktemp("weights") / "own.weights.h5"
    keras.applications.VGG16(include_top=False, weights=None, input_shape=(32, 32, 3)).save_weights(path)
    return path


@pytest.fixture
def config(folder: Path, tmp_path: Path) -> TrainConfig:
    return two_epochs(folder, tmp_path / "run")


@pytest.fixture
def tuned(config: TrainConfig, weights: Path) -> TrainConfig:
    return dataclasses.replace(
        config,
        image=ImageConfig(size=32, rescale=None),
        model=ModelConfig(name="vgg16", weights=str(weights)),
        train=FitConfig(epochs=HEAD_ALONE, fine_tune_epochs=ALL, fine_tune_learning_rate=1e-4),
    )


def history(config: TrainConfig) -> list[dict[str, float]]:
    return read_history(Path(str(config.output), "history.csv"))


def last(config: TrainConfig) -> list[np.ndarray[Any, Any]]:
    return [np.asarray(one) for one in keras.models.load_model(Path(str(config.output), "last.keras")).get_weights()]


def same(one: list[np.ndarray[Any, Any]], other: list[np.ndarray[Any, Any]]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


# ---- two parts


@pytest.mark.slow
def test_the_head_learns_then_the_rest_in_one_history(
    tuned: TrainConfig, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, result = fit.train(tuned)
    said = capfd.readouterr()
    assert (code, result["epochs"], result["fine_tuned_from"]) == (0, HEAD_ALONE + ALL, HEAD_ALONE + 1)
    assert [row["epoch"] for row in history(tuned)] == [1, 2, 3, 4]
    assert said.out == ""
    assert "model: vgg16, 14,715,201 parameters, of which 513 learn" in said.err
    assert "fine-tuning: 14,715,201 parameters, at a learning rate of 0.0001" in said.err
    assert result["seconds"] >= sum(row["seconds"] for row in history(tuned)) * 0.99
    # The same run in two goes is the same run: the first part alone, then as many epochs of fine-tuning.
    parts = dataclasses.replace(
        tuned, output=str(tmp_path / "parts"), train=dataclasses.replace(tuned.train, fine_tune_epochs=0)
    )
    fit.train(parts)
    code, again = fit.train(dataclasses.replace(tuned, output=None, resume=parts.output))
    assert (code, again["epochs"], again["fine_tuned_from"]) == (0, 4, 3)
    assert same(last(tuned), last(parts))


@pytest.mark.slow
@pytest.mark.parametrize("epoch", [1, 2, 3])
def test_interrupted_in_either_part_it_ends_with_the_same_weights(
    tuned: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, epoch: int
) -> None:
    fit.train(tuned)

    class Struck(Record):
        def on_epoch_begin(self, now: int, logs: dict[str, Any] | None = None) -> None:
            super().on_epoch_begin(now, logs)
            if now == epoch:
                os.kill(os.getpid(), signal.SIGTERM)

    other = dataclasses.replace(tuned, output=str(tmp_path / "other"))
    with monkeypatch.context() as patch:
        Struck.__name__ = "Record"  # under which its state is kept
        patch.setattr(phase, "Record", Struck)
        code, result = fit.train(other)
    assert (code, result["finished"]) == (143, False)
    assert result["fine_tuned_from"] == (None if epoch < HEAD_ALONE else HEAD_ALONE + 1)
    Path(str(tuned.model.weights)).rename(tmp_path / "weights.gone")  # a checkpoint holds them all
    try:
        code, result = fit.train(dataclasses.replace(other, output=None, resume=other.output))
    finally:
        (tmp_path / "weights.gone").rename(str(tuned.model.weights))
    assert (code, result["epochs"], result["fine_tuned_from"]) == (0, HEAD_ALONE + ALL, HEAD_ALONE + 1)
    assert same(last(tuned), last(other))
    assert [row["epoch"] for row in history(other)] == [1, 2, 3, 4]


# ---- while it is fitted


def test_classes_count_the_same_where_they_are_balanced(config: TrainConfig) -> None:
    """Weight a dog's loss three times a cat's, for nine cats and three dogs."""
    model_losses = []
    for asked in (None, "balanced"):
        one = dataclasses.replace(
            config,
            train=FitConfig(epochs=1, optimizer="sgd", learning_rate=1e-30, class_weight=asked),
            loader=LoaderConfig(batch_size=12, cache="memory"),
            output=f"{config.output}-{asked}",
        )
        fit.train(one)
        model_losses.append(history(one)[0]["loss"])
    data = phase_data(config)
    model = keras.models.load_model(Path(f"{config.output}-balanced", "last.keras"))
    images, labels = next(iter(data.batches))
    losses = np.asarray(keras.losses.binary_crossentropy(labels, model(images)))
    cats = np.asarray(labels)[:, 0] == 0
    assert model_losses[0] == pytest.approx(losses.mean(), rel=1e-4)
    weighted = np.where(cats, 12 / (2 * 9), 12 / (2 * 3)) * losses
    assert model_losses[1] == pytest.approx(weighted.mean(), rel=1e-4)


def phase_data(config: TrainConfig) -> Any:
    from pipeline.builders.build import build

    return build(config.data, config.image, LoaderConfig(batch_size=12, cache="none"), config.augment, config.seed)


def test_averaged_weights_are_validated_and_kept_and_training_goes_on_without(config: TrainConfig) -> None:
    average = dataclasses.replace(config, train=FitConfig(epochs=2, learning_rate=0.05, ema=0.5))
    plain = dataclasses.replace(config, train=FitConfig(epochs=2, learning_rate=0.05), output=f"{config.output}-plain")
    _, result = fit.train(average)
    fit.train(plain)
    model = keras.models.load_model(Path(str(average.output), "model.keras"))
    data = phase_data(config)
    measured = model.evaluate(data.validation, verbose=0, return_dict=True)
    assert measured["accuracy"] == pytest.approx(result["val_accuracy"], abs=1e-4)
    assert measured["loss"] == pytest.approx(result["val_loss"], abs=1e-3)
    # Gradients are those of the weights themselves: the training losses are those of a run without an average.
    assert [row["loss"] for row in history(average)] == [row["loss"] for row in history(plain)]
    assert [row["val_loss"] for row in history(average)] != [row["val_loss"] for row in history(plain)]


@pytest.mark.slow
def test_a_signal_while_the_average_is_validated_saves_the_weights_themselves(
    config: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = FitConfig(epochs=3, learning_rate=0.05, ema=0.5)
    whole = dataclasses.replace(config, train=train)
    fit.train(whole)

    class Struck(KeepBest):
        def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
            if batch == 1:
                os.kill(os.getpid(), signal.SIGTERM)

    other = dataclasses.replace(whole, output=f"{config.output}-other")
    with monkeypatch.context() as patch:
        Struck.__name__ = "KeepBest"
        patch.setattr(phase, "KeepBest", Struck)
        code, _ = fit.train(other)
    assert code == 143
    fit.train(dataclasses.replace(other, output=None, resume=other.output))
    assert same(last(whole), last(other))
    assert [row["val_loss"] for row in history(whole)] == [row["val_loss"] for row in history(other)]


def test_swapping_twice_is_nothing() -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5), "mse")
    model.fit(np.ones((4, 2)), np.ones((4, 1)), epochs=1, batch_size=1, verbose=0)
    averaged = Averaged()
    averaged.set_model(model)
    before = model.get_weights()
    with averaged.applied():
        inside = model.get_weights()
    assert same(before, model.get_weights())
    averaged.before_saving()
    assert same(before, model.get_weights())
    assert inside is not before


def test_a_plateau_lowers_the_rate_and_is_written_down(config: TrainConfig) -> None:
    train = FitConfig(epochs=4, optimizer="sgd", learning_rate=1e-20, schedule="plateau", plateau_patience=1)
    one = dataclasses.replace(config, train=train, loader=LoaderConfig(batch_size=12, cache="memory"))
    fit.train(one)
    model = keras.models.load_model(Path(str(one.output), "last.keras"))
    assert float(model.optimizer.learning_rate) < 1e-20 / 3


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_sixteen_bits_compute_and_thirty_two_keep(config: TrainConfig, precision: Any) -> None:
    one = dataclasses.replace(config, train=FitConfig(epochs=1, mixed_precision=precision))
    code, _ = fit.train(one)
    model = keras.models.load_model(Path(str(one.output), "model.keras"))
    assert code == 0
    assert model.layers[0].compute_dtype == precision
    assert {str(one.dtype) for one in model.trainable_variables} == {"float32"}
    assert model.layers[-1].compute_dtype == "float32"
    assert keras.config.dtype_policy().name == "float32"


@pytest.mark.slow
def test_several_steps_at_once_are_the_same_steps(config: TrainConfig) -> None:
    several = dataclasses.replace(
        config, train=FitConfig(epochs=2, steps_per_execution=3), output=f"{config.output}-several"
    )
    with pytest.raises(InputError, match=r"must divide the steps of an epoch, of which training has 3.*Received: 2"):
        fit.train(dataclasses.replace(several, train=FitConfig(steps_per_execution=2)))
    fit.train(config)
    fit.train(several)
    assert same(last(config), last(several))


def test_tensorboard_that_is_not_installed_is_said_before_training(
    config: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"train\.tensorboard .* pip install tensorboard"):
        fit.train(dataclasses.replace(config, train=FitConfig(tensorboard=True)))


@pytest.mark.parametrize("mode", ["binary", "int", "categorical"])
def test_the_head_follows_the_labels(config: TrainConfig, mode: Mode, capfd: pytest.CaptureFixture[str]) -> None:
    data = dataclasses.replace(config.data, label_mode=mode)  # type: ignore[arg-type]
    _, result = fit.train(dataclasses.replace(config, data=data, train=FitConfig(epochs=1)))
    model = keras.models.load_model(Path(str(config.output), "model.keras"))
    assert model.output_shape == (None, 1 if mode == "binary" else 2)
    assert "(from the labels)" in capfd.readouterr().err
    assert 0 <= result["val_accuracy"] <= 1
    assert json.loads(Path(str(config.output), "classes.json").read_text())["label_mode"] == mode
    assert tf.config.list_physical_devices("GPU") or not model.jit_compile
