"""A model that would fail on its data, or could not learn from them, is refused before training."""

from __future__ import annotations

import functools
import warnings
from typing import Any

import keras
import numpy as np
import pytest

from pipeline import ImageData, from_arrays
from pipeline.errors import InputError
from pipeline.models.check import check_model, head_of
from pipeline.models.head import Head

COUNT = 24
X = np.random.default_rng(3).integers(0, 256, (COUNT, 6, 5, 3), np.uint8)
ROUND = np.arange(COUNT)
LABELS: dict[str, Any] = {
    "binary": ROUND % 2,
    "int": ROUND % 3,
    "categorical": np.eye(3)[ROUND % 3],
    "multi_label": np.stack([ROUND % 2, ROUND % 3 > 0, ROUND > 4], axis=1),
    "regression": (ROUND[:, None] - 7.5) * [1.0, 2.0],
}
UNITS = {"binary": 1, "int": 3, "categorical": 3, "multi_label": 3, "regression": 2}


@functools.cache
def data_of(mode: str) -> ImageData:
    return from_arrays(X, LABELS[mode], label_mode=mode, batch_size=COUNT)  # type: ignore[arg-type]


def network(units: int, activation: Any = None, shape: tuple[int, ...] = (6, 5, 3)) -> keras.Model:
    dense = keras.layers.Dense(units, activation=activation)
    return keras.Sequential([keras.Input(shape), keras.layers.Flatten(), dense])


def compiled(model: keras.Model, loss: Any) -> keras.Model:
    model.compile(loss=loss, run_eagerly=True)  # a step is taken in a moment so
    return model


def losses(model: keras.Model, data: ImageData) -> list[float]:
    """Return the losses of two training steps."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [float(model.train_on_batch(*batch)) for batch in data.train.concatenate(data.train)]


GOOD = [
    ("binary", "sigmoid", "binary_crossentropy"),
    ("binary", None, keras.losses.BinaryCrossentropy(from_logits=True)),
    ("binary", "sigmoid", "mse"),
    ("int", "softmax", "sparse_categorical_crossentropy"),
    ("int", None, keras.losses.SparseCategoricalCrossentropy(from_logits=True)),
    ("categorical", "softmax", "categorical_crossentropy"),
    ("categorical", "softmax", keras.losses.CategoricalCrossentropy(label_smoothing=0.1)),
    ("multi_label", "sigmoid", "binary_crossentropy"),
    ("multi_label", None, keras.losses.BinaryFocalCrossentropy(from_logits=True)),
    ("regression", None, "mse"),
    ("regression", "linear", keras.losses.Huber()),
    ("regression", None, lambda true, predicted: keras.ops.mean(keras.ops.abs(true - predicted))),
]


@pytest.mark.parametrize(("mode", "activation", "loss"), GOOD)
def test_what_fits_passes_and_trains(mode: str, activation: Any, loss: Any) -> None:
    data, model = data_of(mode), network(UNITS[mode], activation)
    check_model(model, data)  # not compiled yet
    check_model(compiled(model, loss), data)
    assert np.isfinite(losses(model, data)).all()


FAILS = [
    ("int", 3, "softmax", "categorical_crossentropy", "categorical_crossentropy does not fit .*'int'.*sparse_cat"),
    ("int", 2, "softmax", "sparse_categorical_crossentropy", r"output is \[None, 2\], .* need 3 outputs a picture"),
    ("int", 3, "softmax", "mse", "loss mean_squared_error does not fit"),
    ("binary", 2, "softmax", "binary_crossentropy", r"output is \[None, 2\], .* need one output a picture"),
    ("categorical", 3, "softmax", "sparse_categorical_crossentropy", "does not fit labels of label_mode='categorical'"),
    ("multi_label", 2, "sigmoid", "binary_crossentropy", r"output is \[None, 2\]"),
    ("multi_label", 3, "sigmoid", "sparse_categorical_crossentropy", "does not fit"),
    ("regression", 3, None, "mse", r"output is \[None, 3\], .* need 2 outputs"),
]


@pytest.mark.parametrize(("mode", "units", "activation", "loss", "words"), FAILS)
def test_what_keras_fails_on_is_refused(mode: str, units: int, activation: Any, loss: Any, words: str) -> None:
    data, model = data_of(mode), network(units, activation)
    compiled(model, loss)
    with pytest.raises(InputError, match=words):
        check_model(model, data)
    with pytest.raises(Exception, match=r"shape|rank|dimension|outside the valid range"):
        losses(model, data)


def test_softmax_over_one_output_is_1_whatever_the_picture() -> None:
    data, model = data_of("binary"), network(1, "softmax")
    compiled(model, "binary_crossentropy")
    with pytest.raises(InputError, match=r"softmax over one output, which is 1 .*activation='sigmoid'"):
        check_model(model, data)
    losses(model, data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.testing.assert_allclose(model(X.astype(np.float32)), 1, rtol=1e-6)


def test_categorical_loss_over_one_output_is_0() -> None:
    data, model = data_of("binary"), network(1, "sigmoid")
    compiled(model, "categorical_crossentropy")
    with pytest.raises(InputError, match=r"categorical_crossentropy does not fit labels of label_mode='binary'"):
        check_model(model, data)
    assert losses(model, data) == [0.0, 0.0]


@pytest.mark.parametrize("mode", ["int", "categorical"])
def test_sigmoid_for_one_of_several_classes(mode: str) -> None:
    data, model = data_of(mode), network(3, "sigmoid")
    with pytest.raises(InputError, match=r"sigmoid, which judges each class alone.*Dense\(3, activation='softmax'\)"):
        check_model(model, data)
    assert not np.allclose(np.asarray(model(X.astype(np.float32))).sum(axis=1), 1, atol=0.1)


def test_softmax_for_classes_that_go_together_cannot_say_two() -> None:
    model = network(3, "softmax")
    with pytest.raises(InputError, match="sum to 1, and the labels are classes that go together"):
        check_model(model, data_of("multi_label"))
    assert (np.asarray(model(X.astype(np.float32))) > 0.5).sum(axis=1).max() == 1


def test_values_beyond_what_the_activation_reaches() -> None:
    data = data_of("regression")
    for activation, words in (("sigmoid", "from 0 to 1"), ("relu", "from 0 to inf"), ("tanh", "from -1 to 1")):
        with pytest.raises(InputError, match=f"ends in {activation}, which reaches {words}.*lie from -15 to 31"):
            check_model(network(2, activation), data)
    with pytest.raises(InputError, match="sum to 1, and the labels are numbers"):
        check_model(network(2, "softmax"), data)
    shares = from_arrays(X, np.linspace(0.1, 0.9, COUNT))
    check_model(network(1, "sigmoid"), shares)


def test_logits_twice_and_not_at_all() -> None:
    data, model = data_of("binary"), network(1, "sigmoid")
    compiled(model, keras.losses.BinaryCrossentropy(from_logits=True))
    with pytest.raises(InputError, match=r"from_logits=True applies sigmoid itself, and the model ends in sigmoid"):
        check_model(model, data)
    plain = network(1)
    compiled(plain, "bce")
    with pytest.raises(InputError, match=r"binary_crossentropy needs probabilities, and the model ends in linear"):
        check_model(plain, data)


def test_pictures_of_another_shape() -> None:
    data = data_of("int")
    with pytest.raises(InputError, match=r"takes pictures of 28x28x1 .* data's are 6x5x3: give .*Input\(\(6, 5, 3\)\)"):
        check_model(network(3, "softmax", (28, 28, 1)), data)
    model = network(3, "softmax", (28, 28, 1))
    compiled(model, "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="incompatible"):
        losses(model, data)
    free = keras.Sequential([keras.Input((None, None, 3)), keras.layers.GlobalMaxPooling2D(), keras.layers.Dense(3)])
    check_model(free, data)


def test_a_picture_out_is_no_label() -> None:
    with pytest.raises(InputError, match=r"output is \[None, 6, 5, 3\], and labels of label_mode='int' need 3 outputs"):
        check_model(keras.Sequential([keras.Input((6, 5, 3)), keras.layers.Conv2D(3, 1)]), data_of("int"))


class Own(keras.Model):  # Keras ships no types
    """A model that computes in Python; its shapes are unknown before it is called."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.flatten, self.dense = keras.layers.Flatten(), keras.layers.Dense(units)

    def call(self, x: Any) -> Any:
        return keras.activations.softmax(self.dense(self.flatten(x)))


