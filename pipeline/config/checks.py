"""Field checks: each returns the value in its settled type, or raises an `InputError` of one line.

A message reads `FIELD must be ALLOWED. Received: VALUE`; FIELD is the dotted name of the command line.
NumPy's scalars count as numbers (they are registered with `numbers`), a bool never does.
"""

import math
import os
import reprlib
from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Any

from pipeline.errors import InputError

LARGEST_INT = 2**31 - 1  # what an int32 tensor of sizes or positions holds

_SHOWN = 120  # characters of a received value; more would not be one readable line
_REPR = reprlib.Repr()  # bounded: a value may be an array, or YAML that refers to itself a million times over
_REPR.maxstring = _REPR.maxother = _SHOWN
_REPR.maxlist = _REPR.maxtuple = 8


def refusal(field: str, allowed: str, value: object) -> InputError:
    """The error that says what `field` must be and what it was; the caller raises it."""
    return InputError(f"{field} must be {allowed}. Received: {shown(value)}")


def shown(value: object) -> str:
    """`value` as one line of at most `_SHOWN` characters."""
    text = " ".join(_REPR.repr(value).split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def set_fields(instance: object, **values: object) -> None:
    """Sets fields of a frozen dataclass, for its `__post_init__` only."""
    for name, value in values.items():
        object.__setattr__(instance, name, value)


def is_integer(value: object) -> bool:
    """Whether `value` is an integer; a bool is not meant as one, though Python says it is."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_finite(value: Any) -> bool:
    """Whether `value` is a number that float64 holds and that is neither infinite nor NaN."""
    if not isinstance(value, Real) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def integer(field: str, value: Any, allowed: str, *, low: int, high: int = LARGEST_INT) -> int:
    """`value` as an int in [low, high]; 2.0 is not one."""
    if is_integer(value) and low <= value <= high:
        return int(value)
    raise refusal(field, allowed, value)


def number(field: str, value: Any, allowed: str, *, low: float = -math.inf) -> float:
    """`value` as a finite float of at least `low`."""
    if is_finite(value) and value >= low:
        return float(value)
    raise refusal(field, allowed, value)


def share(field: str, value: Any) -> float:
    """`value` as a share of the photos."""
    if is_finite(value) and 0 <= value <= 1:
        return float(value)
    raise refusal(field, "a share of the photos from 0 to 1 (0.05 is five of a hundred)", value)


def ordered_pair(field: str, value: Any, allowed: str, *, low: float) -> tuple[float, float]:
    """`value` as two finite floats (a, b) with low <= a <= b."""
    items = listed(value)
    if items is not None and len(items) == 2 and all(map(is_finite, items)) and low <= items[0] <= items[1]:
        return float(items[0]), float(items[1])
    raise refusal(field, allowed, value)


def integers(field: str, value: Any, allowed: str, *, least: int) -> tuple[int, ...]:
    """`value` as a tuple of at least `least` ints, each from 1 to `LARGEST_INT`."""
    items = listed(value)
    if items is None or len(items) < least or not all(is_integer(i) and 1 <= i <= LARGEST_INT for i in items):
        raise refusal(field, allowed, value)
    return tuple(map(int, items))


def choice(field: str, value: Any, options: Sequence[str], also: str = "") -> Any:
    """`value` when it is one of `options`; `also` ends the sentence that lists them."""
    if isinstance(value, str) and value in options:
        return value
    raise refusal(field, "one of " + ", ".join(f'"{option}"' for option in options) + also, value)


def flag(field: str, value: Any) -> bool:
    """`value` when it is a bool; 0, 1 and "yes" are not."""
    if isinstance(value, bool):
        return value
    raise refusal(field, "true or false", value)


def path(field: str, value: Any, allowed: str) -> str | None:
    """Return the text of a path, `~` as the home folder, or None; whether something lies there is not looked at."""
    text = os.fspath(value) if isinstance(value, os.PathLike) else value
    if text is None:
        return None
    if isinstance(text, str) and text and "\0" not in text:
        return os.path.expanduser(text)
    raise refusal(field, allowed, value)


def listed(value: object) -> tuple[Any, ...] | None:
    """The items of a list, a tuple or an array as a tuple; None for text, mappings and all else."""
    if isinstance(value, (str, bytes, dict, set, frozenset)) or not isinstance(value, Iterable):
        return None
    return tuple(value)
