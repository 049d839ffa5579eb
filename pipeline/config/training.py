"""Configure how a network is trained, and the whole of a training run: the root of a YAML file."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from pipeline.config import checks
from pipeline.config.augment import Augment
from pipeline.config.brief import print_briefly
from pipeline.config.data import DataConfig
from pipeline.config.image import ImageConfig, levels_for
from pipeline.config.loader import LoaderConfig
from pipeline.config.model import ModelConfig

__all__ = ["ClassWeight", "FitConfig", "Optimizer", "Precision", "Schedule", "TrainConfig"]

Optimizer = Literal["rmsprop", "adam", "sgd"]
Schedule = Literal["constant", "cosine", "exponential", "plateau"]
ClassWeight = Literal["balanced"]
Precision = Literal["float16", "bfloat16"]

_COUNT, _NUMBER = "an integer of at least 1", "an integer of at least 0"


@dataclass(frozen=True)
class FitConfig:
    """Options for training the network. The fields are checked when the object is made.

    Args:
        epochs: Passes over the training photos. In a pretrained network only the new head learns in them.
        fine_tune_epochs: Passes after those in which the pretrained layers learn too, at a lower learning rate.
        fine_tune_learning_rate: The optimizer's step size in fine_tune_epochs.
        optimizer: The rule that turns gradients into steps.
        learning_rate: The optimizer's step size.
        schedule: How the learning rate changes: "constant" does not; "cosine" and "exponential" decrease it with every
            step to final_learning_rate in the last epoch; "plateau" divides it by three each time that the loss has
            not become lower for plateau_patience epochs.
        warmup_epochs: With "cosine", the first epochs, in which the learning rate rises from 0.
        final_learning_rate: The learning rate at the end of a schedule; null means a hundredth of learning_rate.
        plateau_patience: Epochs that "plateau" waits.
        class_weight: "balanced" gives every class the same weight in the loss, however many photos it has; null gives
            every photo the same weight.
        ema: Share, such as 0.99, of an exponential moving average of the weights that a step keeps. The average is
            validated and saved. Null means no average.
        early_stopping: Epochs without a lower validation loss after which training ends; for a pretrained network,
            each of its two parts. Null never ends it early.
        mixed_precision: "float16" or "bfloat16" computes in 16 bits and keeps weights in 32, which is faster on GPUs
            made for it; null means 32 bits.
        jit_compile: Whether XLA compiles the training step; null means on a GPU only, since it is slower on a CPU.
        steps_per_execution: Steps between two checks for signals, checkpoints and the progress bar.
        tensorboard: Whether logs for TensorBoard are written into the run directory.
        checkpoint_steps: Steps between two checkpoints, besides the one at the end of each epoch; null means none by
            steps.
        checkpoint_minutes: Minutes between two checkpoints; null means none by time.
        checkpoints: Number of checkpoints that are kept, the latest ones.

    Raises:
        InputError: A value is not allowed; the message names the field.
    """

    epochs: int = 10
    fine_tune_epochs: int = 0
    fine_tune_learning_rate: float = 1e-5
    optimizer: Optimizer = "rmsprop"
    learning_rate: float = 1e-3
    schedule: Schedule = "constant"
    warmup_epochs: int = 0
    final_learning_rate: float | None = None
    plateau_patience: int = 3
    class_weight: ClassWeight | None = None
    ema: float | None = None
    early_stopping: int | None = None
    mixed_precision: Precision | None = None
    jit_compile: bool | None = None
    steps_per_execution: int = 1
    tensorboard: bool = False
    checkpoint_steps: int | None = None
    checkpoint_minutes: float | None = 10
    checkpoints: int = 2

    _repr_pretty_ = print_briefly

    def __post_init__(self) -> None:
        checks.set_fields(
            self,
            epochs=checks.integer("train.epochs", self.epochs, _COUNT, low=1),
            fine_tune_epochs=checks.integer("train.fine_tune_epochs", self.fine_tune_epochs, _NUMBER, low=0),
            fine_tune_learning_rate=_rate("train.fine_tune_learning_rate", self.fine_tune_learning_rate),
            optimizer=checks.choice("train.optimizer", self.optimizer, get_args(Optimizer)),
            learning_rate=_rate("train.learning_rate", self.learning_rate),
            schedule=checks.choice("train.schedule", self.schedule, get_args(Schedule)),
            warmup_epochs=checks.integer("train.warmup_epochs", self.warmup_epochs, _NUMBER, low=0),
            final_learning_rate=_unless_null(
                self.final_learning_rate, lambda value: _rate("train.final_learning_rate", value)
            ),
            plateau_patience=checks.integer("train.plateau_patience", self.plateau_patience, _COUNT, low=1),
            class_weight=_unless_null(self.class_weight, _class_weight),
            ema=_unless_null(self.ema, _ema),
            early_stopping=_unless_null(self.early_stopping, _early_stopping),
            mixed_precision=_unless_null(self.mixed_precision, _precision),
            jit_compile=_unless_null(self.jit_compile, lambda value: checks.flag("train.jit_compile", value)),
            steps_per_execution=checks.integer("train.steps_per_execution", self.steps_per_execution, _COUNT, low=1),
            tensorboard=checks.flag("train.tensorboard", self.tensorboard),
            checkpoint_steps=resolve_steps("train.checkpoint_steps", self.checkpoint_steps),
            checkpoint_minutes=resolve_minutes("train.checkpoint_minutes", self.checkpoint_minutes),
            checkpoints=checks.integer("train.checkpoints", self.checkpoints, _COUNT, low=1),
        )
        self._check_schedule()

    def _check_schedule(self) -> None:
        """Refuse options that the schedule would ignore."""
        if self.warmup_epochs and self.schedule != "cosine":
            allowed = 'that of a schedule with a warm-up, "cosine", where train.warmup_epochs is not 0'
            raise checks.refusal("train.schedule", allowed, self.schedule)
        if self.warmup_epochs >= self.epochs:
            allowed = f"less than train.epochs, which is {self.epochs}"
            raise checks.refusal("train.warmup_epochs", allowed, self.warmup_epochs)
        if self.final_learning_rate is not None and self.final_learning_rate > self.learning_rate:
            allowed = f"null or at most train.learning_rate, which is {self.learning_rate:g}"
            raise checks.refusal("train.final_learning_rate", allowed, self.final_learning_rate)


@dataclass(frozen=True)
class TrainConfig:
    """The whole configuration of a training run. The fields are checked when the object is made.

    Args:
        data: The photos to read and their labels.
        image: How an image file is decoded and resized.
        augment: Random changes of the training images.
        loader: How images are shuffled, cached and put into batches.
        model: The network.
        train: How the network is trained.
        seed: The seed of every random draw, so that a run can be repeated; 0 to 2147483647. Null draws one and
            prints it.
        output: The run directory; null means runs/DATE-TIME.
        overwrite: Whether an earlier run in `output` may be replaced.
        resume: Directory of a run that did not end; it continues at its exact step with its own configuration.
            Together with it only train.epochs, train.checkpoint*, data.train, data.validation (if photos were
            moved), data.verify, data.max_bad and loader.cache* may be given.

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

    _repr_pretty_ = print_briefly

    def __post_init__(self) -> None:
        for name, kind in _GROUPS.items():
            if not isinstance(getattr(self, name), kind):
                hint = "; Keras layers go into pipeline.from_directory(augment=...)" if name == "augment" else ""
                raise checks.refusal(name, f"pipeline's {kind.__name__}{hint}", getattr(self, name))
        checks.set_fields(
            self,
            seed=resolve_seed(self.seed),
            output=checks.path("output", self.output, "the path of a folder, or null"),
            overwrite=checks.flag("overwrite", self.overwrite),
            resume=checks.path("resume", self.resume, "the folder of a run, or null"),
        )
        if self.model.is_application:
            checks.set_fields(self, image=levels_for(self.model.name, self.image))
        if self.train.fine_tune_epochs and not self.model.is_pretrained:
            allowed = (
                "0 where the model is not pretrained, by model.name and model.weights: all of it learns from the first "
                "epoch"
            )
            raise checks.refusal("train.fine_tune_epochs", allowed, self.train.fine_tune_epochs)


