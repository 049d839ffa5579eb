"""Configure the photos to read and their labels."""

import re
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pipeline.config import checks
from pipeline.config.brief import print_briefly
from pipeline.errors import InputError

__all__ = ["DataConfig", "Dataset", "LabelMode", "OnError", "Verify"]

LabelMode = Literal["auto", "binary", "int", "categorical"]
OnError = Literal["raise", "skip"]
Verify = Literal["auto", "always", "never"]
Dataset = Literal["mnist", "fashion_mnist", "cifar10", "cifar100", "digits"]

SIDES = ("train", "validation", "test")
_FRACTION_TEXT = re.compile(r"[-+]?\d*\.\d+(e[-+]?\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class DataConfig:
    """The photos to read and their labels. The fields are checked when the object is made.

    Args:
        train: Folder of training photos, which has one folder for each class; null means the drawn sample.
        validation: Folder of validation photos, with the same classes.
        validation_split: Share of the training photos kept for validation, between 0 and 1; not together
            with `validation`.
        split: Shares of the training photos for each side, instead of `validation_split`; their sum is 1:
            {train: 0.7, validation: 0.15, test: 0.15}; "validation" or "test" may be left out.
        label_mode: Labels of a batch: "binary" float32 [B, 1], "int" int32 [B], "categorical" one-hot float32
            [B, N], "none" or null no labels; "auto" is "binary" for two classes and "int" for more.
        class_names: The classes in the order of their numbers; null means the sorted folder names.
        on_error: A photo that cannot be read ends the run ("raise") or is dropped and listed ("skip").
        max_bad: With "skip", the largest share of photos, 0 to 1, that may be dropped; more of them end the run.
        verify: Whether every photo is decoded once before the first step. "auto" does so for fewer than 20,000
            photos, and always if on_error is "skip".
        follow_links: Whether linked folders within a class are read; linked files and class folders always are.
        download: Fetches the public cats-and-dogs set (69 MB) into data/ and reads it if no folder is given.
        dataset: A public data set of arrays instead of folders, with its test part for validation: "mnist",
            "fashion_mnist", "cifar10", "cifar100" (Keras fetches them the first time), or scikit-learn's small
            "digits". A fifth of the digits is kept for validation; they replace mnist if there is no network.

    Raises:
        InputError: A value is not allowed; the message names the field.
    """

    train: str | None = None
    validation: str | None = None
    validation_split: float | None = None
    split: dict[str, float] | None = None
    label_mode: Literal["auto", "binary", "int", "categorical", "none"] | None = "auto"
    class_names: tuple[str, ...] | None = None
    on_error: OnError = "raise"
    max_bad: float = 0.05
    verify: Verify = "auto"
    follow_links: bool = False
    download: bool = False
    dataset: Dataset | None = None

    _repr_pretty_ = print_briefly

    def __post_init__(self) -> None:
        checks.set_fields(
            self,
            train=checks.path("data.train", self.train, "the path of a folder of photos, or null"),
            validation=_validation(self.validation),
            validation_split=_split(self.validation_split),
            split=_shares(self.split),
            label_mode=_label_mode(self.label_mode),
            class_names=_class_names(self.class_names),
            on_error=checks.choice("data.on_error", self.on_error, get_args(OnError)),
            max_bad=checks.share("data.max_bad", self.max_bad),
            verify=checks.choice("data.verify", self.verify, get_args(Verify)),
            follow_links=checks.flag("data.follow_links", self.follow_links),
            download=checks.flag("data.download", self.download),
            dataset=_dataset(self.dataset),
        )
        if self.dataset is not None:
            _check_alone(self)
        if self.on_error == "skip" and self.verify == "never":
            raise InputError(
                'data.verify must be "auto" or "always" where data.on_error is "skip": what cannot be read is left out '
                'before training, and has to be found before it. Received: "never"'
            )
        if self.validation is not None and self.validation_split is not None:
            raise InputError(
                "data.validation_split must be null where data.validation names a folder: photos come from "
                f"one or the other. Received: validation={checks.shown(self.validation)}, "
                f"validation_split={self.validation_split}"
            )
        if self.split is not None and (self.validation is not None or self.validation_split is not None):
            raise InputError(
                "data.split must be null where data.validation or data.validation_split is given: it says itself which "
                f"share is for validation. Received: split={self.split}, "
                f"validation={checks.shown(self.validation)}, validation_split={self.validation_split}"
            )

    @property
    def shares(self) -> dict[str, float] | None:
        """Return the share of each side that is drawn from the training photos; `None` if none is drawn."""
        if self.validation_split is not None:
            return {"train": 1 - self.validation_split, "validation": self.validation_split}
        return self.split


def _dataset(value: Any) -> Dataset | None:
    if value is None:
        return None
    name: Dataset = checks.choice("data.dataset", value, get_args(Dataset), ", or null")
    return name


def _check_alone(data: DataConfig) -> None:
    """Refuse options that name other images together with a public data set."""
    others = {"train": None, "validation": None, "validation_split": None, "split": None, "download": False}
    given = [
        f"{name}={checks.shown(getattr(data, name))}" for name, none in others.items() if getattr(data, name) != none
    ]
    if given:
        raise InputError(
            f"data.dataset names the pictures, and its own validation: data.{', data.'.join(others)} must be left out "
            f"beside it. Received: dataset={data.dataset}, {', '.join(given)}"
        )


def _validation(value: Any) -> str | None:
    field, allowed = "data.validation", "the path of a folder of photos, or null"
    if checks.is_finite(value) or (isinstance(value, str) and _FRACTION_TEXT.fullmatch(value)):
        hint = "; to keep a share of the training photos, set data.validation_split instead"
        named = f" (a folder of that name is written './{value}')" if isinstance(value, str) else ""
        raise checks.refusal(field, allowed + hint + named, value)
    return checks.path(field, value, allowed)


def _split(value: Any) -> float | None:
    allowed = "null or a number between 0 and 1, both excluded (0.2 keeps a fifth of the photos for validation)"
    if value is None or (checks.is_finite(value) and 0 < value < 1):
        return None if value is None else float(value)
    raise checks.refusal("data.validation_split", allowed, value)


def _shares(value: Any) -> dict[str, float] | None:
    if value is None:
        return None
    allowed = (
        "null or shares of train and of validation, test or both, each between 0 and 1 and together 1, such as "
        "{train: 0.7, validation: 0.15, test: 0.15}"
    )
    shares = value if isinstance(value, dict) else {}
    sides = [side for side in SIDES if side in shares]
    numbers = [shares[side] for side in sides]
    sound = len(sides) == len(shares) >= 2 and sides[0] == "train"
    if sound and all(checks.is_finite(one) and 0 < one < 1 for one in numbers) and abs(sum(numbers) - 1) < 1e-6:
        return {side: float(shares[side]) for side in sides}
    raise checks.refusal("data.split", allowed, value)


def _label_mode(value: Any) -> LabelMode | None:
    if value is None or value == "none":
        return None
    if value in ("multi_label", "regression"):
        raise checks.refusal(
            "data.label_mode",
            'one of "auto", "binary", "int", "categorical", or "none", as one class a picture makes no other labels; '
            "pipeline.from_arrays takes those",
            value,
        )
    mode: LabelMode = checks.choice("data.label_mode", value, get_args(LabelMode), ', or "none" (no labels)')
    return mode


def _class_names(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    names = checks.listed(value)
    if not names or not all(isinstance(name, str) and name for name in names) or len(set(names)) < len(names):
        allowed = "null or a list of distinct names like [cats, dogs]; a name like '1' is quoted"
        raise checks.refusal("data.class_names", allowed, value)
    return names
