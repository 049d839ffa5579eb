"""Calls of fit, evaluate and predict as Keras 3 takes them: what is written, and that it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tests.support.migrated import migrated, notes_of

HEAD = """\
import numpy as np
import itertools, math
from tensorflow.keras.preprocessing.image import ImageDataGenerator
g = ImageDataGenerator().flow_from_directory("t", batch_size=8)
v = ImageDataGenerator().flow_from_directory("v")
a = ImageDataGenerator().flow((x, extra), y)
"""
FOR_EVER = "g.as_dataset().repeat()"


def rewritten(call: str) -> str:
    return migrated(HEAD + call).removeprefix(migrated(HEAD))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # Every argument by its name, in Keras 2's positional order.
        (
            "h = m.fit_generator(g, 9, 2, 0, [c], v, 4, 1, {0: 1}, 10, 4, True, False, 1)",
            f"h = m.fit({FOR_EVER}, steps_per_epoch=9, epochs=2, verbose=0, callbacks=[c], validation_data=v, "
            "validation_steps=4, validation_freq=1, class_weight={0: 1}, shuffle=False, initial_epoch=1)",
        ),
        # Before Keras 2.3, class_weight stood where validation_freq stands since.
        (
            "m.fit_generator(g, len(g), 2, 1, None, v, 4, {0: 1}, 10, 4, True, False)",
            "m.fit(g, steps_per_epoch=len(g), epochs=2, verbose=1, callbacks=None, validation_data=v, "
            "validation_steps=4, class_weight={0: 1}, shuffle=False)",
        ),
        ("m.predict_generator(v, 3)", "m.predict(v, steps=3)"),
        ("m.predict_generator(v, 3, [c], 10, 1, False, 1)", "m.predict(v, steps=3, callbacks=[c], verbose=1)"),
        ("m.evaluate_generator(v, 3, 10, 1, False, 1)", "m.evaluate(v, steps=3, verbose=1)"),
        ("self.m.evaluate_generator(generator=v, steps=3)[1]", "self.m.evaluate(x=v, steps=3)[1]"),
        ("a . b . predict_generator ( ( v ) , ( 3 ) )", "a . b . predict ( ( v ) , steps=( 3 ) )"),
        ("print(f'{m.predict_generator(v, 3)}')", "print(f'{m.predict(v, steps=3)}')"),
        ("m.fit_generator(generator=g)", "m.fit(x=g)"),
        # What is left out leaves nothing behind, and comments stay.
        ("m.fit_generator(g, epochs=2, workers=4, max_queue_size=9)", "m.fit(g, epochs=2)"),
        ("m.fit_generator(g, workers=4, epochs=2, max_queue_size=9,)", "m.fit(g, epochs=2,)"),
        ("m.fit_generator(workers=4,\n    generator=g,\n    epochs=2)", "m.fit(x=g,\n    epochs=2)"),
        (
            "m.fit_generator(\n    g,\n    workers=4,  # four\n    epochs=2)",
            "m.fit(\n    g,\n      # four\n    epochs=2)",
        ),
        ("m.fit_generator(g, workers=4  # 넷\n    , epochs=2)", "m.fit(g,   # 넷\n     epochs=2)"),
        ("m.fit_generator(g, \\\n    workers=(4,\n 5))", "m.fit(g)"),
        # Steps were counted in images once, and may be fractions.
        (
            "m.fit_generator(g, samples_per_epoch=2000, nb_epoch=5, validation_data=v, nb_val_samples=n + 1, "
            "nb_worker=2)",
            f"m.fit({FOR_EVER}, steps_per_epoch=2000 // g.batch_size, epochs=5, validation_data=v, "
            "validation_steps=(n + 1) // v.batch_size)",
        ),
        ("m.fit_generator(g, 2000, nb_epoch=5)", f"m.fit({FOR_EVER}, steps_per_epoch=2000 // g.batch_size, epochs=5)"),
        ("m.fit_generator(g, nb_val_samples=9, validation_data=(p, q))", "m.fit(g, validation_data=(p, q))"),
        ("m.predict_generator(v, v.n / 32)", "m.predict(v, steps=int(-(-(v.n / 32) // 1)))"),
        ("s = v.n / 32\nm.predict_generator(v, steps=s)", "s = v.n / 32\nm.predict(v, steps=int(-(-(s) // 1)))"),
        ("m.evaluate(v, steps=np.ceil(v.n / 32))", "m.evaluate(v, steps=int(np.ceil(v.n / 32)))"),
        ("m.evaluate(v, steps=math.ceil(v.n / 32))", "m.evaluate(v, steps=math.ceil(v.n / 32))"),
        # What Keras 3 refuses.
        ("m.fit(zip(g, v), steps_per_epoch=3)", "m.fit((batch for batch in zip(g, v)), steps_per_epoch=3)"),
        (
            "t = zip(g, v)\nm.fit_generator(t, 3, validation_data=zip(v, g), validation_steps=1)",
            "t = zip(g, v)\nm.fit((batch for batch in t), steps_per_epoch=3, "
            "validation_data=(batch for batch in zip(v, g)), validation_steps=1)",
        ),
        ("m.predict(itertools.chain(g), steps=3)", "m.predict((batch for batch in itertools.chain(g)), steps=3)"),
        ("m.predict(map(f, g), steps=3)", "m.predict((batch for batch in map(f, g)), steps=3)"),
        ("m.fit(a, epochs=2, validation_data=a)", "m.fit(a.as_dataset(), epochs=2, validation_data=a.as_dataset())"),
        ("m.fit(a, steps_per_epoch=2)", "m.fit(a.as_dataset().repeat(), steps_per_epoch=2)"),
        # What Keras 3 takes stays.
        ("m.fit(g, steps_per_epoch=3, epochs=2)", "m.fit(g, steps_per_epoch=3, epochs=2)"),
        ("m.fit(x, y, epochs=3)", "m.fit(x, y, epochs=3)"),
        ("m.fit((p for p in zip(g, v)), steps_per_epoch=3)", "m.fit((p for p in zip(g, v)), steps_per_epoch=3)"),
        ("scaler.fit(zip(p, q))", "scaler.fit(zip(p, q))"),
    ],
)
def test_a_call(before: str, after: str) -> None:
    assert rewritten(before) == after


@pytest.mark.parametrize(
    "call",
    [
        "m.fit_generator(g, **k)",
        "m.fit_generator(*k)",
        "m.fit_generator(g, 1, 1, 1, None, v, 4, unknown)",
        "m.evaluate_generator(g, 3, unknown)",
        "m.fit_generator(f(), samples_per_epoch=9)",
        "m.predict_generator()",
        "predict = m.predict_generator",
        "functools.partial(m.fit_generator, g)",
    ],
)
def test_what_cannot_be_changed_is_told_with_what_to_write(call: str) -> None:
    assert rewritten(call) == call
    notes = [text for line, text in notes_of(HEAD + call, unread=True) if line == 7]
    assert len(notes) == 1
    assert "is gone from Keras 3 and" in notes[0]
    assert ": write " in notes[0]


def test_methods_of_the_files_own_and_of_keras_2_stay() -> None:
    own = "class M:\n    def fit_generator(self, g, n):\n        pass\nM().fit_generator(g, 3)\n"
    assert rewritten(own) == own
    old = HEAD + "import tf_keras\nm.fit_generator(g, 3)\n"
    assert migrated(old).endswith("m.fit_generator(g, 3)\n")
    assert any("tf_keras" in text and "still has it" in text for _, text in notes_of(old, unread=False))


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("m.fit_generator(g, workers=2)", "fit_generator is gone from Keras 3: it becomes fit, with every argument"),
        ("m.fit_generator(g, workers=2)", "workers: left out, the drop-in reads ahead by itself"),
        ("m.fit_generator(g, 3)", f"{FOR_EVER} gives every epoch its steps_per_epoch"),
        ("m.fit_generator(u, 3)", "if u is an iterator of ImageDataGenerator, write u.as_dataset().repeat()"),
        ("m.fit_generator(u if b else g, 3)", "write (u if b else g).as_dataset().repeat()"),
        ("m.fit(g, steps_per_epoch=g.n // 8)", f"leave steps_per_epoch out, or write {FOR_EVER}"),
        ("m.fit(zip(g, v))", "a generator has no end: add steps_per_epoch="),
        (
            "m.fit(zip(g, v), steps_per_epoch=3, validation_data=zip(v, g))",
            "validation_data=tf.data.Dataset.zip((v.as_dataset(), g.as_dataset())) measures the same images each time",
        ),
        ("m.fit(zip(g, v), steps_per_epoch=3, class_weight=w)", "Keras 3 takes no class_weight with a generator"),
    ],
)
def test_what_is_told(call: str, told: str) -> None:
    assert any(told in text for line, text in notes_of(HEAD + call) if line == 7)


@pytest.mark.parametrize(
    "call",
    [
        "m.fit((b for b in g), steps_per_epoch=n)",
        "m.fit(g, steps_per_epoch=9)",
        "m.fit(g, steps_per_epoch=len(g))",
        "def u():\n    yield x, y\nm.fit_generator(u(), 3)",
        "m.fit_generator(g, len(g))",
    ],
)
def test_what_needs_no_other_form_is_not_told(call: str) -> None:
    assert not any("as_dataset" in text for _, text in notes_of(HEAD + call))


SCRIPT = """\
from tensorflow.keras.preprocessing.image import ImageDataGenerator

