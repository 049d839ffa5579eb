"""What the commands of this folder share: wrong use is one line, and a run's file is their argument."""

from __future__ import annotations

import argparse
from typing import NoReturn

from pipeline.errors import InputError

__all__ = ["Parser"]


class Parser(argparse.ArgumentParser):
    """Wrong use is an `InputError`, which `pipeline.cli.run_command` prints as one line before it exits with 2."""

    def error(self, message: str) -> NoReturn:
        """Instead of the usage and an exit."""
        raise InputError(f"{message}; {self.prog} --help says how it is used")
