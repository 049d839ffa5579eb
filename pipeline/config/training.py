"""What is trained and how: the network, the fit, and the root that a training command's YAML file holds."""

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from pipeline.config import checks
from pipeline.config.augment import Augment
from pipeline.config.inputs import DataConfig, ImageConfig, LoaderConfig

__all__ = ["FitConfig", "ModelConfig", "Optimizer", "TrainConfig"]

Optimizer = Literal["rmsprop", "adam", "sgd"]


@dataclass(frozen=True)
class ModelConfig:
    """The network: 3×3 convolutions, each with 2×2 max pooling, then dense layers. Checked when constructed.

    Args:
        filters: Filters of each convolution, from the image inwards.
        dense: Units of each hidden dense layer; an empty list means none.
        dropout: Share of the units dropped before the last layer while training, 0 <= dropout < 1.

    Raises:
        InputError: A value is not allowed; the message names the field.
    """

    filters: tuple[int, ...] = (16, 32, 64)
    dense: tuple[int, ...] = (512, 64)
    dropout: float = 0

    def __post_init__(self) -> None:
        checks.settle(
            self,
            filters=checks.integers("model.filters", self.filters, "a list of one or more integers >= 1", least=1),
            dense=checks.integers("model.dense", self.dense, "a list of integers >= 1, which may be empty", least=0),
            dropout=_dropout(self.dropout),
        )


@dataclass(frozen=True)
class FitConfig:
    """How the network is fitted. Checked when constructed.

    Args:
        epochs: Passes over the training photos.
        optimizer: The rule that turns gradients into steps.
        learning_rate: The optimizer's step size.
        early_stopping: Epochs without a lower validation loss after which training ends; null never ends it
            early.
        checkpoint_steps: A checkpoint every so many steps, beside the one at each epoch's end; null means none by
            steps.
        checkpoint_minutes: A checkpoint when so many minutes have passed since the last; null means none by time.
        checkpoints: How many are kept, the last ones.

    Raises:
        InputError: A value is not allowed; the message names the field.
    """

    epochs: int = 10
    optimizer: Optimizer = "rmsprop"
    learning_rate: float = 1e-3
    early_stopping: int | None = None
    checkpoint_steps: int | None = None
    checkpoint_minutes: float | None = 10
    checkpoints: int = 2

    def __post_init__(self) -> None:
        checks.settle(
            self,
            epochs=checks.integer("train.epochs", self.epochs, "an integer of at least 1", low=1),
            optimizer=checks.choice("train.optimizer", self.optimizer, get_args(Optimizer)),
            learning_rate=_learning_rate(self.learning_rate),
            early_stopping=_early_stopping(self.early_stopping),
            checkpoint_steps=settled_steps("train.checkpoint_steps", self.checkpoint_steps),
            checkpoint_minutes=settled_minutes("train.checkpoint_minutes", self.checkpoint_minutes),
            checkpoints=checks.integer("train.checkpoints", self.checkpoints, "an integer of at least 1", low=1),
        )


@dataclass(frozen=True)
class TrainConfig:
    """Everything a training run needs to know. Checked when constructed.

    Args:
        data: Which photos to read and what their labels are.
        image: How a file becomes pixels.
        augment: Random changes of the training images.
        loader: How images are gathered into batches.
        model: The network.
        train: How the network is fitted.
        seed: Every random draw follows from it, so that a run repeats; 0 to 2147483647, null draws one and
            prints it.
        output: Folder for the run's files; null means runs/DATE-TIME.
        overwrite: Whether an earlier run in `output` may be replaced.
        resume: Folder of a run that did not end, to go on with at its exact step and with its own configuration;
            beside it only train.epochs, train.checkpoint*, data.train, data.validation (photos that were moved),
            data.verify and loader.cache* may be given.

    Raises:
        InputError: A value is not allowed; the message names the field.
    """

    data: DataConfig = field(default_factory=DataConfig)
    image: ImageConfig = field(default_factory=ImageConfig)
    augment: Augment = field(default_factory=Augment)
    loader: LoaderConfig = field(default_factory=LoaderConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    train: FitConfig = field(default_factory=FitConfig)
    seed: int | None = 0
    output: str | None = None
    overwrite: bool = False
    resume: str | None = None

    def __post_init__(self) -> None:
        for name, kind in _GROUPS.items():
            if not isinstance(getattr(self, name), kind):
                raise checks.refusal(name, f"a {kind.__name__}", getattr(self, name))
        checks.settle(
            self,
            seed=settled_seed(self.seed),
            output=checks.path("output", self.output, "the path of a folder, or null"),
            overwrite=checks.flag("overwrite", self.overwrite),
            resume=checks.path("resume", self.resume, "the folder of a run, or null"),
        )


_GROUPS: dict[str, type] = {
    "data": DataConfig,
    "image": ImageConfig,
    "augment": Augment,
    "loader": LoaderConfig,
    "model": ModelConfig,
    "train": FitConfig,
}


def settled_seed(value: Any) -> int | None:
    """`value` as a seed, an int with 0 <= seed < 2**31, or None; builders and commands share this check.

    Raises:
        InputError: It is neither.
    """
    allowed = f"null or an integer from 0 to {checks.LARGEST_INT}"
    return None if value is None else checks.integer("seed", value, allowed, low=0)


def _dropout(value: Any) -> float:
    if checks.is_finite(value) and 0 <= value < 1:
        return float(value)
    raise checks.refusal("model.dropout", "a number of at least 0 and below 1", value)


def _learning_rate(value: Any) -> float:
    if checks.is_finite(value) and value > 0:
        return float(value)
    raise checks.refusal("train.learning_rate", "a finite number greater than 0", value)


def _early_stopping(value: Any) -> int | None:
    allowed = "null or an integer of at least 1 (epochs)"
    return None if value is None else checks.integer("train.early_stopping", value, allowed, low=1)


def settled_steps(field: str, value: Any) -> int | None:
    """`value` as how many steps lie between two checkpoints, or None.

    Raises:
        InputError: It is neither.
    """
    return None if value is None else checks.integer(field, value, "null or an integer of at least 1 (steps)", low=1)


def settled_minutes(field: str, value: Any) -> float | None:
    """`value` as how many minutes lie between two checkpoints, or None.

    Raises:
        InputError: It is neither.
    """
    if value is None or (checks.is_finite(value) and value > 0):
        return None if value is None else float(value)
    raise checks.refusal(field, "null or a number of minutes greater than 0", value)