datagen = ImageDataGenerator(horizontal_flip=True)
train = datagen.flow(x, y, batch_size=4, seed=1)
test = ImageDataGenerator().flow(x, y, batch_size=4, shuffle=False)
history = model.fit_generator(train, 2, 4, 0, [counter], test, 1, class_weight={0: 1.0, 1: 2.0}, workers=2)
whole = model.fit_generator(train, steps_per_epoch=len(train), epochs=2, verbose=0, callbacks=[counter])
long = model.fit_generator(train, train.n / 2, verbose=0, callbacks=[counter])
some = model.predict_generator(test, 2)
measured = model.evaluate_generator(test, steps=test.n / test.batch_size, workers=1)
"""


class Counter(keras.callbacks.Callback):  # Keras is not typed
    """Counts the steps of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[int] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.steps.append(0)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.steps[-1] += 1


def network(inputs: int = 1, outputs: int = 1, *, flat: bool = False) -> Any:
    """A model of images 4x4 with so many inputs and outputs: a value a pixel or, flat, an image."""
    given = [keras.Input((4, 4, 3)) for _ in range(inputs)]
    joined = keras.layers.Concatenate()(given) if inputs > 1 else given[0]
    joined = keras.layers.Flatten()(joined) if flat else joined
    last = [keras.layers.Dense(1)(joined) for _ in range(outputs)]
    model = keras.Model(given if inputs > 1 else given[0], last if outputs > 1 else last[0])
    model.compile("sgd", ["mse"] * outputs if outputs > 1 else "mse")
    return model


