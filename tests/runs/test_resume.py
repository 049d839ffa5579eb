"""A fit that was stopped anywhere and continued ends like one that was not: batches, weights, metrics, history.

Here a fit is stopped by an exception, which leaves as little behind as a kill; real kills are in test_faults.py.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from pipeline import Augment, ImageData, Resume, from_directory
from pipeline.errors import InputError
from pipeline.runs.checkpoints import load_last
from pipeline.runtime.interrupt import Interrupts

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder

EPOCHS = 4
STEPS = 5  # the last one is partial
VALIDATION_STEPS = 5


@pytest.fixture(scope="module")
def folder(photo_folder: PhotoFolder) -> Path:
    return photo_folder({"cats": 10, "dogs": 8})


@pytest.fixture(scope="module")
def data(folder: Path) -> ImageData:
    return from_directory(
        folder,
        folder,
        image_size=8,
        batch_size=4,
        cache="memory",
        seed=3,
        augment=Augment(rotation_range=40, horizontal_flip=True, brightness_range=(0.5, 1.5)),
    )


class Counting(keras.callbacks.Callback):
    """A user's own callback, whose state and learning rate change with every batch."""

    def __init__(self, cooling: bool) -> None:
        super().__init__()
        self.cooling = cooling
        self.begun = self.batches = 0
        self.means: dict[str, Any] = {}

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.begun += 1

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.batches += 1
        self.means = {"last": np.array([batch], np.int16), "words": ["one", [1, None]]}
        if self.cooling:
            self.model.optimizer.learning_rate.assign(self.model.optimizer.learning_rate * 0.99)

    def get_state(self) -> dict[str, Any]:
        return {"begun": self.begun, "batches": self.batches, "means": self.means}

    def set_state(self, state: dict[str, Any]) -> None:
        self.begun, self.batches, self.means = state["begun"], state["batches"], state["means"]


class Stopped(Exception):  # noqa: N818
    """An exception that stops a fit."""


def stop() -> None:
    raise Stopped


class At(keras.callbacks.Callback):
    """A callback that calls a function at one moment of a fit: when `hook` is called in `epoch` for `batch`."""

    def __init__(self, hook: str, epoch: int, batch: int = -1, do: Callable[[], None] = stop) -> None:
        super().__init__()
        self.epoch = -1

        def strike(number: int, logs: Any = None) -> None:
            if (self.epoch, number) == (epoch, epoch if hook == "on_epoch_end" else batch):
                do()

        setattr(self, hook, strike)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch


@keras.saving.register_keras_serializable("test_resume")
class Noting(keras.Model):
    """A model that keeps a hash of every batch that it trains on, with the number of the batches before."""

    notes: list[tuple[int, int]]

    def train_step(self, batch: Any) -> Any:
        def note(number: Any, images: Any, labels: Any) -> None:
            self.notes.append((int(number), hash((images.numpy().tobytes(), labels.numpy().tobytes()))))

        tf.py_function(note, [self.optimizer.iterations, *batch], [])
        return super().train_step(batch)


def model_of(schedule: bool = False) -> Noting:
    keras.utils.set_random_seed(7)
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3)(inputs)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Dropout(0.5)(keras.layers.Flatten()(x))
    model = Noting(inputs, keras.layers.Dense(1, "sigmoid")(x))
    model.notes = []
    rate: Any = keras.optimizers.schedules.CosineDecay(0.01, 15) if schedule else 0.01
    optimizer = keras.optimizers.Adam(rate)
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy", keras.metrics.AUC(name="auc")])
    return model


