"""The meaning of the figures, in sentences with the user's own figures."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pipeline.evaluate.measures import MANY, Classification, ClassMeasures, MultiLabel, Regression
from pipeline.evaluate.record import Evaluation, confused_sentences
from pipeline.evaluate.words import Words, decimals
from pipeline.reports.words import FileWords
from pipeline.runs.history import best_row, epochs, overfitting_from
from pipeline.text.plain_text import few_of, shown

__all__ = ["calibration", "classes", "confusion", "curves", "files", "overfitting", "summary", "told_of"]

# Between training and validation accuracy at the end: below it, there is no overfitting to speak of.
GAP = 0.05
# A training accuracy so little above guessing has not learned enough to overfit.
LOW = 0.1
FAIR = 0.03  # between confidence and accuracy
# Predictions of one class, and the most that this class may be of the examples, from where the model has one answer.
ALMOST_ALL, OF_MOST = 0.9, 0.6
# An area under the ROC curve so far below 0.5, in itself and in standard errors, is no chance.
FAR, ERRORS = 0.1, 3
FEW = 5  # examples of a class, below which its recall says little
NAMED = 5  # classes in a sentence


def summary(found: Evaluation, words: Words) -> list[str]:
    """Say how good the model is."""
    measures = found.measures
    if isinstance(measures, Regression):
        lines = [words("summary_regression", mae=f"{measures.mae:.4g}", rmse=f"{measures.rmse:.4g}")]
        return [*lines, *([] if measures.r2 is None else [words("summary_r2", r2=decimals(measures.r2))])]
    low, high = (words.percent(share) for share in measures.interval)
    examples = measures.examples
    loss = words("summary_loss", loss=f"{measures.loss:.4f}")
    if isinstance(measures, MultiLabel):
        values = {"accuracy": words.percent(measures.accuracy), "all_right": words.percent(measures.all_right)}
        right = round(measures.all_right * examples)
        return [words("summary_multi", examples=examples, right=right, low=low, high=high, **values), loss]
    right, accuracy = measures.right, words.percent(measures.accuracy)
    return [
        words("summary_one", right=right, examples=examples, wrong=examples - right, accuracy=accuracy),
        *confused_sentences(measures, found.run.class_names, words),
        *_almost_one(measures, words),
        words("summary_interval", low=low, high=high),
        *_guessing(measures, words),
        loss,
    ]


def _almost_one(measures: Classification, words: Words) -> list[str]:
    """Say that nearly all answers are one class, which far fewer examples have."""
    one = max(measures.classes, key=lambda row: row.predicted)
    examples = measures.examples
    few_others = ALMOST_ALL * examples <= one.predicted < examples
    if not few_others or one.support > OF_MOST * examples:
        return []
    counts = {"count": one.predicted, "examples": examples, "support": one.support}
    return [words("summary_almost_one", name=shown(one.name), **counts), words("one_answer_cure")]


def _guessing(measures: Classification, words: Words) -> list[str]:
    """Say what a constant answer would reach, and whether the model reaches more; nothing for a single class."""
    there = [one for one in measures.classes if one.support]
    if len(there) < 2:
        return []
    most = max(one.support for one in there)
    commonest = [one for one in there if one.support == most]
    share = most / measures.examples
    values = {"share": words.percent(share)}
    if len(commonest) == 1:
        lines = [words("summary_guess", name=shown(commonest[0].name), **values)]
    elif len(commonest) == len(there):
        lines = [words("summary_guess_even", **values)]
    else:
        lines = [words("summary_guess_tied", names=_named(commonest), **values)]
    return [*lines, *_against_guessing(measures, share, words)]


def _against_guessing(measures: Classification, share: float, words: Words) -> list[str]:
    """Say that the model is not clearly better than guessing, which is right in `share`, and why."""
    if measures.only_answer is not None:
        return []
    low, high = measures.interval
    there = [one for one in measures.classes if one.support]
    areas = [one.auc for one in there if one.auc is not None]
    suspects = [one for one in there if _wrong_way(one, measures.examples)]
    below_chance = high < 1 / len(there) and sum(areas) < len(areas) / 2 and not _almost_one(measures, words)
    if suspects or below_chance:
        named = suspects if suspects and len(there) > 2 else there
        return [words("summary_swapped", names=_named(named))]
    if high < share:
        return [words("summary_below_guess")]
    return [words("summary_not_better")] if low <= share else []


def _wrong_way(one: ClassMeasures, examples: int) -> bool:
    """Return whether the model gives the class's own examples lower values than others, too clearly for chance.

    Source of the standard error, of an area that is 0.5: H. B. Mann and D. R. Whitney, "On a Test of Whether one of Two
    Random Variables is Stochastically Larger than the Other" (1947).
    """
    if one.auc is None:
        return False
    error = math.sqrt((examples + 1) / (12 * one.support * (examples - one.support)))
    return one.auc < 0.5 - max(FAR, ERRORS * error)


def _named(classes: Sequence[ClassMeasures]) -> str:
    """Names of a few classes in a sentence."""
    more = ["…"] if len(classes) > NAMED else []
    return ", ".join([f"“{shown(one.name)}”" for one in classes[:NAMED]] + more)


def overfitting(found: Evaluation, words: Words) -> list[str]:
    """Question 12 of a beginner's, from the run's `history.csv`."""
    if found.run.history is None:
        return [words("a12_no_run")]
    rows, why = epochs(found.run.folder)
    if isinstance(found.measures, Regression):
        return _of_losses(found, rows, words)
    if why:
        return [words("a12_unknown", why=words(why))]
    if found.subject.own and found.subject.learned:
        return [words("a12_shared", count=found.subject.learned)]
    best, last = _kept(found, rows), rows[-1]
    gap = last["accuracy"] - last["val_accuracy"]
    looks = "plain" if found.run.config.augment.is_identity else "augmented"
    return [
        words(
            "a12_last" if best is last else "a12",
            learned=words(f"learned_{looks}"),
            epoch=int(best["epoch"]),
            train=words.percent(best["accuracy"]),
            validation=words.percent(best["val_accuracy"]),
            last=int(last["epoch"]),
            last_train=words.percent(last["accuracy"]),
            last_validation=words.percent(last["val_accuracy"]),
        ),
        *_verdict(rows, len(found.run.class_names), words),
        *([words(f"a12_better_{looks}")] if gap < 0 else []),
        *([words("a12_rule")] if overfitting_from(rows) is None and gap <= GAP else []),
    ]


def _of_losses(found: Evaluation, rows: Sequence[dict[str, float]], words: Words) -> list[str]:
    """Tell the same of a model of values, which has no accuracy; nothing where the losses are not known."""
    if not rows or any(name not in row for row in rows for name in ("epoch", "loss", "val_loss")):
        return []
    best, last, begins = _kept(found, rows), rows[-1], overfitting_from(rows)
    figures = {name: f"{best[name]:.4g}" for name in ("loss", "val_loss")}
    figures |= {f"last_{name}": f"{last[name]:.4g}" for name in ("loss", "val_loss")}
    return [
        words("a12_losses", epoch=int(best["epoch"]), last=int(last["epoch"]), **figures),
        words("a12_rule" if begins is None else "a12_begins", epoch=begins or 0),
    ]


def _verdict(rows: Sequence[dict[str, float]], classes: int, words: Words) -> list[str]:
    """Say what is true of the last epoch; of a model that has learned nothing a gap says nothing."""
    train, validation = rows[-1]["accuracy"], rows[-1]["val_accuracy"]
    gap, begins = train - validation, overfitting_from(rows)
    values = {"gap": words.points(abs(gap))}
    learned = max(train, validation) >= 1 / max(2, classes) + LOW
    if begins is not None:
        key = "a12_gap" if learned and gap > GAP else "a12_surer"
        return [words(key, **values), words("a12_begins", epoch=begins)]
    key = "a12_low" if not learned else "a12_gap" if gap > GAP else "a12_above" if gap < -GAP else "a12_no_gap"
    return [words(key, **values)]


def _kept(found: Evaluation, rows: Sequence[dict[str, float]]) -> dict[str, float]:
    """The epoch that the model is of: as the run's record says; where it does not, or of another, by its own rule."""
    recorded = found.run.record.get("best_epoch")
    return next((row for row in rows if row["epoch"] == recorded), best_row(rows) or rows[-1])


