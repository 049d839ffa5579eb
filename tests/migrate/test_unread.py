"""Code that hides from the reader is named by its line."""

from __future__ import annotations

import pytest

from tests.support.migrated import notes_of


@pytest.mark.parametrize(
    "line",
    [
        "importlib.import_module('tensorflow.keras.preprocessing.image')",
        "importlib.import_module('tensorflow.keras')",
        "importlib.import_module(name)",
        "import_module(f'a.{b}')",
        "__import__('keras.preprocessing.image')",
        "mock.patch('keras.preprocessing.image.load_img')",
        "exec(code)",
        "exec('from keras.preprocessing.image import load_img')",
        "eval(text)",
        "getattr(tf.keras, name)",
        "getattr(tf.keras.preprocessing, 'image').load_img",
        "ImageDataGenerator()",
        "load_img('x')",
    ],
)
def test_what_could_not_be_read(line: str) -> None:
    assert [number for number, _ in notes_of(f"import tensorflow as tf\n{line}\n", unread=True)] == [2]


@pytest.mark.parametrize(
    "line",
    [
        "importlib.import_module('numpy')",
        "exec('x = 1')",
        "model.eval(x)",
        "eval('1 + 1')",
        "getattr(tf.keras.optimizers, name)",
        "getattr(tf, 'data')",
        "getattr(args, name)",
        "'the module keras.preprocessing.image is old'",
        "def load_img(): pass\nload_img()",
    ],
)
def test_what_says_nothing_of_the_module(line: str) -> None:
    assert notes_of(f"import tensorflow as tf\n{line}\n") == []
