"""Folders that tests use: the repository, and the photos beside it."""

from pathlib import Path

__all__ = ["ROOT", "SHARED", "SUPPORT"]

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
SUPPORT = Path(__file__).resolve().parent
