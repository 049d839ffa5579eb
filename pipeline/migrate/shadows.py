"""Find the user's own files that Python would import instead of this package."""

from __future__ import annotations

from pathlib import Path

__all__ = ["find_shadow"]

_PACKAGE = Path(__file__).resolve().parents[1]


def find_shadow(script: Path) -> Path | None:
    """Return the `pipeline.py` or `pipeline/` next to `script` that `import pipeline` would import; None if none.

    A folder without an `__init__.py` does not count, since Python prefers the installed package to it.
    """
    folder = script.resolve().parent
    for file, shown in (("pipeline/__init__.py", "pipeline"), ("pipeline.py", "pipeline.py")):
        if (folder / file).is_file() and (folder / file).resolve().parent != _PACKAGE:
            return script.parent / shown
    return None
