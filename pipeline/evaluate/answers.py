"""What the figures mean, in sentences with the user's own figures in them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.evaluate.measures import Classification, ClassMeasures, MultiLabel, Regression
from pipeline.evaluate.record import Evaluation, confused_sentence
from pipeline.evaluate.words import Words, decimals, percent
from pipeline.history import best_row, read_history
from pipeline.plain_text import shown

__all__ = ["calibration", "classes", "confusion", "curves", "files", "overfitting", "summary"]

# Between training and validation accuracy at the end: below it, there is no overfitting to speak of.
GAP = 0.05
# A training accuracy so little above guessing has not learned enough to overfit.
LOW = 0.1
FAIR = 0.03  # between confidence and accuracy


def summary(found: Evaluation, words: Words) -> list[str]:
    """How good it is."""
    measures = found.measures
    if isinstance(measures, Regression):
        lines = [words("summary_regression", mae=f"{measures.mae:.4g}", rmse=f"{measures.rmse:.4g}")]
        return [*lines, *([] if measures.r2 is None else [words("summary_r2", r2=decimals(measures.r2))])]
    low, high = (percent(share) for share in measures.interval)
    examples = measures.examples
    loss = words("summary_loss", loss=f"{measures.loss:.4f}")
    if isinstance(measures, MultiLabel):
        values = {"accuracy": percent(measures.accuracy), "all_right": percent(measures.all_right)}
        right = round(measures.all_right * examples)
        return [words("summary_multi", examples=examples, right=right, low=low, high=high, **values), loss]
    right = int(measures.confusion.trace())
    commonest = max(measures.classes, key=lambda one: one.support)
    return [
        words(
            "summary_one", right=right, examples=examples, wrong=examples - right, accuracy=percent(measures.accuracy)
        ),
        confused_sentence(measures, found.run.class_names, words) if right < examples else words("summary_faultless"),
        words("summary_interval", low=low, high=high),
        words("summary_guess", name=shown(commonest.name), share=percent(commonest.support / examples)),
        loss,
    ]


def overfitting(found: Evaluation, words: Words) -> list[str]:
    """Question 12 of a beginner's, from the run's `history.csv`."""
    rows, why = _history(found.run.folder / "history.csv")
    if why:
        return [words("a12_unknown", why=words(why))]
    last = rows[-1]
    best = _kept(found, rows)
    gap = last["accuracy"] - last["val_accuracy"]
    low = 1 / max(2, len(found.run.class_names)) + LOW
    key = "a12_gap" if gap > GAP else "a12_low" if last["accuracy"] < low else "a12_no_gap"
    return [
        words(
            "a12",
            epoch=int(best["epoch"]),
            train=percent(best["accuracy"]),
            validation=percent(best["val_accuracy"]),
            last=int(last["epoch"]),
            last_train=percent(last["accuracy"]),
            last_validation=percent(last["val_accuracy"]),
        ),
        words(key, gap=percent(gap)),
        *([words("a12_better")] if gap < 0 else []),
        *([words("a12_picture")] if (found.run.folder / "history.png").is_file() else []),
    ]


def _kept(found: Evaluation, rows: Sequence[dict[str, float]]) -> dict[str, float]:
    """The epoch that the model is of: as the run's record says; where it does not, or of another, by its own rule."""
    recorded = found.run.record.get("best_epoch")
    return next((row for row in rows if row["epoch"] == recorded), best_row(rows) or rows[-1])


def _history(path: Path) -> tuple[list[dict[str, float]], str]:
    """The epochs, or the sentence that says why they tell nothing."""
    try:
        rows = read_history(path)
    except (OSError, ValueError, TypeError):
        return [], "damaged"
    if not rows:
        return [], "no_rows"
    for name, why in (("epoch", "damaged"), ("accuracy", "no_accuracy"), ("val_accuracy", "no_validation")):
        if any(name not in row for row in rows):
            return [], why
    return rows, ""


def classes(measures: Classification | MultiLabel, words: Words) -> list[str]:
    """Precision and recall, shown with the class that is mistaken most."""
    one = _told(measures.classes)
    if one is None:
        return []
    name = shown(one.name)
    return [
        words(
            "explain_precision", name=name, predicted=one.predicted, right=one.right, precision=decimals(one.precision)
        ),
        words("explain_recall", name=name, support=one.support, right=one.right, recall=decimals(one.recall)),
        words("explain_f1"),
    ]


def confusion(measures: Classification, words: Words) -> str:
    """How the matrix is read, by the row with the most mistakes."""
    one = max(measures.classes, key=lambda row: row.missed)
    return words("explain_confusion", name=shown(one.name), support=one.support, right=one.right)


def curves(measures: Classification | MultiLabel, words: Words) -> list[str]:
    """What ROC and AUC are."""
    there = [one for one in measures.classes if one.auc is not None]
    if not there:
        return [words("no_curves")]
    # Of two classes the second is drawn.
    one = there[-1] if len(measures.classes) == 2 else min(there, key=lambda row: row.auc or 0)
    example = words("explain_roc_example", name=shown(one.name), auc=decimals(one.auc))
    return [words("explain_roc") + " " + example, words("explain_pr")]


def calibration(measures: Classification, words: Words) -> list[str]:
    """Whether it is as sure as it may be."""
    confidence = sum(one.confidence * one.examples for one in measures.bins) / measures.examples
    off = confidence - measures.accuracy
    key = "calibration_over" if off > FAIR else "calibration_under" if off < -FAIR else "calibration_fair"
    return [
        words("explain_calibration"),
        words(key, confidence=percent(confidence), accuracy=percent(measures.accuracy)),
        words("calibration_error", error=decimals(measures.calibration_error)),
    ]


def files(found: Evaluation, words: Words, said: Sequence[str]) -> list[tuple[str, bool]]:
    """What was left out and what else is worth knowing: (sentence, whether it is a warning).

    Args:
        found: what came out.
        words: the language.
        said: sentences about the pictures' lettering.
    """
    subject = found.subject
    lines: list[tuple[str, bool]] = []
    if subject.unreadable:
        lines.append((words("unreadable", count=len(subject.unreadable)), True))
    else:
        lines.append((words("all_read"), False))
    if subject.missing:
        lines.append((words("missing", names=", ".join(map(shown, subject.missing))), True))
    if found.differs is not None and not isinstance(found.measures, Regression):
        values: dict[str, Any] = {"recorded": percent(found.differs), "accuracy": percent(found.measures.accuracy)}
        lines.append((words("differs", **values), True))
    if subject.own:
        lines.append((words("own"), False))
    return [*lines, *((line, False) for line in said), *((shown(note), False) for note in subject.notes)]


def _told(classes: Sequence[ClassMeasures]) -> ClassMeasures | None:
    """The class with the most mistakes of which both precision and recall are defined."""
    defined = [one for one in classes if one.precision is not None and one.recall is not None]
    return max(defined, key=lambda one: one.wrong + one.missed, default=None)
