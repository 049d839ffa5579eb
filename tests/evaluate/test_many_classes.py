"""With very many classes, files and pages stay small: only on request do they grow with classes times examples."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, confusion_matrix, f1_score, roc_auc_score

from pipeline.evaluate.command import main
from pipeline.evaluate.measures import MANY, Classification, MultiLabel
from pipeline.evaluate.metrics import measure
from pipeline.predict.command import main as predict
from tests.support.small_runs import make_run

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder

FEW, MORE = MANY + 20, 5 * (MANY + 20)
SEEN = 12  # classes that have a photo


def names(count: int) -> list[str]:
    return [f"class{k:04d}" for k in range(count)]


@pytest.fixture(scope="module")
def photos(photo_folder: PhotoFolder) -> Path:
    return photo_folder(dict.fromkeys(names(SEEN), 2))


def evaluated(tmp_path: Path, photos: Path, count: int, *more: str) -> Path:
    run = make_run(tmp_path / f"run{count}", names=names(count))
    assert main([str(run), "--data.validation", str(photos), *more]) == 0
    return run / "evaluate"


def test_figures_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    outputs = np.round(random.random((600, FEW), np.float32), 2)  # with ties
    labels = random.integers(0, FEW - 3, 600)  # three classes do not occur
    found = measure(outputs, labels, names(FEW), "int")
    assert isinstance(found, Classification)
    predicted = outputs.argmax(axis=1)
    f1 = f1_score(labels, predicted, labels=range(FEW), average=None, zero_division=0)
    for k, one in enumerate(found.classes):
        if one.support:
            assert one.auc == pytest.approx(roc_auc_score(labels == k, outputs[:, k]), abs=1e-12)
            assert one.average_precision == pytest.approx(
                average_precision_score(labels == k, outputs[:, k]), abs=1e-12
            )
            assert one.f1 == pytest.approx(f1[k], abs=1e-12)
        else:
            assert (one.auc, one.average_precision, one.recall) == (None, None, None)
    matrix = confusion_matrix(labels, predicted, labels=range(FEW))
    assert found.right == matrix.trace()
    assert {(true, taken): count for true, taken, count in found.pairs} == {
        (int(true), int(taken)): int(matrix[true, taken]) for true, taken in np.argwhere(matrix) if true != taken
    }
    assert [count for *_, count in found.pairs] == sorted((count for *_, count in found.pairs), reverse=True)
    assert sum(one.curve is not None for one in found.classes) < MANY


def test_so_are_those_of_several_labels() -> None:
    random = np.random.default_rng(1)
    outputs, labels = random.random((90, FEW), np.float32), random.random((90, FEW)) < 0.2
    found = measure(outputs, labels, names(FEW), "multi_label")
    assert isinstance(found, MultiLabel)
    for k, one in enumerate(found.classes):
        assert one.auc == pytest.approx(roc_auc_score(labels[:, k], outputs[:, k]), abs=1e-12)


def test_files_grow_with_classes_and_examples_and_not_with_their_product(photos: Path, tmp_path: Path) -> None:
    few, more = (evaluated(tmp_path, photos, count) for count in (FEW, MORE))
    sizes = [
        [(folder / name).stat().st_size for name in ("predictions.csv", "evaluate.json", "evaluate.html")]
        for folder in (few, more)
    ]
    assert sizes[1][0] < 1.1 * sizes[0][0]
    assert sizes[1][1] < 1.2 * MORE / FEW * sizes[0][1]
    assert sizes[1][2] < 1.3 * sizes[0][2]
    record = json.loads((more / "evaluate.json").read_text())
    assert record["confusion"] is None
    assert len(record["classes"]) == MORE
    assert sum(pair["count"] for pair in record["confused_pairs"]) == 2 * SEEN - round(record["accuracy"] * 2 * SEEN)


def test_the_most_probable_classes_are_those_of_predict_and_all_are_there_on_request(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = evaluated(tmp_path, photos, FEW, "--probabilities")
    with (folder / "predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    capsys.readouterr()
    predict([str(folder.parent), *(row["path"] for row in rows), "--top", "5", "--format", "jsonl"])
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    outputs = np.load(folder / "probabilities.npy")
    assert outputs.shape == (len(rows), FEW)
    for row, answer, shares in zip(rows, answers, outputs, strict=True):
        assert [row[f"class_{k}"] for k in range(1, 6)] == [one["class"] for one in answer["top"]]
        assert row["predicted"] == row["class_1"]
        np.testing.assert_allclose(shares, list(answer["probabilities"].values()), atol=1e-6)
        assert float(row["probability_1"]) == pytest.approx(shares.max(), abs=1e-6)
