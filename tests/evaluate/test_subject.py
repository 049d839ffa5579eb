"""The photos that a run's model is measured on, where folders and classes are spelled or linked otherwise."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.errors import InputError
from pipeline.evaluate.subject import settle
from pipeline.runs.trained_run import read_run
from tests.support.small_runs import make_run

# "é" is behind "z" in NFC and before it in NFD.
NAMES = ("강아지", "zebra", "éclair")


@pytest.mark.parametrize("forms", [("NFC", "NFD"), ("NFD", "NFC")])
def test_folders_of_another_spelling_are_the_run_s_classes(tmp_path: Path, forms: tuple[str, str]) -> None:
    learned, there = ([unicodedata.normalize(form, name) for name in NAMES] for form in forms)  # type: ignore[arg-type]
    for number, name in enumerate(there):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for k in range(number + 1):
            Image.new("RGB", (16, 12), (60 * number, 0, 0)).save(tmp_path / "photos" / name / f"{k}.png")
    run = read_run(make_run(tmp_path / "run", "int", learned))
    subject = settle(run, str(tmp_path / "photos"))
    assert (len(subject.names), subject.missing) == (6, ())
    labels = np.concatenate([np.asarray(batch[1]) for batch in subject.batches])
    assert labels.tolist() == [0, 1, 1, 2, 2, 2]
    assert [Path(name).parent.name for name in subject.names] == [there[label] for label in labels]


def test_linked_classes_are_measured(tmp_path: Path) -> None:
    for name in ("cats", "dogs", "owls"):
        (tmp_path / "elsewhere" / name).mkdir(parents=True)
        Image.new("RGB", (16, 12)).save(tmp_path / "elsewhere" / name / "a.png")
        (tmp_path / "photos").mkdir(exist_ok=True)
        (tmp_path / "photos" / name).symlink_to(tmp_path / "elsewhere" / name)
    run = read_run(make_run(tmp_path / "run"))
    assert len(settle(run, str(tmp_path / "photos")).names) == 3
    (tmp_path / "photos" / "bees").symlink_to(tmp_path / "elsewhere" / "owls")
    with pytest.raises(InputError, match="links to one folder"):
        settle(run, str(tmp_path / "photos"))
