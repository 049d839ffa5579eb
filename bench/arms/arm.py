"""The type of an arm: its name, its code, and the settings that it may choose from."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bench.arms.cells import Cell

__all__ = ["Arm", "Setting"]

Setting = dict[str, Any]


def _no_choice(cores: int) -> list[Setting]:
    return [{}]


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # raised if the package that would contain the module is missing
        return False


@dataclasses.dataclass(frozen=True)
class Arm:
    """One way to make batches, which is compared with others. Its libraries are imported in its own process only.

    Args:
        name: the name in reports.
        code: `module:function`. The function takes (folder, cell, **setting) and returns an endless iterator of
            (images float32 `[batch, side, side, 3]` in 0-1, labels of 0 and 1 in the classes' alphabetical order).
        options: further keywords that the function always gets.
        settings: takes the number of cores and returns the settings to try, the plainest first.
        imports: modules that are imported before the clock starts.
        needs: modules without which the arm is skipped by name.
        limit: the name in `bench.arms.limits` of the limit that bounds the arm.
        buffer: the number of batches that it may make ahead. They are drawn and discarded before a round is timed.
        least: the least number of batches in a round: several times as many as it makes at once, and more than an
            epoch if each epoch begins with an empty buffer.
        fills: whether its first epoch fills a cache and is therefore discarded.
        augments: whether it runs at points with augmentation, without it, or both.
        why_not: the reason that it cannot be installed, or "".
    """

    name: str
    code: str
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    settings: Callable[[int], list[Setting]] = _no_choice
    imports: tuple[str, ...] = ("tensorflow", "keras")
    needs: tuple[str, ...] = ()
    limit: str = "decode"
    buffer: int = 8
    least: int = 1
    fills: bool = False
    augments: tuple[bool, ...] = (True, False)
    why_not: str = ""

    def missing(self) -> str:
        """Return the reason that it cannot run here, or "" if it can."""
        if self.why_not:
            return self.why_not
        absent = [module for module in self.needs if not _is_installed(module)]
        return f"not installed: {', '.join(absent)} (pip install -e '.[bench]')" if absent else ""

    def prepare(self) -> None:
        """Import its libraries."""
        for module in self.imports:
            importlib.import_module(module)

    def stream(self, folder: str, cell: Cell, setting: Setting) -> Iterator[tuple[Any, Any]]:
        """Return its iterator of batches with this setting."""
        module, function = self.code.split(":")
        made: Iterator[tuple[Any, Any]] = getattr(importlib.import_module(module), function)(
            folder, cell, **self.options, **setting
        )
        return made
