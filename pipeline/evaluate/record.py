"""The results as plain values: `evaluate.json`, `predictions.csv`, and the table for the terminal."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluate.measures import MANY, Classification, ClassMeasures, Measures, Regression
from pipeline.evaluate.mistakes import said, truth
from pipeline.evaluate.predict import Predictions
from pipeline.evaluate.subject import Subject
from pipeline.evaluate.words import Words, decimals
from pipeline.runs.trained_run import TrainedRun
from pipeline.text.plain_text import aligned, shown

__all__ = [
    "Evaluation",
    "confused_sentences",
    "console_table",
    "predictions_csv",
    "probabilities_npy",
    "record",
    "summary",
]

CONSOLE_CLASSES = 40
TOP = 5  # classes that predictions.csv names of each example, where there are more than MANY
TOP_COLUMNS = [f"{what}_{k}" for k in range(1, TOP + 1) for what in ("class", "probability")]
ENGLISH = Words("en")
ORDERED = 0.75  # a mean area under the ROC curves from which on probabilities tell the classes apart


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """A run's model, what it was measured on, and what came out."""

    run: TrainedRun
    subject: Subject
    predictions: Predictions
    measures: Measures

    @property
    def differs(self) -> float | None:
        """The accuracy that `run.json` has for these very examples, where this is another."""
        recorded = self.run.record.get("val_accuracy")
        if not self.subject.own or self.subject.unreadable or not isinstance(recorded, int | float):
            return None
        if isinstance(self.measures, Regression) or round(self.measures.accuracy, 4) == recorded:
            return None
        return float(recorded)


def summary(found: Evaluation) -> dict[str, Any]:
    """The line on stdout, and the head of `evaluate.json`."""
    measures = found.measures
    head = {
        "run": str(found.run.path),
        "source": ENGLISH.say(found.subject.source),
        "label_mode": found.run.label_mode,
    }
    figures = {
        name: _plain(getattr(measures, name))
        for name in ("examples", "accuracy", "all_right", "interval", "loss", "mae", "rmse", "r2", "averages")
        if hasattr(measures, name)
    }
    each: dict[str, Any]
    if isinstance(measures, Regression):
        each = {"targets": [_plain(dataclasses.asdict(one)) for one in measures.targets]}
    else:
        each = {"classes": [_class(one) for one in measures.classes]}
    return {
        **head,
        **figures,
        **each,
        "unreadable": len(found.subject.unreadable),
        "val_accuracy": found.run.record.get("val_accuracy"),
    }


def record(found: Evaluation) -> dict[str, Any]:
    """Everything but the single predictions, which `predictions.csv` has."""
    subject, measures = found.subject, found.measures
    more: dict[str, Any] = {}
    if isinstance(measures, Classification):
        confused = measures.confused
        names = found.run.class_names
        more = {
            **_confusion(measures, names),
            "confused": None
            if confused is None
            else {"true": names[confused[0]], "predicted": names[confused[1]], "count": confused[2]},
            "only_answer": None if measures.only_answer is None else names[measures.only_answer],
            "calibration_error": _plain(measures.calibration_error),
            "calibration": [_plain(dataclasses.asdict(one)) for one in measures.bins],
        }
    return {
        **summary(found),
        "class_names": list(found.run.class_names),
        **more,
        "own_validation": subject.own,
        "learned_from": subject.learned,
        "missing": list(subject.missing),
        "unreadable_photos": [
            {"path": bad.name, "class": name, "reason": bad.reason}
            for bad, name in zip(subject.unreadable, subject.unreadable_classes, strict=True)
        ],
        "notes": list(subject.notes),
        "mistakes": [
            {
                "example": subject.names[one.index],
                "true": truth(one.label, found.run.class_names, _mode(found)),
                "predicted": said(one.outputs, found.run.class_names, _mode(found)),
                "badness": _plain(one.badness),
            }
            for one in found.predictions.mistakes
        ],
    }


def _confusion(measures: Classification, names: Sequence[str]) -> dict[str, Any]:
    """The matrix; of many classes, where it is mostly zeros, each mistake that occurs."""
    if measures.confusion is not None:
        return {"confusion": measures.confusion.tolist()}
    pairs = [{"true": names[true], "predicted": names[taken], "count": count} for true, taken, count in measures.pairs]
    return {"confusion": None, "confused_pairs": pairs}


def _mode(found: Evaluation) -> Any:
    return found.run.label_mode


def _class(one: ClassMeasures) -> dict[str, Any]:
    values = {field.name: getattr(one, field.name) for field in dataclasses.fields(one) if field.name != "curve"}
    return dict(_plain(values))


