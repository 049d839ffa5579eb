"""The meaning of the figures in sentences: overfitting, guessing, one answer, swapped labels."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.config import Augment
from pipeline.evaluate.answers import classes, confusion, files, overfitting, summary
from pipeline.evaluate.measures import Classification
from pipeline.evaluate.record import Evaluation
from pipeline.evaluate.words import Words
from pipeline.text.messages import Sentence
from tests.support.measured import answered, evaluation

ENGLISH, KOREAN = Words("en"), Words("ko")


def outputs(answers: list[int], count: int = 2, sure: float = 0.9) -> NDArray[np.float32]:
    """Return the figures of a model that gives these answers."""
    rows = np.full((len(answers), count), (1 - sure) / (count - 1), np.float32)
    rows[np.arange(len(answers)), answers] = sure
    return rows


def told(
    folder: Path, true: list[int], answers: list[int], names: tuple[str, ...] = ("cats", "dogs"), words: Words = ENGLISH
) -> str:
    """The summary of such answers."""
    return "\n".join(summary(answered(folder, names, true, outputs(answers, len(names))), words))


@pytest.mark.parametrize(
    ("history", "words"),
    [
        ("epoch,accuracy,loss\n1,0.5,1\n", "no validation is in it"),
        ("epoch,loss,val_loss\n1,0.5,1\n", "no accuracy is in it"),
        ("epoch,accuracy,loss,val_accuracy\n", "no epoch is in it"),
        ("epoch,accuracy,loss,val_accuracy\n1,0.5,x\n", "it is missing or damaged"),
        ("epoch,accuracy,loss,val_accuracy\n1,0.5", "it is missing or damaged"),
        ("epoch,accuracy,loss,val_accuracy\n1,0.53,1,0.52\n", "has not learned enough yet"),
        ("epoch,accuracy,loss,val_accuracy\n1,0.9,1,0.91\n", "there is no overfitting to speak of"),
    ],
)
def test_any_history_has_an_answer(tmp_path: Path, history: str, words: str) -> None:
    (tmp_path / "history.csv").write_text(history)
    assert words in " ".join(overfitting(evaluation(tmp_path, ("cats", "dogs")), Words("en")))


TIED = """epoch,accuracy,loss,val_accuracy,val_loss
1,0.6,0.7,0.75,0.6
2,0.7,0.6,0.75,0.5
3,0.8,0.5,0.70,0.7
"""


@pytest.mark.parametrize(("record", "epoch"), [({}, 2), ({"best_epoch": 1}, 1), ({"best_epoch": 9}, 2)])
def test_of_equal_epochs_the_one_that_was_kept_is_named(tmp_path: Path, record: dict[str, Any], epoch: int) -> None:
    """As `run.json` says; where that names no epoch of the history, the one of the lowest validation loss."""
    (tmp_path / "history.csv").write_text(TIED)
    found = evaluation(tmp_path, ("cats", "dogs"))
    found = dataclasses.replace(found, run=dataclasses.replace(found.run, record=record))
    assert f"In epoch {epoch}, the one that was kept" in overfitting(found, Words("en"))[0]


def after(folder: Path, train: float, validation: float, words: Words = ENGLISH, **config: Any) -> list[str]:
    """Return the sentences on overfitting after such a last epoch, the one before it being worse."""
    (folder / "history.csv").write_text(
        f"epoch,accuracy,loss,val_accuracy,val_loss\n1,0.5,1,0.1,1\n2,{train},1,{validation},1\n"
    )
    found = evaluation(folder, ("cats", "dogs"))
    config = {"config": dataclasses.replace(found.run.config, **config)} if config else {}
    return overfitting(dataclasses.replace(found, run=dataclasses.replace(found.run, **config)), words)


@pytest.mark.parametrize(
    ("train", "validation", "says"),
    [
        (0.95, 0.80, "15.0 percentage points better on the photos that it learned from: it learns them by heart"),
        (0.58, 0.45, "Both are low"),  # a gap of a model that has learned nothing is none
        (0.52, 0.58, "Both are low"),
        (0.80, 0.78, "The two are close"),
        (0.80, 0.84, "The two are close"),
        (0.70, 0.90, "20.0 percentage points better on the validation photos. It is not worse on photos that it never"),
    ],
)
def test_each_end_has_the_sentence_that_is_true_of_it(
    tmp_path: Path, train: float, validation: float, says: str
) -> None:
    lines = after(tmp_path, train, validation)
    assert says in lines[1]
    assert any("is no mistake" in line for line in lines) == (validation > train)


def test_augmentation_is_said_of_runs_that_have_it(tmp_path: Path) -> None:
    plain, augmented = after(tmp_path, 0.7, 0.9), after(tmp_path, 0.7, 0.9, augment=Augment(rotation_range=40))
    assert "augmented" not in " ".join(plain)
    assert "of the training photos and on 90.0" in plain[0]
    assert "of the training photos (as augmented) and on" in augmented[0]
    assert "training photos are augmented, and counted while" in augmented[2]


def test_where_the_last_epoch_is_the_best_nothing_is_said_twice(tmp_path: Path) -> None:
    assert after(tmp_path, 0.8, 0.8)[0].count("80.0") == 2
    assert after(tmp_path, 0.8, 0.05)[0].count("%") == 4
    assert after(tmp_path, 0.8, 0.8, KOREAN)[0].startswith("마지막인 2번째 에포크의 모델을 저장했습니다.")


def test_guessing_is_measured_by_the_commonest_class_or_by_each_of_those_that_tie(tmp_path: Path) -> None:
    names = ("cats", "dogs", "owls")
    assert "always answering “dogs”, the commonest class here, would be right 60.0" in told(
        tmp_path, [0, 1, 1, 1, 2], [0, 1, 1, 1, 1], names
    )
    assert "as many photos of each class here" in told(tmp_path, [0, 1, 2] * 2, [0, 1, 2, 0, 0, 0], names)
    tied = told(tmp_path, [0, 0, 1, 1, 2], [0, 0, 1, 1, 1], names)
    assert "“cats”, “dogs” have equally many photos here, more than any other class" in tied
    assert "40.0" in tied
    assert "For comparison" not in told(tmp_path, [1, 1, 1], [1, 1, 0])  # of one class alone


@pytest.mark.parametrize(("wrong", "said"), [(8, True), (2, False)])
def test_no_better_than_guessing_is_said_where_the_interval_holds_it(tmp_path: Path, wrong: int, said: bool) -> None:
    text = told(tmp_path, [0, 1] * 10, [1, 0] * (wrong // 2) + [0, 1] * (10 - wrong // 2))
    assert ("it cannot be said yet that the model is better than guessing" in text) == said


def test_answers_the_wrong_way_round_are_no_chance(tmp_path: Path) -> None:
    true = [0, 1] * 30
    swapped = "labels are swapped: photos of one class in the folder of another"
    assert swapped in told(tmp_path, true, [1 - one for one in true])
    assert "Look into “cats”, “dogs”." in told(tmp_path, true, [1 - one for one in true])
    assert swapped not in told(tmp_path, true, [0, 1, 1, 0] * 15)  # half of them right
    assert swapped not in told(tmp_path, true[:4], [1, 0, 1, 1])  # so few that it may be chance
    # Not clear from the areas of so few, and clear from the accuracy.
    assert swapped in told(tmp_path, true[:20], [1, 0] * 7 + [0, 0] + [0, 1] * 2)
    # Guessing without a look at the photos is wrong of most, where most are of one class, whatever the labels.
    assert swapped not in told(tmp_path, [0] * 80 + [1] * 20, [0, 1] * 40 + [1, 0] * 9 + [0, 0])
    # Two of three classes are swapped: those are named.
    three = [0, 1, 2] * 20
    text = told(tmp_path, three, [[1, 0, 2][one] for one in three], ("cats", "dogs", "owls"))
    assert "Look into “cats”, “dogs”." in text


def test_an_accuracy_below_that_of_the_commonest_class_alone_says_nothing_of_labels(tmp_path: Path) -> None:
    """A model that was taught to find a rare class calls others so, too."""
    true = [0] * 180 + [1] * 20
    text = told(tmp_path, true, [0] * 130 + [1] * 50 + [1] * 20)
    assert "The model reaches less than that" in text
    assert "swapped" not in text


def test_one_answer_names_what_to_look_at(tmp_path: Path) -> None:
    text = told(tmp_path, [0, 1] * 5, [0] * 10)
    assert "It took all photos for cats: it has not learned to tell the classes apart" in text
    assert "--train.class_weight balanced or more photos of the rare class" in text
    assert "cannot be said yet" not in text  # which would say the same again
    korean = told(tmp_path, [0, 1] * 5, [0] * 10, ("곰", "강아지"), KOREAN)
    assert "모든 사진에 “곰”이라고 답했습니다." in korean
    assert "모든 사진에 “강아지”라고 답했습니다." in told(tmp_path, [0, 1] * 5, [1] * 10, ("곰", "강아지"), KOREAN)


def test_almost_one_answer_is_said_with_its_counts(tmp_path: Path) -> None:
    true = [0] * 50 + [1] * 50
    text = told(tmp_path, true, [0] * 95 + [1] * 5)
    assert "It took 95 of 100 photos for cats, though only 50 are" in text
    assert "--train.class_weight balanced" in text
    assert "It took 89" not in told(tmp_path, true, [0] * 89 + [1] * 11)
    assert "It took 95" not in told(tmp_path, [0] * 61 + [1] * 39, [0] * 95 + [1] * 5)  # most of them are
    assert "It took 100" not in told(tmp_path, true, [0] * 100)


def of(found: Evaluation) -> Classification:
    assert isinstance(found.measures, Classification)
    return found.measures


def test_a_recall_of_very_few_is_cautioned(tmp_path: Path) -> None:
    few = answered(tmp_path, ("cats", "dogs"), [0] * 4 + [1] * 6, outputs([0] * 4 + [1] * 6))
    enough = answered(tmp_path, ("cats", "dogs"), [0] * 5 + [1] * 6, outputs([0] * 5 + [1] * 6))
    assert "Of “cats” there are fewer than 5 photos here" in " ".join(classes(of(few), ENGLISH))
    assert "fewer than" not in " ".join(classes(of(enough), ENGLISH))


@pytest.mark.parametrize(
    ("true", "answers", "names", "says"),
    [
        (
            [0, 0, 0, 1],
            [0, 1, 1, 1],
            ("고양이", "강아지"),
            "1장을 제대로 맞혔고, 나머지 2장에는 “강아지”라고 답했습니다.",
        ),
        ([0, 0, 1, 2], [0, 1, 1, 2], ("a", "b", "c"), "나머지는 다른 칸에 흩어져 있습니다."),
        ([0, 1], [0, 1], ("a", "b"), "잘못 본 것은 없습니다."),
    ],
)
def test_the_row_of_the_matrix_says_where_the_rest_went(
    tmp_path: Path, true: list[int], answers: list[int], names: tuple[str, ...], says: str
) -> None:
    found = answered(tmp_path, names, true, outputs(answers, len(names)))
    assert says in confusion(of(found), KOREAN)


def test_what_was_passed_over_is_said_in_the_page_s_language(tmp_path: Path) -> None:
    found = evaluation(tmp_path, ("a", "b"), passed=(Sentence("passed_hidden", {"count": 3, "first": ".x"}),))
    assert ("숨은 파일이나 폴더: 3개(처음 것: .x)", False) in files(found, KOREAN, [])
    assert ("hidden files or folders: 3 (the first: .x)", False) in files(found, ENGLISH, [])


def test_one_answer_whose_probabilities_tell_the_classes_apart_is_not_called_ignorant(tmp_path: Path) -> None:
    true = [0] * 10 + [1] * 10
    leaning = np.array([[0.9, 0.1]] * 10 + [[0.6, 0.4]] * 10, np.float32)
    text = " ".join(summary(answered(tmp_path, ("cats", "dogs"), true, leaning), ENGLISH))
    assert "though its probabilities do tell the classes apart (AUC 1.000)" in text
    assert "has not learned" not in text


def test_where_validation_photos_were_learned_from_nothing_is_said_of_overfitting(tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text("epoch,accuracy,loss,val_accuracy,val_loss\n1,0.9,0.1,0.9,0.1\n")
    shared = evaluation(tmp_path, ("cats", "dogs"), learned=7)
    (said,) = overfitting(shared, ENGLISH)
    assert said.startswith("7 validation photos are also training photos, so validation cannot show")
    assert any(
        "7 of these photos are ones that the run learned from" in line and warn
        for line, warn in files(shared, ENGLISH, [])
    )
    assert "never learned from" in " ".join(overfitting(evaluation(tmp_path, ("cats", "dogs")), ENGLISH))
