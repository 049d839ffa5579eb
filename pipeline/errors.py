"""The errors that bad input raises: each names the thing, the value received and the way out."""

from __future__ import annotations

__all__ = ["InputError", "MissingPathError"]


class InputError(ValueError):
    """Wrong use or bad input. The message is one line for the person who made it; commands exit with 2."""

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython shows in place of a traceback: the message is made to be enough."""
        from pipeline.runtime.notebook import rendered

        return rendered(self)


class MissingPathError(InputError, FileNotFoundError):
    """A file or folder that the caller named is not there."""