_GROUPS: dict[str, type] = {
    "data": DataConfig,
    "image": ImageConfig,
    "augment": Augment,
    "loader": LoaderConfig,
    "model": ModelConfig,
    "train": FitConfig,
}


def resolve_seed(value: Any) -> int | None:
    """Return a seed as an int with 0 <= seed < 2**31; `None` stays `None`.

    Raises:
        InputError: The value is neither.
    """
    allowed = f"null or an integer from 0 to {checks.LARGEST_INT}"
    return None if value is None else checks.integer("seed", value, allowed, low=0)


def _unless_null(value: Any, check: Callable[[Any], Any]) -> Any:
    return None if value is None else check(value)


def _rate(field: str, value: Any) -> float:
    if checks.is_finite(value) and value > 0:
        return float(value)
    raise checks.refusal(field, "a finite number greater than 0", value)


def _class_weight(value: Any) -> Any:
    return checks.choice("train.class_weight", value, get_args(ClassWeight), " or null")


def _precision(value: Any) -> Any:
    return checks.choice("train.mixed_precision", value, get_args(Precision), " or null")


def _ema(value: Any) -> float:
    if checks.is_finite(value) and 0 < value < 1:
        return float(value)
    raise checks.refusal("train.ema", "null or a number between 0 and 1, both excluded, such as 0.99", value)


def _early_stopping(value: Any) -> int:
    return checks.integer("train.early_stopping", value, "null or an integer of at least 1 (epochs)", low=1)


def resolve_steps(field: str, value: Any) -> int | None:
    """Return a number of steps between two checkpoints as an int; `None` stays `None`.

    Raises:
        InputError: The value is neither.
    """
    return None if value is None else checks.integer(field, value, "null or an integer of at least 1 (steps)", low=1)


def resolve_minutes(field: str, value: Any) -> float | None:
    """Return a number of minutes between two checkpoints as a float; `None` stays `None`.

    Raises:
        InputError: The value is neither.
    """
    if value is None or (checks.is_finite(value) and value > 0):
        return None if value is None else float(value)
    raise checks.refusal(field, "null or a number of minutes greater than 0", value)
