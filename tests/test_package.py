"""`import pipeline`: names at once, TensorFlow when it is needed."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import pipeline
from tests.support.places import ROOT

HEAVY = ("tensorflow", "keras", "numpy", "pandas", "matplotlib", "sklearn", "PIL")


def loaded_after(code: str) -> set[str]:
    """Return the heavy modules that a new process has loaded after `code`."""
    script = f"import sys\n{code}\nprint(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_import_loads_nothing_heavy() -> None:
    assert loaded_after("import pipeline") == set()


def test_neither_does_a_configuration_or_an_error() -> None:
    code = "import pipeline; pipeline.Augment(rotation_range=40); pipeline.InputError; dir(pipeline)"
    assert loaded_after(code) == set()


@pytest.mark.parametrize("name", pipeline.__all__)
def test_every_public_name_is_there_and_has_a_docstring(name: str) -> None:
    assert getattr(pipeline, name).__doc__


def test_dir_lists_the_public_names() -> None:
    assert dir(pipeline) == sorted(pipeline.__all__)
    assert len(set(pipeline.__all__)) == len(pipeline.__all__)


def test_star_imports_them() -> None:
    names: dict[str, object] = {}
    exec("from pipeline import *", names)
    assert set(pipeline.__all__) <= set(names)


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'pipeline' has no attribute 'from_folder'"):
        pipeline.from_folder  # noqa: B018


def test_a_name_is_the_same_object_each_time() -> None:
    assert pipeline.from_directory is pipeline.from_directory
    assert pipeline.layers is sys.modules["pipeline.layers"]


def test_the_version_is_the_distribution_s() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == pipeline.__version__


COMMANDS = {"train", "prepare", "inspect", "evaluate", "predict", "export", "compare", "profile", "migrate"}


def imported_folders(path: Path) -> set[str]:
    """Return the folders of this package that the module imports from, in functions too."""
    modules: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "pipeline":
            modules |= {f"pipeline.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module or "")
        elif isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
    return {module.split(".")[1] for module in modules if module.startswith("pipeline.")}


def test_folders_import_in_the_order_of_the_readme_and_no_command_imports_another() -> None:
    listed = re.findall(r"^([a-z_]+)(?:/|\.py)", (ROOT / "pipeline" / "README.md").read_text("utf-8"), re.MULTILINE)
    order = {name: place for place, name in enumerate(listed)}
    modules = [path for path in (ROOT / "pipeline").rglob("*.py") if path.name not in ("__init__.py", "__main__.py")]
    wrong = []
    for path in modules:
        here = path.relative_to(ROOT / "pipeline").parts[0].removesuffix(".py")
        for there in imported_folders(path):
            if order[there] > order[here] or ({here, there} <= COMMANDS and here != there):
                wrong.append(f"{path.relative_to(ROOT)} imports {there}")
    assert wrong == []
    assert {path.relative_to(ROOT / "pipeline").parts[0].removesuffix(".py") for path in modules} == set(listed)


def asked_by_kind(kinds: set[str]) -> list[str]:
    """Return the places in the package that call `isinstance` and its like with one of these classes."""
    asked = []
    for path in (ROOT / "pipeline").rglob("*.py"):
        calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
        for call in calls:
            names = {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}
            if getattr(call.func, "id", "") in ("isinstance", "issubclass", "type") and kinds & names:
                asked.append(f"{path.relative_to(ROOT)}:{call.lineno}")
    return asked


def test_no_code_outside_sources_asks_which_kind_of_source_it_has() -> None:
    """A new source must find no place that knows the others by name; builders make them."""
    assert [place for place in asked_by_kind({"FileSource", "ArraySource"}) if "/sources/" not in place] == []


def test_no_code_outside_augment_asks_which_kind_of_augmentation_it_has() -> None:
    """`pipeline.augment.given` makes a recipe of what a user gave; the rest asks the recipe."""
    kinds = {"Augment", "KerasLayers", "Recipe", "Op", "BatchOp", "GeometricOp", "PointOp", "TableOp"}
    assert [place for place in asked_by_kind(kinds) if not place.startswith("pipeline/augment/")] == []
