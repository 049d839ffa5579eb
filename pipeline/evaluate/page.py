"""The page: one HTML file that holds its pictures and needs nothing beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.evaluate import answers
from pipeline.evaluate.measures import MANY, Classification, MultiLabel, Regression
from pipeline.evaluate.plots import Lettering
from pipeline.evaluate.record import Evaluation
from pipeline.evaluate.tiles import tiles
from pipeline.evaluate.words import Words, decimals
from pipeline.reports.words import FileWords
from pipeline.text.fonts import package_for
from pipeline.text.html import breakable, data_uri, render_page
from pipeline.text.plain_text import shown

__all__ = ["render"]

ROWS = 100  # of files that could not be read
CONFUSIONS = 25  # pairs of classes, where there are too many for a matrix
SCALE = 0.8  # of a picture's pixels, so that its letters are as large as the page's
FEW = 12  # classes whose matrix is shown whole at a phone's width
FITTING = ("history", "calibration", "scatter", "roc", "precision_recall")


def render(found: Evaluation, pictures: Mapping[str, bytes], lettering: Lettering, words: Words) -> str:
    """The page's HTML.

    Args:
        found: what came out.
        pictures: from `pipeline.evaluate.plots.draw`.
        lettering: what they are written with.
        words: the language.
    """
    measures, unreadable = found.measures, found.subject.unreadable
    return render_page(
        Path(__file__).parent / "page.html",
        lang=words.lang,
        t=words,
        run=shown(str(found.run.path)),
        source=shown(words.say(found.subject.source)),
        examples=measures.examples,
        sections=_sections(found, pictures),
        pictures={name: data_uri(picture, "png") for name, picture in pictures.items()},
        widths={name: round(SCALE * _width(picture)) for name, picture in pictures.items()},
        fitting=[*FITTING, *(["confusion"] if len(found.run.class_names) <= FEW else [])],
        breakable=breakable,
        cards=_cards(found, words),
        summary=answers.summary(found, words),
        overfitting=answers.overfitting(found, words),
        table=_table(found, words),
        pairs=_pairs(found),
        explained=_explained(found, words),
        mistakes=tiles(found, words),
        alternatives={"history": words("history_alt"), "confusion": words("confusion_alt")},
        mistakes_count=_wrong(found),
        files=answers.files(found, words, _said(found, lettering, words)),
        unreadable=_unreadable(found, words),
        unreadable_more=max(0, len(unreadable) - ROWS),
    )


def _width(png: bytes) -> int:
    """Return the width of a PNG in pixels; its first chunk has it."""
    return int.from_bytes(png[16:20], "big")


def _sections(found: Evaluation, pictures: Mapping[str, bytes]) -> list[str]:
    if isinstance(found.measures, Regression):
        learning = ["overfitting"] if "history" in pictures else []
        return ["summary", *learning, "classes", "scatter", "mistakes", "files"]
    middle = ["confusion"] if isinstance(found.measures, Classification) else []
    end = ["calibration"] if isinstance(found.measures, Classification) else []
    return ["summary", "overfitting", "classes", *middle, "mistakes", "curves", *end, "files"]


def _cards(found: Evaluation, words: Words) -> list[tuple[str, str]]:
    measures = found.measures
    cards = [(f"{measures.examples:,}", words("examples"))]
    if isinstance(measures, Regression):
        return [*cards, (f"{measures.mae:.4g}", words("mae")), (f"{measures.rmse:.4g}", words("rmse"))]
    low, high = measures.interval
    return [
        *cards,
        (words.percent(measures.accuracy), words("accuracy")),
        (words("percent", figure=f"{100 * low:.1f}–{100 * high:.1f}"), words("interval")),
        (f"{measures.loss:.3f}", words("loss")),
        (f"{_wrong(found):,}", words("mistakes")),
    ]


def _pairs(found: Evaluation) -> list[tuple[str, str, str]]:
    """Return the commonest mistakes of many classes, which have no matrix: true, predicted, how often."""
    measures, names = found.measures, found.run.class_names
    if not isinstance(measures, Classification) or measures.confusion is not None:
        return []
    return [
        (shown(names[true]), shown(names[taken]), f"{count:,}") for true, taken, count in measures.pairs[:CONFUSIONS]
    ]


def _wrong(found: Evaluation) -> int:
    """Examples that are not right in every answer; of values all count."""
    measures = found.measures
    if isinstance(measures, Classification):
        return measures.examples - measures.right
    share = measures.all_right if isinstance(measures, MultiLabel) else 0
    return round(measures.examples * (1 - share))


def _table(found: Evaluation, words: Words) -> dict[str, Any]:
    """Head, rows and the rows of averages."""
    measures = found.measures
    if isinstance(measures, Regression):
        return {
            "head": [words(key) for key in ("target", "mae", "rmse", "r2")],
            "rows": [
                [shown(one.name), f"{one.mae:.4g}", f"{one.rmse:.4g}", decimals(one.r2)] for one in measures.targets
            ],
            "averages": [],
            "more": "",
        }
    shares = ("precision", "recall", "f1", "auc", "average_precision")
    multi = isinstance(measures, MultiLabel)
    counts = ("support", "right", "wrong", "missed") if multi else ("support", "predicted")
    heads = [words("predicted_count" if key == "predicted" else key) for key in counts]
    told = answers.told_of(measures.classes)
    more = words("classes_more", shown=len(told), count=len(measures.classes))
    return {
        "head": [words("class"), *heads, *(words(key) for key in shares)],
        "more": more if len(told) < len(measures.classes) else "",
        "rows": [
            [shown(one.name), *(f"{getattr(one, key):,}" for key in counts)]
            + [decimals(getattr(one, key)) for key in shares]
            for one in told
        ],
        "averages": [
            [words(f"average_{name}"), *[""] * len(counts), *(decimals(means.get(key)) for key in shares[:3]), "", ""]
            for name, means in measures.averages.items()
        ],
    }


def _explained(found: Evaluation, words: Words) -> dict[str, list[str]]:
    """The sentences of each section."""
    measures = found.measures
    if isinstance(measures, Regression):
        return {"classes": [], "scatter": [words("explain_scatter")], "mistakes": [words("explain_far")]}
    one = {
        "classes": answers.classes(measures, words),
        "curves": answers.curves(measures, words),
        "mistakes": [words("explain_mistakes")],
    }
    if isinstance(measures, MultiLabel):
        return {**one, "classes": [words("explain_tables"), *one["classes"]]}
    matrix = words("explain_pairs") if measures.confusion is None else answers.confusion(measures, words)
    return {**one, "confusion": [matrix], "calibration": answers.calibration(measures, words)}


def _unreadable(found: Evaluation, words: Words) -> list[tuple[str, str]]:
    """Photos that were left out, each with why; in the decoder's words where the look at the file found nothing."""
    subject, files = found.subject, FileWords(words.lang)
    faults = [*subject.faults, *[None] * (len(subject.unreadable) - len(subject.faults))]
    return [
        (shown(bad.name), shown(bad.reason) if fault is None else files.why(fault))
        for bad, fault in zip(subject.unreadable[:ROWS], faults, strict=False)
    ]


def _said(found: Evaluation, lettering: Lettering, words: Words) -> list[str]:
    lines = []
    if lettering.replaced:
        lines.append(words("words_replaced", package=package_for(lettering.replaced)))
    if lettering.numbered:
        named = ", ".join(f"{number} = {name}" for number, name in enumerate(map(shown, found.run.class_names[:MANY])))
        lines.append(words("names_numbered", names=named, package=package_for(lettering.numbered)))
    return lines
