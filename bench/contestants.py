"""All that can be drawn from: the arms, and the limits of the machine."""

from __future__ import annotations

from bench.arms import ARMS, Arm
from bench.limits import LIMITS

__all__ = ["contestant"]


def contestant(name: str) -> Arm:
    """The arm or limit of that name.

    Raises:
        ValueError: there is none.
    """
    everyone = {**ARMS, **LIMITS}
    if name not in everyone:
        raise ValueError(f"no arm has this name. Received: {name!r}; allowed: {', '.join(everyone)}")
    return everyone[name]