def told_of(classes: Sequence[ClassMeasures]) -> list[ClassMeasures]:
    """The classes that the page's table holds: all; of very many those with the most mistakes, in their order."""
    if len(classes) <= MANY:
        return list(classes)
    worst = sorted(range(len(classes)), key=lambda k: (-classes[k].wrong - classes[k].missed, k))[:MANY]
    return [classes[k] for k in sorted(worst)]


def classes(measures: Classification | MultiLabel, words: Words) -> list[str]:
    """Precision and recall, shown with the class that is mistaken most."""
    scarce = [one for one in measures.classes if 0 < one.support < FEW]
    few = [words("few", names=_named(scarce), least=FEW)] if scarce else []
    one = _told(measures.classes)
    if one is None:
        return few
    name = shown(one.name)
    return [
        words(
            "explain_precision", name=name, predicted=one.predicted, right=one.right, precision=decimals(one.precision)
        ),
        words("explain_recall", name=name, support=one.support, right=one.right, recall=decimals(one.recall)),
        words("explain_f1"),
        *few,
    ]


def confusion(measures: Classification, words: Words) -> str:
    """Explain how to read the matrix, by the row with the most mistakes."""
    one = max(measures.classes, key=lambda row: row.missed)
    others = [shown(row.name) for row in measures.classes if row is not one]
    key = "rest_none" if not one.missed else "rest_two" if len(others) == 1 else "rest_many"
    rest = words(key, count=one.missed, other=others[0] if others else "")
    return words("explain_confusion", name=shown(one.name), support=one.support, right=one.right, rest=rest)