class Fit:
    """A fit, to its end or to the place where it is stopped."""

    def __init__(
        self,
        data: ImageData,
        folder: Path,
        *moments: At,
        schedule: bool = False,
        model: Noting | None = None,
        streamed: bool = False,
        **options: Any,
    ) -> None:
        self.model = model_of(schedule) if model is None else model
        self.counting = Counting(cooling=not schedule)
        self.early = keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)
        self.others: list[Any] = [self.early, self.counting]
        if not schedule:
            self.others += [
                keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=1, cooldown=1, min_delta=0.05),
                keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.9),
            ]
        self.resume = Resume(data, folder, self.others, **{"steps": 2, "minutes": None, **options})
        try:
            whole = {"x": data.train, "validation_data": data.validation}
            self.history = self.model.fit(
                **(self._endless(data) if streamed else whole),
                epochs=EPOCHS,
                callbacks=[*self.others, *moments, self.resume],
                verbose=0,
                shuffle=False,
            )
            self.stopped = False
        except Stopped:
            self.stopped = True

    def _endless(self, data: ImageData) -> dict[str, Any]:
        return {
            "x": self.resume.stream(),
            "steps_per_epoch": data.steps,
            "validation_data": data.validation_stream,
            "validation_steps": data.validation_steps,
        }

    @property
    def end(self) -> dict[str, Any]:
        """Return the final weights, metrics and history, to compare them bit for bit."""
        variables = [*self.model.variables, *self.model.optimizer.variables]
        return {
            "weights": [variable.numpy().tobytes() for variable in variables],
            "history": self.history.history,
            "epochs": self.history.epoch,
            "early": (self.early.wait, self.early.best, self.early.best_epoch, self.early.stopped_epoch),
            "counting": (self.counting.begun, self.counting.batches, repr(self.counting.means)),
        }


@pytest.fixture(scope="module")
def undisturbed(data: ImageData, tmp_path_factory: pytest.TempPathFactory) -> Fit:
    return Fit(data, tmp_path_factory.mktemp("undisturbed"))


def test_the_undisturbed_fit_trains_on_every_batch_once(undisturbed: Fit, data: ImageData) -> None:
    assert data.steps == STEPS
    assert data.validation_steps == VALIDATION_STEPS
    assert [number for number, _ in undisturbed.model.notes] == list(range(EPOCHS * STEPS))
    assert len({note for _, note in undisturbed.model.notes}) == EPOCHS * STEPS


def slowly(*moments: Any) -> Any:
    return pytest.param(list(moments), marks=pytest.mark.slow)


@pytest.mark.parametrize(
    "moments",
    [
        slowly(("on_train_batch_end", 0, 0)),  # before there is a checkpoint
        slowly(("on_train_batch_end", 0, 3)),
        slowly(("on_train_batch_begin", 1, 4)),
        slowly(("on_train_batch_end", 1, STEPS - 1)),  # after the epoch's last step
        slowly(("on_test_batch_begin", 2, 2)),
        slowly(("on_epoch_end", 2)),  # after validation, before the checkpoint of the epoch's end
        slowly(("on_train_batch_begin", 3, 0)),
        [
            ("on_train_batch_end", 0, 2),
            ("on_train_batch_end", 0, 3),
            ("on_test_batch_begin", 1, 0),
            ("on_epoch_end", 3),
        ],
    ],
)
def test_a_fit_that_was_stopped_and_continued_ends_as_one_that_was_not(
    data: ImageData, undisturbed: Fit, tmp_path: Path, moments: list[Any]
) -> None:
    notes = dict(undisturbed.model.notes)
    trained: set[int] = set()
    for moment in moments:
        fit = Fit(data, tmp_path, At(*moment))
        assert fit.stopped
        assert all(notes[number] == note for number, note in fit.model.notes)
        trained |= {number for number, _ in fit.model.notes}
        last = load_last(tmp_path)
        assert max(trained) + 1 - (0 if last is None else last.epoch * STEPS + last.step) <= 2  # `steps` says so
    fit = Fit(data, tmp_path)
    assert all(notes[number] == note for number, note in fit.model.notes)
    assert trained | {number for number, _ in fit.model.notes} == set(range(EPOCHS * STEPS))
    assert fit.end == undisturbed.end