def images(count: int) -> Any:
    return np.random.default_rng(2).integers(0, 2, (count, 4, 4, 3)).astype("float32")


def test_the_calls_run_with_the_steps_of_keras_2() -> None:
    model = network(flat=True)
    x, y, counter = images(10), np.arange(10) % 2, Counter()
    names: dict[str, Any] = {"x": x, "y": y, "model": model, "counter": counter}
    exec(migrated(SCRIPT), names)
    assert counter.steps == [
        2,
        2,
        2,
        2,
        3,
        3,
        5,
    ]  # Keras 3 itself makes 2, 1, 2, 1 of the first four, and 3 of the last
    assert len(names["history"].history["val_loss"]) == 4
    assert len(names["some"]) == 8
    np.testing.assert_allclose(names["some"], model.predict(x[:8], verbose=0), rtol=1e-4)
    assert names["measured"] == pytest.approx(model.evaluate(x, y, verbose=0), rel=1e-4)


REFUSED = """\
from tensorflow.keras.preprocessing.image import ImageDataGenerator

d = ImageDataGenerator(rotation_range=30)
images = d.flow(x, batch_size=4, seed=3)
masks = d.flow(x, batch_size=4, seed=3)
two = d.flow((x, x), y, batch_size=4)
pairs = zip(images, masks)
model.fit(pairs, steps_per_epoch=2, epochs=2, verbose=0, callbacks=[counter])
both.fit(two, epochs=2, verbose=0, callbacks=[counter], validation_data=two)
predicted = both.predict(two, verbose=0)
several = d.flow_from_dataframe(table, y_col=["p", "q"], class_mode="multi_output", target_size=(4, 4), batch_size=2)
many.fit(several, verbose=0, callbacks=[counter])
many.fit_generator(several, 4, 2, verbose=0, callbacks=[counter])
"""


def test_what_keras_3_refuses_runs_as_it_is_rewritten(tmp_path: Path) -> None:
    x = images(10)
    files = [str(tmp_path / f"{k}.png") for k in range(5)]
    for k, file in enumerate(files):
        Image.fromarray((x[k] * 255).astype(np.uint8)).save(file)
    counter = Counter()
    names: dict[str, Any] = {
        "x": x,
        "y": x[..., :1],
        "model": network(),
        "both": network(inputs=2),
        "many": network(outputs=2, flat=True),
        "table": pd.DataFrame({"filename": files, "p": np.arange(5.0), "q": np.ones(5)}),
        "counter": counter,
    }
    with pytest.raises(ValueError, match="Unrecognized data type"):
        exec(REFUSED, dict(names))
    exec(migrated(REFUSED), names)
    assert (counter.steps, len(names["predicted"])) == ([2, 2, 3, 3, 3, 4, 4], 10)
    image, mask = next(names["pairs"])
    np.testing.assert_array_equal(image, mask)  # they are still in step


def test_the_form_for_validation_runs() -> None:
    import tensorflow as tf

    import pipeline

    flows = [pipeline.ImageDataGenerator().flow(images(10), batch_size=4, seed=3) for _ in range(2)]
    data = tf.data.Dataset.zip((flows[0].as_dataset(), flows[1].as_dataset()))
    assert isinstance(network().evaluate(data, verbose=0), float)