def curves(measures: Classification | MultiLabel, words: Words) -> list[str]:
    """Explain ROC and AUC."""
    there = [one for one in measures.classes if one.auc is not None]
    if not there:
        return [words("no_curves")]
    # Of two classes the second is drawn.
    one = there[-1] if len(measures.classes) == 2 else min(there, key=lambda row: row.auc or 0)
    example = words("explain_roc_example", name=shown(one.name), auc=decimals(one.auc))
    return [words("explain_roc") + " " + example, words("explain_pr")]


def calibration(measures: Classification, words: Words) -> list[str]:
    """Say whether the model is as sure as it may be."""
    confidence = sum(one.confidence * one.examples for one in measures.bins) / measures.examples
    off = confidence - measures.accuracy
    key = "calibration_over" if off > FAIR else "calibration_under" if off < -FAIR else "calibration_fair"
    return [
        words("explain_calibration"),
        words(key, confidence=words.percent(confidence), accuracy=words.percent(measures.accuracy)),
        words("calibration_error", error=decimals(measures.calibration_error)),
    ]


def files(found: Evaluation, words: Words, said: Sequence[str]) -> list[tuple[str, bool]]:
    """Return what was left out and what else is worth knowing: (sentence, whether it is a warning).

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
        lines.append((words("missing", names=few_of(subject.missing)), True))
    if found.differs is not None and not isinstance(found.measures, Regression):
        recorded, accuracy = words.percent(found.differs), words.percent(found.measures.accuracy)
        lines.append((words("differs", recorded=recorded, accuracy=accuracy), True))
    if subject.learned:
        lines.append((words("learned_from", count=subject.learned), True))
    if subject.own:
        lines.append((words("own"), False))
    passed = [FileWords(words.lang).why(one) for one in subject.passed]
    return [*lines, *((line, False) for line in (*said, *passed))]


def _told(classes: Sequence[ClassMeasures]) -> ClassMeasures | None:
    """The class with the most mistakes of which both precision and recall are defined."""
    defined = [one for one in classes if one.precision is not None and one.recall is not None]
    return max(defined, key=lambda one: one.wrong + one.missed, default=None)
