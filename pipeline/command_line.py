"""What commands share: wrong use is one line, and answers go to stdout as UTF-8. Nothing heavy is imported."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

from pipeline.errors import InputError

__all__ = ["Parser", "print_json", "print_text"]


class Parser(argparse.ArgumentParser):
    """For commands without a configuration: wrong use is an `InputError`, one line as everywhere in this package."""

    def error(self, message: str) -> NoReturn:
        """Instead of the usage and an exit."""
        raise InputError(f"{message}; {self.prog} --help says how it is used")


def print_text(text: str) -> None:
    """To stdout, before what follows on stderr: UTF-8 whatever the terminal's encoding; what that lacks is escaped."""
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


def print_json(record: Mapping[str, Any]) -> None:
    """One line of JSON to stdout."""
    print_text(json.dumps(record, ensure_ascii=False) + "\n")
