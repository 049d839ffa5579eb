"""Load public data sets as arrays: Keras' own, which it fetches once, and scikit-learn's digits without a network."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.runtime.progress import messages, say
from pipeline.sources.download import time_limit

__all__ = ["FALLBACK", "PublicSet", "load_public"]

# The data set that is used if another one cannot be fetched.
FALLBACK = {"mnist": "digits"}
DIGITS_TOP = 16  # the level of white in scikit-learn's digits
DIGITS_SPLIT = 0.2
DIGITS_NOTE = (
    "digits are scikit-learn's 1,797 handwritten digits of 8x8, not MNIST; levels 0-16 became 0-255 (times 255/16, "
    "rounded to the nearest, halves to even); a fifth, each class alike, is kept for validation"
)
NUMERALS = tuple("0123456789")
FASHION = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
CIFAR100 = (
    *("apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle", "bowl"),
    *("boy", "bridge", "bus", "butterfly", "camel", "can", "castle", "caterpillar", "cattle", "chair"),
    *("chimpanzee", "clock", "cloud", "cockroach", "couch", "crab", "crocodile", "cup", "dinosaur", "dolphin"),
    *("elephant", "flatfish", "forest", "fox", "girl", "hamster", "house", "kangaroo", "keyboard", "lamp"),
    *("lawn_mower", "leopard", "lion", "lizard", "lobster", "man", "maple_tree", "motorcycle", "mountain"),
    *("mouse", "mushroom", "oak_tree", "orange", "orchid", "otter", "palm_tree", "pear", "pickup_truck"),
    *("pine_tree", "plain", "plate", "poppy", "porcupine", "possum", "rabbit", "raccoon", "ray", "road"),
    *("rocket", "rose", "sea", "seal", "shark", "shrew", "skunk", "skyscraper", "snail", "snake", "spider"),
    *("squirrel", "streetcar", "sunflower", "sweet_pepper", "table", "tank", "telephone", "television"),
    *("tiger", "tractor", "train", "trout", "tulip", "turtle", "wardrobe", "whale", "willow_tree", "wolf"),
    *("woman", "worm"),
)


@dataclasses.dataclass(frozen=True)
class PublicSet:
    """A public data set.

    Args:
        name: its name; it differs from the requested name if that data set was replaced.
        x: images, uint8 `[N, H, W]` or `[N, H, W, C]`.
        y: class numbers, `[N]` or `[N, 1]`.
        validation: (x, y) of its test part; `None` if it has none.
        class_names: the classes in the order of their numbers.
        validation_split: the share of examples for validation if there is no test part.
        notes: lines for the user about this data set.
    """

    name: str
    x: NDArray[np.uint8]
    y: NDArray[Any]
    validation: tuple[NDArray[np.uint8], NDArray[Any]] | None
    class_names: tuple[str, ...]
    validation_split: float | None = None
    notes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class _Keras:
    """A data set of `keras.datasets`: its classes, the size of its download, and the files that Keras keeps."""

    class_names: tuple[str, ...]
    megabytes: int
    files: tuple[str, ...]


_PARTS = tuple(f"{part}-{what}-ubyte.gz" for part in ("train", "t10k") for what in ("labels-idx1", "images-idx3"))
_KERAS = {
    "mnist": _Keras(NUMERALS, 11, ("mnist.npz",)),
    "fashion_mnist": _Keras(FASHION, 31, tuple(f"fashion-mnist/{file}" for file in _PARTS)),
    "cifar10": _Keras(CIFAR10, 170, ("cifar-10-batches-py-target_archive",)),
    "cifar100": _Keras(CIFAR100, 169, ("cifar-100-python-target_archive",)),
}


def _folder() -> Path:
    """Return the folder of the data sets that Keras has fetched."""
    return Path(os.environ.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")) / "datasets"


def _of_keras(name: str) -> PublicSet:
    """Load a data set of Keras; raise a bare `Exception`, as Keras does, if it cannot be fetched."""
    import keras

    about, folder = _KERAS[name], _folder()
    if not all((folder / file).is_file() for file in about.files):
        say(f"data: fetching {name} ({about.megabytes} MB), the first time only; kept in {folder}")
    with time_limit(), contextlib.redirect_stdout(messages()):
        train, test = getattr(keras.datasets, name).load_data()
    return PublicSet(name, train[0], train[1], test, about.class_names)


def _digits(notes: tuple[str, ...] = ()) -> PublicSet:
    from sklearn.datasets import load_digits

    found = load_digits()
    x = np.rint(found.images * (255 / DIGITS_TOP)).astype(np.uint8)
    return PublicSet("digits", x, found.target, None, NUMERALS, DIGITS_SPLIT, (*notes, DIGITS_NOTE))


def load_public(name: str) -> PublicSet:
    """Load a public data set. If `mnist` cannot be fetched, scikit-learn's digits replace it, with a message.

    Args:
        name: `"mnist"`, `"fashion_mnist"`, `"cifar10"`, `"cifar100"` or `"digits"`.

    Raises:
        InputError: the data set cannot be fetched and was not fetched before.
    """
    if name == "digits":
        return _digits()
    try:
        return _of_keras(name)
    except Exception as error:
        why = " ".join(str(error).split())[:300] or type(error).__name__
        if name in FALLBACK:
            note = f"{name} cannot be fetched ({why}); {FALLBACK[name]} stand in for it"
            say(f"data: {note}")
            return _digits((note,))
        files = ", ".join(str(_folder() / file) for file in _KERAS[name].files)
        raise InputError(
            f"data.dataset: {name} cannot be fetched: {why}. Run it once with a network, or fetch it elsewhere and put "
            f"it where Keras looks: {files}; data.dataset: digits needs neither"
        ) from error
