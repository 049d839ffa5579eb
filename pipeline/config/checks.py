"""Check fields: each check returns the value in its field's type, or raises an `InputError` of one line.

A message reads `FIELD must be ALLOWED. Received: VALUE`; FIELD is the dotted name of the command line.
NumPy's scalars count as numbers, because they are registered with `numbers`. A bool never counts as a number.
"""

import math
import os
import reprlib
from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Any

from pipeline.errors import InputError

LARGEST_INT = 2**31 - 1  # the largest size or position in an int32 tensor

_SHOWN = 120  # characters of a received value in a message
_REPR = reprlib.Repr()  # bounded, because a value may be a large array, or YAML that refers to itself
_REPR.maxstring = _REPR.maxother = _SHOWN
_REPR.maxlist = _REPR.maxtuple = 8


def refusal(field: str, allowed: str, value: object) -> InputError:
    """Return the error for a field with a value that is not allowed; the caller raises it."""
    return InputError(f"{field} must be {allowed}. Received: {shown(value)}")


def shown(value: object) -> str:
    """Return a value as one line of at most 120 characters."""
    text = " ".join(_REPR.repr(value).split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def set_fields(instance: object, **values: object) -> None:
    """Set fields of a frozen dataclass, in its `__post_init__` only."""
    for name, value in values.items():
        object.__setattr__(instance, name, value)


def is_integer(value: object) -> bool:
    """Return whether a value is an integer; False for a bool."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_finite(value: Any) -> bool:
    """Return whether a value is a finite number within the range of float64; False for a bool."""
    if not isinstance(value, Real) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def integer(field: str, value: Any, allowed: str, *, low: int, high: int = LARGEST_INT) -> int:
    """Return an integer in [low, high] as an int; 2.0 is refused."""
    if is_integer(value) and low <= value <= high:
        return int(value)
    raise refusal(field, allowed, value)


def number(field: str, value: Any, allowed: str, *, low: float = -math.inf) -> float:
    """Return a finite number of at least `low` as a float."""
    if is_finite(value) and value >= low:
        return float(value)
    raise refusal(field, allowed, value)


def share(field: str, value: Any) -> float:
    """Return a share of the photos, from 0 to 1, as a float."""
    if is_finite(value) and 0 <= value <= 1:
        return float(value)
    raise refusal(field, "a share of the photos from 0 to 1 (0.05 is five of a hundred)", value)


def ordered_pair(field: str, value: Any, allowed: str, *, low: float) -> tuple[float, float]:
    """Return two finite numbers as floats (a, b) with low <= a <= b."""
    items = listed(value)
    if items is not None and len(items) == 2 and all(map(is_finite, items)) and low <= items[0] <= items[1]:
        return float(items[0]), float(items[1])
    raise refusal(field, allowed, value)


def integers(field: str, value: Any, allowed: str, *, least: int) -> tuple[int, ...]:
    """Return a list of at least `least` integers, each from 1 to `LARGEST_INT`, as a tuple of ints."""
    items = listed(value)
    if items is None or len(items) < least or not all(is_integer(i) and 1 <= i <= LARGEST_INT for i in items):
        raise refusal(field, allowed, value)
    return tuple(map(int, items))


def choice(field: str, value: Any, options: Sequence[str], also: str = "") -> Any:
    """Return a text that is one of `options`; `also` ends the message that lists them."""
    if isinstance(value, str) and value in options:
        return value
    raise refusal(field, "one of " + ", ".join(f'"{option}"' for option in options) + also, value)


def flag(field: str, value: Any) -> bool:
    """Return a bool; 0, 1 and "yes" are refused."""
    if isinstance(value, bool):
        return value
    raise refusal(field, "true or false", value)


def path(field: str, value: Any, allowed: str) -> str | None:
    """Return a path as text, with `~` replaced by the home folder; `None` stays `None`. The path need not exist."""
    text = os.fspath(value) if isinstance(value, os.PathLike) else value
    if text is None:
        return None
    if isinstance(text, str) and text and "\0" not in text:
        return os.path.expanduser(text)
    raise refusal(field, allowed, value)


def listed(value: object) -> tuple[Any, ...] | None:
    """Return the items of a list, tuple or array as a tuple; `None` for text, mappings, sets and all other values."""
    if isinstance(value, (str, bytes, dict, set, frozenset)) or not isinstance(value, Iterable):
        return None
    return tuple(value)
