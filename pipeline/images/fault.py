"""The reason why an image cannot be read, as a kind with values; its sentence is made where people read it."""

from __future__ import annotations

import dataclasses
import json
import re
import urllib.parse
from collections.abc import Mapping
from typing import Any, Literal

from pipeline.text.messages import catalog, sentence

__all__ = ["Fault", "FaultKind", "from_message", "to_message"]

FaultKind = Literal[
    "empty",
    "not_an_image",
    "archive",
    "heic",
    "avif",
    "damaged",
    "damaged_jpeg",
    "too_large",
    "too_large_for_pillow",
    "no_memory",
    "needs_pillow",
    "missing",
    "no_permission",
    "may_pass",
    "out_of_memory",
    "other",
]
# Around a fault in the message of a TensorFlow error, which is all that comes out of a graph.
BEGIN, MIDDLE, END = "picture: ", " | ", " (end)"
MESSAGE = re.compile(rf"{BEGIN}.*{re.escape(MIDDLE)}([\w%.~-]+){re.escape(END)}", re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Fault:
    """The reason why an image cannot be read.

    Args:
        kind: one of `FaultKind`; decisions depend on it alone.
        values: what the sentence of the kind names.
    """

    kind: FaultKind
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        """The sentence in English: one line, without the name of the file."""
        return self.say("en")

    def say(self, language: str) -> str:
        """Return the sentence in a language: one line, without the name of the file."""
        return sentence(catalog(language, "unreadable")[self.kind], **self.values)

    @property
    def is_size(self) -> bool:
        """True where the image may be sound, and is only larger than `max_pixels`."""
        return self.kind == "too_large"


def to_message(fault: Fault) -> str:
    """Return a fault as the message of an error in a TensorFlow graph, for people and for `from_message`."""
    # Percent signs in place of quotes and backslashes, which TensorFlow would print quoted.
    values = urllib.parse.quote(json.dumps({"kind": fault.kind, **fault.values}), safe="")
    return f"{BEGIN}{fault}{MIDDLE}{values}{END}"


def from_message(text: str) -> Fault | None:
    """Return the fault in an error's message; `None` where there is none."""
    found = MESSAGE.search(text)
    if found is None:
        return None
    values = json.loads(urllib.parse.unquote(found.group(1)))
    return Fault(values.pop("kind"), values)
