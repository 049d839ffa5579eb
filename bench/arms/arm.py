"""What an arm is: a contestant's name, where its code lies, which settings it may choose from."""

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
    except ModuleNotFoundError:  # the package that it would lie in is not there
        return False


@dataclasses.dataclass(frozen=True)
class Arm:
    """A contestant. Its libraries are imported in its own process, and by nothing before.

    Args:
        name: as reports show it.
        code: `module:function` of `(folder, cell, **setting)` to an endless iterator of
            (images float32 `[batch, side, side, 3]` in 0-1, labels of 0 and 1 in the classes' alphabetical order).
        options: what the function is always given.
        settings: cores to the settings among which the fastest is searched, the plainest first.
        imports: modules imported before the clock starts.
        needs: modules without which the arm is skipped by name.
        limit: the limit of the machine that bounds it, by its name in `bench.arms.limits`.
        buffer: batches that it may have made ahead, if any: what lies ready is thrown away before a round is timed.
        least: batches of a round at the least: several times what it makes side by side, and more than an epoch where
            each begins with nothing.
        fills: whether its first epoch fills a cache, and is thrown away whole.
        augments: whether it runs at points with augmentation, without, or both.
        why_not: what to say where it cannot be installed at all.
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
        """Why it cannot run here; nothing where it can."""
        if self.why_not:
            return self.why_not
        absent = [module for module in self.needs if not _is_installed(module)]
        return f"not installed: {', '.join(absent)} (pip install -e '.[bench]')" if absent else ""

    def prepare(self) -> None:
        """Import its libraries."""
        for module in self.imports:
            importlib.import_module(module)

    def stream(self, folder: str, cell: Cell, setting: Setting) -> Iterator[tuple[Any, Any]]:
        """Its batches."""
        module, function = self.code.split(":")
        made: Iterator[tuple[Any, Any]] = getattr(importlib.import_module(module), function)(
            folder, cell, **self.options, **setting
        )
        return made