def test_a_fit_of_endless_streams_is_the_same_fit(data: ImageData, undisturbed: Fit, tmp_path: Path) -> None:
    moments = [("on_train_batch_end", 0, 2), ("on_test_batch_begin", 1, 3), ("on_train_batch_begin", 2, 0)]
    for moment in moments:
        assert Fit(data, tmp_path, At(*moment), streamed=True).stopped
    fit = Fit(data, tmp_path, streamed=True)
    notes = dict(undisturbed.model.notes)
    assert all(notes[number] == note for number, note in fit.model.notes)
    assert fit.end == undisturbed.end
    assert Fit(data, tmp_path / "whole", streamed=True).end == undisturbed.end


def test_a_stream_begins_in_the_fit_s_first_epoch(data: ImageData, tmp_path: Path) -> None:
    """Begin a second fit of a run, such as fine-tuning, at a later epoch without a checkpoint."""
    wanted = next(data.make_stream(2 * STEPS).as_numpy_iterator())
    images, labels = next(Resume(data, tmp_path).stream(2).as_numpy_iterator())
    assert np.array_equal(images, wanted[0])
    assert np.array_equal(labels, wanted[1])
    first = next(Resume(data, tmp_path).stream().as_numpy_iterator())
    assert np.array_equal(first[0], next(data.make_stream(0).as_numpy_iterator())[0])
    assert not np.array_equal(first[0], images)


@pytest.mark.slow
def test_a_learning_rate_schedule_of_the_optimizer_goes_on(data: ImageData, tmp_path: Path) -> None:
    whole = Fit(data, tmp_path / "whole", schedule=True)
    assert Fit(data, tmp_path / "cut", At("on_train_batch_end", 1, 3), schedule=True).stopped
    assert Fit(data, tmp_path / "cut", schedule=True).end == whole.end


@pytest.mark.slow
def test_a_damaged_checkpoint_is_left_for_the_one_before(data: ImageData, undisturbed: Fit, tmp_path: Path) -> None:
    assert Fit(data, tmp_path, At("on_train_batch_end", 2, 3)).stopped
    last, before = sorted(tmp_path.glob("*.npz"), reverse=True)
    content = bytearray(last.read_bytes())
    content[len(content) // 2] ^= 1
    last.write_bytes(content)
    fit = Fit(data, tmp_path)
    _, epoch, _, step, _ = before.name.split("-")
    assert fit.model.notes[0][0] == int(epoch) * STEPS + int(step)
    assert fit.end == undisturbed.end


def test_the_same_model_is_fitted_again_after_an_exception(data: ImageData, undisturbed: Fit, tmp_path: Path) -> None:
    """Continue with the same model, as in a notebook."""
    fit = Fit(data, tmp_path, At("on_train_batch_end", 1, 2))
    fit.model.fit(data.train, verbose=0)  # what it trains on behind the checkpoint does not matter
    fit.model.notes.clear()
    again = Fit(data, tmp_path, model=fit.model)
    assert again.end == undisturbed.end
    assert not isinstance(getattr(again.model.train_function, "__self__", None), Resume)


@pytest.mark.slow
def test_without_any_checkpoint_left_it_begins_anew(data: ImageData, undisturbed: Fit, tmp_path: Path) -> None:
    assert Fit(data, tmp_path, At("on_train_batch_end", 2, 3)).stopped
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes()[:-1])
    fit = Fit(data, tmp_path)
    assert fit.model.notes[0][0] == 0
    assert fit.end == undisturbed.end


