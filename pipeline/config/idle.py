"""Find options that have no effect in a configuration."""

from collections.abc import Callable
from functools import reduce
from typing import Any, NamedTuple

from pipeline.config.training import TrainConfig

__all__ = ["idle_options"]


class _Rule(NamedTuple):
    """Options that have an effect only if `counts` is true of the configuration, and the reason if it is not."""

    options: tuple[str, ...]
    counts: Callable[[TrainConfig], bool]
    why: str


_OF_DISK = ("loader.cache_folder", "loader.cache_limit", "loader.cache_fingerprint")
_OF_FILES = ("data.on_error", "data.max_bad", "data.verify", "data.follow_links", "image.decode", "image.exif")
_RULES = (
    _Rule(
        (*_OF_FILES, "image.max_pixels", "loader.cache", *_OF_DISK),
        lambda config: config.data.dataset is None,
        "data.dataset names arrays, which are no files",
    ),
    _Rule(("data.max_bad",), lambda config: config.data.on_error == "skip", 'data.on_error is not "skip"'),
    _Rule(("loader.reshuffle",), lambda config: config.loader.shuffle, "loader.shuffle is off"),
    _Rule(("image.pad_value",), lambda config: config.image.resize == "pad", 'image.resize is not "pad"'),
    _Rule(("augment.cval",), lambda config: config.augment.fill_mode == "constant", 'fill_mode is not "constant"'),
    _Rule(_OF_DISK, lambda config: config.loader.cache in ("disk", "auto"), "loader.cache keeps nothing on disk"),
    _Rule(
        ("train.plateau_patience",),
        lambda config: config.train.schedule == "plateau",
        'train.schedule is not "plateau"',
    ),
    _Rule(
        ("train.final_learning_rate",),
        lambda config: config.train.schedule != "constant",
        'train.schedule is "constant"',
    ),
    _Rule(
        ("train.fine_tune_learning_rate", "model.unfreeze"),
        lambda config: config.train.fine_tune_epochs > 0,
        "train.fine_tune_epochs is 0",
    ),
)


def idle_options(config: TrainConfig) -> tuple[str, ...]:
    """Return one line for each option that differs from its default and has no effect, with the reason."""
    default = TrainConfig()
    lines: dict[str, str] = {}
    for rule in _RULES:
        if rule.counts(config):
            continue
        for name in rule.options:
            value = _value(config, name)
            if value != _value(default, name):
                lines.setdefault(name, f"{name} changes nothing: {rule.why}. Received: {value!r}")
    return tuple(lines.values())


def _value(config: TrainConfig, name: str) -> Any:
    return reduce(getattr, name.split("."), config)
