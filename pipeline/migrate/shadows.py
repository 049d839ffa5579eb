"""Files of the user's own that Python would find in the place of this package."""

from __future__ import annotations

from pathlib import Path

__all__ = ["find_shadow"]

_PACKAGE = Path(__file__).resolve().parents[1]


def find_shadow(script: Path) -> Path | None:
    """`pipeline.py` or the package `pipeline/` beside `script`, which `import pipeline` there would mean.

    A folder without an `__init__.py` hides nothing: Python prefers the installed package to it.
    """
    folder = script.resolve().parent
    for file, shown in (("pipeline/__init__.py", "pipeline"), ("pipeline.py", "pipeline.py")):
        if (folder / file).is_file() and (folder / file).resolve().parent != _PACKAGE:
            return script.parent / shown
    return None
