"""What a benchmark ran on: a row of facts that its figures mean nothing without."""

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
    """The CPU's name as the kernel has it, or the architecture where it says none."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _commit() -> str:
    """The repository's commit, with `+` where files differ from it; `unknown` outside a checkout."""
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
    """Facts about this machine now; imports none of the packages.

    Args:
        packages: distributions whose versions are named.

    Returns:
        processor, cores that this process may use, memory in GB, load of the last minute, python, commit, and a
        version for each package.
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
    """The facts in one line."""
    return ", ".join(f"{name} {value}" for name, value in facts.items())
