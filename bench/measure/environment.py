"""Describe the machine and the software on which a benchmark runs."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Iterable
from pathlib import Path

import psutil

from bench.measure.places import ROOT

__all__ = ["environment", "row"]

PACKAGES = ("tensorflow", "keras", "numpy", "pillow")


def _processor() -> str:
    """Return the CPU's name as the kernel reports it, or the architecture if it reports none."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _commit() -> str:
    """Return the repository's commit, with `+` if tracked files differ from it; `unknown` outside a checkout."""
    try:
        commit = _git("rev-parse", "--short", "HEAD")
        return commit + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def environment(packages: Iterable[str] = PACKAGES) -> dict[str, str | int | float]:
    """Return facts about this machine and its present load. No package is imported.

    Args:
        packages: distributions whose versions are included.

    Returns:
        The processor, the cores that this process may use, memory in GB, load of the last minute, Python's version,
        the commit, and the version of each package.
    """
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "commit": _commit(),
        **{package: _version(package) for package in packages},
    }


def row(facts: dict[str, str | int | float]) -> str:
    """Return the facts in one line."""
    return ", ".join(f"{name} {value}" for name, value in facts.items())