def test_a_fit_that_ended_has_nothing_left_to_do(
    data: ImageData, undisturbed: Fit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Fit(data, tmp_path)
    again = Fit(data, tmp_path)
    assert again.model.notes == []
    assert again.end == undisturbed.end
    assert f"continuing in epoch {EPOCHS + 1} after 0 of its {STEPS} steps" in capsys.readouterr().err


def test_early_stopping_is_remembered(data: ImageData, tmp_path: Path) -> None:
    """Do not train on if the process was killed after the epoch that stopped the fit."""

    def fit(*last: keras.callbacks.Callback) -> keras.callbacks.History:
        early = keras.callbacks.EarlyStopping(monitor="accuracy", baseline=2.0, patience=2)
        callbacks = [early, Resume(data, tmp_path, [early]), *last]
        return model_of().fit(data.train, epochs=EPOCHS, callbacks=callbacks, verbose=0, shuffle=False)

    with pytest.raises(Stopped):
        fit(keras.callbacks.LambdaCallback(on_train_end=lambda _logs: stop()))
    assert fit().epoch == [0, 1]


def test_a_checkpoint_is_the_variables_and_a_few_kilobytes(
    data: ImageData, folder: Path, tmp_path: Path, photo_folder: PhotoFolder
) -> None:
    """Keep nothing but the state of the model and callbacks in a checkpoint, however many photos are shuffled."""
    sizes = []
    more = from_directory(photo_folder({"cats": 100, "dogs": 100}), folder, image_size=8, batch_size=40, cache="memory")
    for number, one in enumerate((data, more)):
        fit = Fit(one, tmp_path / str(number), At("on_train_batch_end", 1, 2))
        (last,) = sorted((tmp_path / str(number)).glob("*.npz"))[-1:]
        groups = (
            fit.model.variables,
            fit.model.optimizer.variables,
            fit.model.metrics_variables,
            fit.early.best_weights,
        )
        held = sum(np.asarray(variable).nbytes for group in groups for variable in group)
        sizes.append(last.stat().st_size - held)
    assert max(sizes) < 20_000
    assert abs(sizes[0] - sizes[1]) < 200


# ---- what is refused


def test_another_model_is_refused(data: ImageData, tmp_path: Path) -> None:
    assert Fit(data, tmp_path, At("on_train_batch_end", 0, 3)).stopped
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    with pytest.raises(InputError, match="is of another model, optimizer or set of metrics"):
        model.fit(data.train, callbacks=[Resume(data, tmp_path)], verbose=0, shuffle=False)


def test_other_data_are_refused(data: ImageData, folder: Path, tmp_path: Path) -> None:
    assert Fit(data, tmp_path, At("on_train_batch_end", 0, 3)).stopped
    other = from_directory(folder, folder, image_size=8, batch_size=4, seed=4)
    with pytest.raises(InputError, match=r"seed \(was 3, is 4\)"):
        Fit(other, tmp_path)


def test_a_fit_that_is_told_where_to_begin_is_refused(data: ImageData, tmp_path: Path) -> None:
    """Refuse another first epoch than the checkpoint's, and notice if Keras ignores the one that is set."""
    assert Fit(data, tmp_path, At("on_train_batch_end", 1, 3)).stopped
    fit = Fit(data, tmp_path, At("on_train_batch_end", 1, 3))
    assert fit.stopped
    resume = Resume(data, tmp_path)
    resume.set_model(model_of())
    resume.set_params({"steps": STEPS})
    resume.model.make_train_function()
    resume.on_train_begin()
    with pytest.raises(InputError, match=r"epoch, 1\. Received: initial_epoch=0"):
        resume.on_epoch_begin(0)


def test_data_with_a_start_are_refused(folder: Path, tmp_path: Path) -> None:
    data = from_directory(folder, image_size=8, batch_size=4, start=5)
    with pytest.raises(InputError, match=r"without start\. Received: start=5"):
        Resume(data, tmp_path)


def test_a_fit_of_other_data_is_refused(data: ImageData, tmp_path: Path) -> None:
    model = model_of()
    with pytest.raises(InputError, match=r"of 5 steps an epoch, without steps_per_epoch, or .*Received: 3 steps"):
        model.fit(data.train, steps_per_epoch=3, callbacks=[Resume(data, tmp_path)], verbose=0, shuffle=False)
    with pytest.raises(InputError, match="other data than fit is"):
        model.fit(data.validation, callbacks=[Resume(data, tmp_path)], verbose=0, shuffle=False)
    with pytest.raises(InputError, match="other data than fit is"):
        model.fit(data.stream, steps_per_epoch=5, callbacks=[Resume(data, tmp_path)], verbose=0, shuffle=False)
    assert list(tmp_path.iterdir()) == []


def test_a_callback_that_stands_behind_or_is_forgotten_is_refused(data: ImageData, tmp_path: Path) -> None:
    """Refuse a callback after `Resume`, since its state would be saved before the epoch's end."""
    early = keras.callbacks.EarlyStopping()
    resume = Resume(data, tmp_path, [early])
    for callbacks in ([resume, early], [resume]):
        with pytest.raises(InputError, match=r"must stand last .* Not so: \['EarlyStopping'\]"):
            model_of().fit(data.train, callbacks=callbacks, verbose=0, shuffle=False)


def test_another_backend_is_refused(data: ImageData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(InputError, match=r"TensorFlow backend\. Received: jax"):
        Resume(data, tmp_path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps must be null or an integer of at least 1"),
        ({"minutes": 0}, "minutes must be null or a number"),
        ({"keep": 0}, "keep must be an integer of at least 1"),
    ],
)
def test_arguments_that_cannot_be_are_refused(
    data: ImageData, tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        Resume(data, tmp_path, **options)


def test_photos_that_go_away_from_under_a_cache_do_not_matter(photo_folder: PhotoFolder, tmp_path: Path) -> None:
    folder = photo_folder({"cats": 4, "dogs": 4})
    data = from_directory(folder, folder, image_size=8, batch_size=4, cache="memory")
    for path in folder.rglob("*.jpg"):
        path.unlink()
    assert not Fit(data, tmp_path).stopped
    assert len(list(tmp_path.iterdir())) == 2


# ---- what is said


@pytest.mark.slow
def test_other_threads_are_said(
    data: ImageData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Fit(data, tmp_path, At("on_train_batch_end", 0, 3)).stopped
    monkeypatch.setattr("pipeline.runtime.machine.threads", lambda: 77)
    Fit(data, tmp_path)
    assert "is 77: batches are the same, but weights may differ in their last bits" in capsys.readouterr().err


def test_a_folder_that_takes_no_checkpoint_is_said_once_and_training_goes_on(
    data: ImageData,
    undisturbed: Fit,
    open_folder: Path,
    as_nobody: Callable[[], Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    os.chmod(open_folder, 0o555)
    with as_nobody():
        fit = Fit(data, open_folder / "checkpoints")
    said = capsys.readouterr().err
    assert said.count("no checkpoint can be written") == 1
    assert "Permission denied" in said
    assert fit.end == undisturbed.end


# ---- signals


@pytest.mark.parametrize(
    ("hook", "batch", "step"),
    [
        pytest.param("on_train_batch_begin", 1, 2, marks=pytest.mark.slow),
        pytest.param("on_train_batch_end", STEPS - 1, STEPS, marks=pytest.mark.slow),
        ("on_test_batch_begin", 1, STEPS),
    ],
)
def test_a_signal_saves_after_the_step_in_which_it_comes(
    data: ImageData, undisturbed: Fit, tmp_path: Path, hook: str, batch: int, step: int
) -> None:
    send = At(hook, EPOCHS // 2, batch, lambda: os.kill(os.getpid(), signal.SIGTERM))
    with Interrupts() as interrupts:
        interrupts.hold()
        with pytest.raises(KeyboardInterrupt):
            Fit(data, tmp_path, send, steps=None, interrupts=interrupts)
        assert interrupts.exit_code == 143
    last = load_last(tmp_path)
    assert last is not None
    assert (last.epoch, last.step) == (EPOCHS // 2, step)
    assert Fit(data, tmp_path).end == undisturbed.end


# ---- Keras' own


@pytest.mark.slow
def test_keras_own_backup_trains_on_examples_twice(data: ImageData, tmp_path: Path) -> None:
    """Show why `BackupAndRestore` is not used: after a stop it repeats the epoch with the weights of a later step."""

    def fit(*moments: At) -> Noting:
        model = model_of()
        backup = keras.callbacks.BackupAndRestore(str(tmp_path), save_freq=2)
        model.fit(data.train, epochs=2, callbacks=[backup, *moments], verbose=0, shuffle=False)
        return model

    with pytest.raises(Stopped):
        fit(At("on_train_batch_end", 1, 3))
    assert int(fit().optimizer.iterations) > 2 * STEPS
