"""The questions' answers: the arithmetic of the network against Keras, and that each is there in each language."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.inspect.answers import ACCURACIES, answers, shrinking
from pipeline.reports.words import FileWords
from pipeline.text.messages import LANGUAGES
from tests.inspect.test_findings import inspect
from tests.support.odd_photos import odd_folder
from tests.support.places import ROOT


def test_the_notebook_s_network_shrinks_as_the_truth_has_it() -> None:
    found = shrinking(150, 150, (16, 32, 64))
    assert found["sides"] == "150→148→74→72→36→34→17"
    assert found["values"] == 18_496
    assert found["reach"] == 22


@pytest.mark.parametrize("filters", [(8,), (4, 8), (4, 4, 4, 4)])
def test_shapes_are_those_that_keras_gives(filters: tuple[int, ...]) -> None:
    from pipeline.config import ModelConfig
    from pipeline.models.cnn import build_cnn
    from pipeline.models.head import head_for

    model = build_cnn(ModelConfig(filters=filters), (95, 120, 3), head_for("binary", 2))
    found = shrinking(95, 120, filters)
    flat = next(layer for layer in model.layers if type(layer).__name__ == "Flatten")
    assert found["values"] == flat.output.shape[1]
    assert found["sides"].split("→")[-1] == "×".join(map(str, flat.input.shape[1:3]))


def test_pictures_that_are_too_small_are_said() -> None:
    assert shrinking(20, 150, (16, 32, 64)) == {"poolings": 3}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_questions_are_answered_with_the_user_s_figures(tmp_path: Path, lang: str) -> None:
    found = answers(inspect(odd_folder(tmp_path)), FileWords(lang))
    assert {1, 2, 3, 4, 10, 11, 13, 14, 15, 16} <= {one.number for one in found}
    for one in found:
        assert one.question
        assert "{" not in one.question + one.answer
    by_number = {one.number: one.answer for one in found}
    assert "0 = cats, 1 = dogs <b>big" in by_number[4]
    assert "150→148→74→72→36→34→17" in by_number[13]
    assert "18,496" in by_number[13]
    assert all(figure in by_number[2] for figure in ACCURACIES.values())
    assert all(figure in by_number[15] for figure in ("1/255", "0.502"))
    assert "18,496 × 512 + 512 = 9,470,464" in by_number[16]


@pytest.mark.parametrize("page", ["README.md", "README.ko.md"])
def test_readme_has_the_same_accuracies_of_resizing(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert all(figure in text for figure in ACCURACIES.values())