def test_models_that_are_not_built_and_models_inside_models() -> None:
    data = data_of("int")
    for units in (3, 4):
        late = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(units), keras.layers.Softmax()])
        own = Own(units)
        entry = keras.Input((6, 5, 3))
        nested = keras.Model(entry, network(units, "softmax")(entry))
        for model in (late, own, nested):
            if units == 4:
                with pytest.raises(InputError, match=r"output is \[None, 4\]"):
                    check_model(model, data)
                continue
            check_model(model, data)
            compiled(model, "sparse_categorical_crossentropy")
            check_model(model, data)
            assert np.isfinite(losses(model, data)).all()  # the look left the model as it was
    entry = keras.Input((6, 5, 3))
    with pytest.raises(InputError, match="ends in sigmoid"):
        check_model(keras.Model(entry, network(3, "sigmoid")(entry)), data)
    other = keras.Input((2,))
    two = keras.Model([entry, other], network(3, "softmax")(entry) + keras.layers.Dense(3)(other))
    with pytest.raises(InputError, match="must have one input"):
        check_model(two, data)


def test_what_is_no_model_and_data_without_labels() -> None:
    with pytest.raises(InputError, match=r"must be a Keras model\. Received: Dense"):
        check_model(keras.layers.Dense(3), data_of("int"))
    with pytest.raises(InputError, match=r"data must be what .*Received: NoneType"):
        check_model(network(3, "softmax"), None)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no labels to train"):
        check_model(network(3, "softmax"), from_arrays(X))


def test_the_head_of_data() -> None:
    assert head_of(data_of("binary")) == Head(1, "sigmoid", "binary_crossentropy", "BinaryAccuracy")
    assert head_of(data_of("categorical")) == Head(3, "softmax", "categorical_crossentropy", "CategoricalAccuracy")


def test_grey_pictures_may_lack_their_last_axis() -> None:
    """Accept a model without a channel axis, as in an MNIST notebook; Keras drops an axis of one channel."""
    data = from_arrays(X[..., 0], np.arange(len(X)) % 3)
    model = keras.Sequential(
        [keras.Input(X.shape[1:3]), keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    check_model(model, data)
    assert np.isfinite(model.fit(data.train, verbose=0, shuffle=False).history["loss"]).all()
    with pytest.raises(InputError, match="the model takes pictures of"):
        check_model(model, from_arrays(X, np.arange(len(X)) % 3))
