"""Something to be said in whichever language is asked for."""

from __future__ import annotations

import dataclasses
from typing import Any

__all__ = ["Sentence"]


@dataclasses.dataclass(frozen=True)
class Sentence:
    """What `pipeline.inspect.words` makes words of.

    Args:
        says: which sentence.
        values: what stands in it.
    """

    says: str
    values: dict[str, Any] = dataclasses.field(default_factory=dict)
