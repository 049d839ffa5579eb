"""`ModelConfig`, `FitConfig` and the root, `TrainConfig`."""

from typing import Any

import pytest

from pipeline.config import (
    Augment,
    DataConfig,
    FitConfig,
    ImageConfig,
    ModelConfig,
    TrainConfig,
    resolve_seed,
)
from pipeline.errors import InputError


def test_the_defaults_are_the_notebook_s() -> None:
    config = TrainConfig()
    assert (config.image.size, config.image.resize, config.image.rescale) == ((150, 150), "stretch", 1 / 255)
    assert (config.model.filters, config.model.dense) == ((16, 32, 64), (512, 64))
    assert (config.train.optimizer, config.train.learning_rate) == ("rmsprop", 1e-3)
    assert (config.loader.batch_size, config.loader.cache, config.seed) == (32, "auto", 0)
    assert config.augment == Augment()


@pytest.mark.parametrize(
    ("name", "kind", "field", "value"),
    [
        ("model", ModelConfig, "filters", ()),
        ("model", ModelConfig, "filters", (16, 0)),
        ("model", ModelConfig, "filters", 16),
        ("model", ModelConfig, "filters", (16.0,)),
        ("model", ModelConfig, "dense", (True,)),
        ("model", ModelConfig, "dropout", 1),
        ("model", ModelConfig, "dropout", -0.1),
        ("train", FitConfig, "epochs", 0),
        ("train", FitConfig, "epochs", 1.5),
        ("train", FitConfig, "optimizer", "lion"),
        ("train", FitConfig, "learning_rate", 0),
        ("train", FitConfig, "learning_rate", "fast"),
        ("train", FitConfig, "early_stopping", 0),
        ("train", FitConfig, "early_stopping", True),
        ("train", FitConfig, "fine_tune_epochs", -1),
        ("train", FitConfig, "fine_tune_learning_rate", 0),
        ("train", FitConfig, "schedule", "linear"),
        ("train", FitConfig, "warmup_epochs", 0.5),
        ("train", FitConfig, "final_learning_rate", 0),
        ("train", FitConfig, "final_learning_rate", 1),
        ("train", FitConfig, "plateau_patience", 0),
        ("train", FitConfig, "class_weight", "none"),
        ("train", FitConfig, "ema", 1),
        ("train", FitConfig, "mixed_precision", "float32"),
        ("train", FitConfig, "jit_compile", "yes"),
        ("train", FitConfig, "steps_per_execution", 0),
        ("train", FitConfig, "tensorboard", 1),
    ],
)
def test_refuses_and_says_what_it_got(name: str, kind: Any, field: str, value: Any) -> None:
    with pytest.raises(InputError, match=rf"^{name}\.{field} must be .*Received: "):
        kind(**{field: value})


def test_refuses_a_warm_up_that_no_schedule_heeds() -> None:
    with pytest.raises(InputError, match=r"train\.schedule must be that of a schedule with a warm-up, \"cosine\""):
        FitConfig(warmup_epochs=1)
    with pytest.raises(InputError, match=r"train\.warmup_epochs must be less than train\.epochs, which is 3"):
        FitConfig(schedule="cosine", warmup_epochs=3, epochs=3)
    assert FitConfig(schedule="cosine", warmup_epochs=2, epochs=3).warmup_epochs == 2


def test_a_network_may_have_no_hidden_dense_layer() -> None:
    dense: Any = []
    assert ModelConfig(dense=dense).dense == ()


@pytest.mark.parametrize("seed", [-1, 2**31, 1.0, True, "15"])
def test_refuses_seeds_that_int32_does_not_hold(seed: Any) -> None:
    with pytest.raises(InputError, match=r"^seed must be .*Received: "):
        TrainConfig(seed=seed)
    with pytest.raises(InputError, match=r"^seed must be "):
        resolve_seed(seed)


@pytest.mark.parametrize("seed", [None, 0, 2**31 - 1])
def test_takes_every_other_seed(seed: int | None) -> None:
    assert TrainConfig(seed=seed).seed == seed == resolve_seed(seed)


@pytest.mark.parametrize(
    ("field", "value"), [("image", DataConfig()), ("augment", None), ("output", ""), ("overwrite", "yes")]
)
def test_the_root_refuses_what_is_not_its_group(field: str, value: Any) -> None:
    with pytest.raises(InputError, match=rf"^{field} must be .*Received: "):
        TrainConfig(**{field: value})


def test_equal_configurations_are_equal_and_hashable() -> None:
    assert len({TrainConfig(image=ImageConfig(size=3)), TrainConfig(image=ImageConfig(size=(3, 3)))}) == 1
