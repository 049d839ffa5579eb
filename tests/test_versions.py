"""The versions that are declared, tested and installed say the same; `.ci/run` says how long its parts took."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.support.places import ROOT


def pinned(name: str) -> dict[str, Version]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if "==" in line and not line.startswith("#")]
    return {name.lower().replace("_", "-"): Version(version) for name, version in pairs}


def declared() -> dict[str, Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = [Requirement(line) for line in project["dependencies"]]
    return {one.name.lower(): one for one in found}


@pytest.mark.parametrize("name", ["constraints.txt", "constraints-oldest.txt"])
def test_what_is_tested_is_allowed(name: str) -> None:
    versions = pinned(name)
    for package, requirement in declared().items():
        if package in versions:
            assert requirement.specifier.contains(versions[package]), package


def test_the_lowest_versions_allowed_are_tested() -> None:
    """A bound that no test has met is a guess."""
    oldest = pinned("constraints-oldest.txt")
    untested = set(declared()) - set(oldest)
    assert untested == {"jsonargparse"}  # hosted notebooks ship none, so that the newest is installed there
    for package, version in oldest.items():
        (bound,) = declared()[package].specifier
        assert bound.operator == ">="
        assert version.release[:2] == Version(bound.version).release[:2], package


def test_hosted_notebooks_versions_are_allowed() -> None:
    """The versions that such a notebook ships must stay as they are after `pip install`."""
    hosted = {"tensorflow": "2.19.0", "keras": "3.10.0", "pandas": "2.2.2", "numpy": "2.0.2", "pillow": "11.3.0"}
    hosted |= {"scikit-learn": "1.6.1", "matplotlib": "3.10.0", "rich": "13.9.4", "psutil": "5.9.5", "scipy": "1.16.3"}
    for package, version in hosted.items():
        assert declared()[package].specifier.contains(version), package


@pytest.mark.parametrize("last", ["true", "false"])
def test_ci_says_how_long_each_part_took_also_when_one_fails(last: str, tmp_path: Path) -> None:
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    functions = script[script.index("parts=()") : script.index("fresh() {")]
    begin = f"set -euo pipefail\nwork={tmp_path}/work\nmkdir $work\n"
    text = f"{begin}{functions}\npart 'the first'\npart 'the second'\n{last}\n"
    done = subprocess.run(["bash", "-c", text], capture_output=True, text=True, check=False)
    assert done.returncode == (last == "false")
    table = done.stdout[done.stdout.index("== seconds of each part") :].splitlines()[1:]
    assert [re.sub(r"^ *\d+  ", "", line) for line in table] == ["the first", "the second", "all"]
    assert not (tmp_path / "work").exists()


def test_each_test_that_depends_on_versions_is_there() -> None:
    """A test module that moves must not leave the run on the oldest libraries unnoticed."""
    from tests.conftest import VERSIONED

    assert [beginning for beginning in VERSIONED if not list((ROOT / "tests").glob(f"{beginning}*"))] == []


def test_documents_name_files_and_commands_that_are_there() -> None:
    """A module that moves takes its mentions along."""
    missing = []
    for path in [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").glob("*.md"),
        ROOT / ".ci" / "run",
        ROOT / "pipeline" / "README.md",
    ]:
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"(?<![\w/.])((?:tests|bench|pipeline|docs|configs)/[\w/]+\.(?:py|md|toml|yaml))", text):
            missing += [] if (ROOT / name).exists() else [f"{path.name}: {name}"]
        for module in re.findall(r"python -m (bench(?:\.[a-z_]+)+)\b(?!\.[A-Z])", text):
            place = ROOT / module.replace(".", "/")
            there = place.with_suffix(".py").exists() or (place / "__main__.py").exists()
            missing += [] if there else [f"{path.name}: python -m {module}"]
    assert missing == []
