"""The errors that bad input raises: each names the thing, the value received and the way out."""

from __future__ import annotations

__all__ = ["InputError", "MissingPathError"]


class InputError(ValueError):
    """Wrong use or bad input. The message is one line for the person who made it; commands exit with 2."""


class MissingPathError(InputError, FileNotFoundError):
    """A file or folder that the caller named is not there."""