def _plain(value: Any) -> Any:
    """Floats to six decimals, tuples to lists: what JSON holds."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return round(float(value), 6) if isinstance(value, float | np.floating) else value


def predictions_csv(found: Evaluation) -> str:
    """A row an example: where it lies, what is true, what was predicted, every class's probability.

    Of more than `MANY` classes it names the `TOP` most probable ones. Photos that could not be read stand at the end,
    with why in `error`.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    names, regression = found.run.class_names, isinstance(found.measures, Regression)
    if regression:
        columns = [f"{what}_{one.name}" for one in _targets(found) for what in ("true", "predicted")]
        writer.writerow(["path", *columns, "error"])
    else:
        probabilities = [f"probability_{name}" for name in names] if len(names) <= MANY else TOP_COLUMNS
        writer.writerow(["path", "true", "predicted", "correct", "probability", *probabilities, "error"])
    writer.writerows(_rows(found))
    width = 2 * len(_targets(found)) if regression else 4 + len(probabilities)
    for bad, name in zip(found.subject.unreadable, found.subject.unreadable_classes, strict=True):
        writer.writerow([bad.name, name, *[""] * (width - 1), bad.reason])
    return file.getvalue()


def probabilities_npy(found: Evaluation) -> bytes:
    """The model's outputs, float32 `[N, C]`, a row for each of `predictions.csv` that was read."""
    file = io.BytesIO()
    np.save(file, np.asarray(found.predictions.outputs, np.float32), allow_pickle=False)
    return file.getvalue()


def _targets(found: Evaluation) -> Any:
    return found.measures.targets if isinstance(found.measures, Regression) else ()


def _rows(found: Evaluation) -> Iterator[list[object]]:
    names, mode = found.run.class_names, _mode(found)
    outputs, labels = found.predictions.outputs, found.predictions.labels
    if isinstance(found.measures, Regression):
        pairs = np.stack([found.measures.true, found.measures.predicted], axis=2).reshape(len(outputs), -1)
        for name, values in zip(found.subject.names, pairs, strict=True):
            yield [name, *(f"{value:.6g}" for value in values), ""]
        return
    for name, row, label in zip(found.subject.names, outputs, labels, strict=True):
        true, predicted = truth(label, names, mode), said(row, names, mode)
        # Of several labels: that the least certain of the answers is right.
        sure = float(np.maximum(row, 1 - row).min() if mode == "multi_label" else row.max())
        shares = [f"{value:.6f}" for value in row] if len(names) <= MANY else _top(row, names)
        yield [name, true, predicted, str(true == predicted).lower(), f"{sure:.6f}", *shares, ""]


def _top(row: NDArray[np.float32], names: Sequence[str]) -> list[str]:
    """The most probable classes, each with its probability; of equal ones the first."""
    order = np.argsort(-row, kind="stable")[:TOP]
    return [cell for k in order.tolist() for cell in (names[k], f"{row[k]:.6f}")]


def console_table(found: Evaluation, words: Words) -> str:
    """Classes with their figures, then the whole, a line each."""
    measures = found.measures
    if isinstance(measures, Regression):
        head = [words(key) for key in ("target", "mae", "rmse", "r2")]
        rows = [[shown(one.name), f"{one.mae:.4g}", f"{one.rmse:.4g}", decimals(one.r2)] for one in measures.targets]
        figures = [(words("mae"), f"{measures.mae:.4g}"), (words("rmse"), f"{measures.rmse:.4g}")]
    else:
        keys = ("precision", "recall", "f1", "auc", "average_precision")
        head = [words(key) for key in ("class", "support", *keys)]
        rows = [
            [shown(one.name), f"{one.support:,}", *(decimals(getattr(one, key)) for key in keys)]
            for one in measures.classes[:CONSOLE_CLASSES]
        ]
        low, high = measures.interval
        figures = [(words("accuracy"), words.percent(measures.accuracy))]
        if isinstance(measures, Classification):
            most = max(one.support for one in measures.classes)
            figures.append((words("guessing"), words.percent(most / measures.examples)))
        interval = f"{words.percent(low)} – {words.percent(high)}"
        figures += [(words("interval"), interval), (words("loss"), f"{measures.loss:.4f}")]
    more = [] if isinstance(measures, Regression) else measures.classes[CONSOLE_CLASSES:]
    lines = [*aligned([head, *rows]), *([f"… + {len(more)}"] if more else []), ""]
    lines += aligned([[words("examples"), f"{measures.examples:,}"], *map(list, figures)])
    if isinstance(measures, Classification):
        lines += ["", *confused_sentences(measures, found.run.class_names, words)]
    return "\n".join(lines) + "\n"


def confused_sentences(measures: Classification, class_names: tuple[str, ...], words: Words) -> list[str]:
    """The commonest mistake; or that there is but one answer, whatever the example, and what helps."""
    if measures.only_answer is not None:
        name = shown(class_names[measures.only_answer])
        areas = [one.auc for one in measures.classes if one.auc is not None]
        area = sum(areas) / max(1, len(areas))
        if area > ORDERED:
            return [words("summary_one_answer_ordered", name=name, auc=decimals(area)), words("one_answer_cure")]
        return [words("summary_one_answer", name=name), words("one_answer_cure")]
    if measures.confused is None:
        return [words("summary_faultless")]
    true, predicted, count = measures.confused
    names = {"true": shown(class_names[true]), "predicted": shown(class_names[predicted])}
    return [words("summary_confused", count=count, **names)]
