"""README's script in Python runs as it stands there, from folders of photos to the class of a new one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import pytest

from tests.support.places import ROOT

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder


@pytest.mark.slow
@pytest.mark.parametrize("page", ["README.md", "README.ko.md"])
def test_the_script_runs(page: str, photo_folder: PhotoFolder, tmp_path: Path) -> None:
    blocks: list[str] = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    (script,) = (block for block in blocks if "pipeline.from_directory" in block and "model.save" in block)
    photos = photo_folder({"cats": 6, "dogs": 6})
    for name in ("train", "validation"):
        shutil.copytree(photos, tmp_path / "photos" / name)
    shutil.copy(photos / "cats" / "0000.jpg", tmp_path / "my_cat.jpg")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    first, one, second, other = done.stdout.splitlines()[-1].replace("%", "").replace(",", "").split()
    assert (first, second) == ("cats", "dogs")
    assert float(one) + float(other) == pytest.approx(100, abs=0.11)
    assert keras.saving.load_model(tmp_path / "cats_dogs.keras").output_shape == (None, 1)
    assert (tmp_path / "batch.png").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("page", ["README.md", "README.ko.md"])
def test_the_functions_of_commands_run(page: str, photo_folder: PhotoFolder, tmp_path: Path) -> None:
    blocks: list[str] = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    (script,) = (block for block in blocks if "pipeline.commands.train" in block)
    photos = photo_folder({"cats": 6, "dogs": 6})
    for name in ("train", "validation"):
        shutil.copytree(photos, tmp_path / "photos" / name)
    shutil.copy(photos / "cats" / "0000.jpg", tmp_path / "my_cat.jpg")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    script += "print(len(run.history), found.ok, report.page)\n"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "3 True report/inspect.html"
