"""Write strict JSON, which every program can read."""

from __future__ import annotations

import json
import math
from typing import Any

__all__ = ["json_text"]


def json_text(value: Any, indent: int | None = None) -> str:
    """Return a value as JSON text. NaN and infinity become `null`, because JSON has no such numbers.

    Args:
        value: nested dicts, lists, tuples, strings, numbers, booleans and `None`.
        indent: spaces of indentation a level; `None` writes one line.
    """
    return json.dumps(_plain(value), ensure_ascii=False, indent=indent, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
