"""Options without an effect are named; others are not."""

import pytest

from pipeline.config import TrainConfig
from pipeline.config.idle import idle_options
from pipeline.console.arguments import parse
from tests.support.places import ROOT

CONFIGS = ROOT / "configs"


def idle(*options: str) -> tuple[str, ...]:
    return idle_options(parse(TrainConfig, options, prog="", description=""))


@pytest.mark.parametrize(
    ("option", "beside"),
    [
        ("--data.max_bad=0.5", ["--data.on_error=skip"]),
        ("--image.pad_value=9", ["--image.resize=pad"]),
        ("--augment.cval=9.5", ["--augment.fill_mode=constant"]),
        ("--train.plateau_patience=9", ["--train.schedule=plateau"]),
        ("--train.final_learning_rate=0.0001", ["--train.schedule=cosine"]),
        ("--train.fine_tune_learning_rate=0.001", ["--train.fine_tune_epochs=1", "--model.name=vgg16"]),
    ],
)
def test_an_option_counts_beside_another(option: str, beside: list[str]) -> None:
    assert idle(option, *beside) == ()
    (line,) = idle(option)
    name, value = option[2:].split("=")
    assert line.startswith(f"{name} changes nothing: ")
    assert line.endswith(f"Received: {value}")


@pytest.mark.parametrize(("cache", "counts"), [("auto", True), ("disk", True), ("memory", False), ("none", False)])
def test_a_cache_that_may_lie_on_disk(cache: str, counts: bool) -> None:
    assert (idle("--loader.cache_limit=9", f"--loader.cache={cache}") == ()) == counts


def test_arrays_are_no_files() -> None:
    lines = idle("--data.dataset", "digits", "--data.on_error", "skip", "--image.exif", "false", "--image.size", "28")
    assert [line.split()[0] for line in lines] == ["data.on_error", "image.exif"]


@pytest.mark.parametrize("name", sorted(path.name for path in CONFIGS.glob("*.yaml")))
def test_nothing_in_the_shipped_configurations_is_idle(name: str) -> None:
    assert idle("--config", str(CONFIGS / name)) == ()
