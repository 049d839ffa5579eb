"""The page: one HTML file that holds its pictures and needs nothing beside it."""

from __future__ import annotations

import dataclasses
import itertools
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.inspect.answers import answers, cautions, figures, labels, uneven
from pipeline.inspect.findings import TRAIN, VALIDATION, Copies, Inspection, Photo, Steps
from pipeline.inspect.gallery import Shelf
from pipeline.inspect.pictures import Squeezed, thumbnail
from pipeline.inspect.quarantine import Moved
from pipeline.reports.file_faults import BROKEN, FOREIGN, Finding
from pipeline.reports.words import FileWords, byte_size
from pipeline.text.html import breakable, render_page
from pipeline.text.messages import Sentence
from pipeline.text.plain_text import shown

if TYPE_CHECKING:
    # They import TensorFlow.
    from pipeline.inspect.augmentation import Row
    from pipeline.inspect.convolution import Worked
    from pipeline.inspect.model import Network

__all__ = ["Drawn", "render"]

CLASSES = 100  # in the table of classes
ROWS = 100  # of a list on the page
GROUPS = 12  # of copies with their pictures
IN_GROUP = 6
SECTIONS = (
    *("gallery", "classes", "problems", "copies", "shapes", "stretch", "augment", "memory", "steps", "network"),
    "notes",
)


@dataclasses.dataclass(frozen=True)
class Drawn:
    """The parts of a page that TensorFlow or matplotlib draws.

    Args:
        shelves: from `pipeline.inspect.gallery`.
        charts: from `pipeline.inspect.charts`.
        in_common: likewise.
        squeezed: from `pipeline.inspect.pictures`.
        photo: the name of the photo that was augmented; empty where none could be read.
        rows: from `pipeline.inspect.augmentation`.
        fills: likewise.
        draws: likewise.
        cache: what `cache="auto"` would choose, and why.
        network: with `--model`.
    """

    shelves: Sequence[Shelf]
    charts: dict[str, str]
    in_common: Sequence[Sentence]
    squeezed: Sequence[Squeezed]
    photo: str
    rows: Sequence[Row]
    fills: Sequence[tuple[str, str]]
    draws: Sequence[str]
    cache: Sentence
    network: Network | None


def render(
    inspection: Inspection, drawn: Drawn, words: FileWords, moved: dict[str, Moved], moved_to: Sequence[str]
) -> str:
    """The page's HTML.

    Args:
        inspection: what was found.
        drawn: its pictures.
        words: the language.
        moved: files that were moved, or could not be, by path.
        moved_to: the folders that they went to.
    """
    balance = uneven(inspection)
    return render_page(
        Path(__file__).parent / "page.html",
        lang=words.lang,
        t=words,
        shown=shown,
        breakable=breakable,
        byte_size=byte_size,
        given=shown(inspection.subject.given),
        sections=SECTIONS,
        inspection=inspection,
        drawn=drawn,
        answers=answers(inspection, words),
        cards=_cards(inspection, words),
        classes=_classes(inspection),
        classes_more=max(0, len(inspection.class_names) - CLASSES),
        cautions=cautions(inspection, words),
        labels=labels(inspection, words),
        differing=", ".join(map(shown, inspection.differing)),
        uneven=None if balance is None else words.why(balance),
        skipped=_skipped(inspection, words),
        problems=[_problem(kind, found, words, moved) for kind, found in inspection.problems()],
        moved_count=sum(not one.problem for one in moved.values()),
        moved_to=[shown(folder) for folder in moved_to],
        copies=[_copies(inspection, words, exact=exact) for exact in (True, False)],
        median=_median(inspection),
        smaller=_smaller(inspection, words),
        steps=[_step(one, words) for one in inspection.steps()],
        split_drawn=_drawn(inspection, words),
        memory=inspection.memory(),
        rows_shown=ROWS,
        resize=inspection.subject.config.image.resize,
        settings=figures(inspection),
        number=_number,
        sums=_sums,
    )


def _number(value: float) -> str:
    """A value of a network, with a minus sign that is as wide as a digit."""
    return f"{value:.3f}".replace("-0.000", "0.000").replace("-", "−")


def _sums(worked: Worked) -> str:
    """Return what each channel adds, as one sum; a negative term is in brackets."""
    terms = [_number(channel.total) for channel in worked.channels]
    return " + ".join(f"({term})" if term.startswith("−") else term for term in terms)


def _cards(inspection: Inspection, words: FileWords) -> list[tuple[str, str]]:
    usable = (found for kind, found in inspection.problems() if kind not in BROKEN + FOREIGN)
    odd = {photo.found.path for found in usable for photo, _ in found}
    return [
        (f"{len(inspection.good):,}", words("photos")),
        (f"{len(inspection.class_names):,}", words("classes")),
        (f"{len(inspection.broken) + len(inspection.foreign):,}", words("broken_files")),
        (f"{len(odd):,}", words("odd_files")),
        (f"{inspection.copy_count(exact=True).surplus_files:,}", words("copies")),
        (byte_size(inspection.memory()["disk"]), words("bytes_on_disk")),
    ]


def _classes(inspection: Inspection) -> list[dict[str, Any]]:
    table = inspection.counts()
    total = max(1, len(inspection.good))
    return [
        {
            "name": shown(name),
            "label": label,
            "counts": [counts[split] for split in inspection.splits],
            "total": sum(counts.values()),
            "share": sum(counts.values()) / total,
        }
        for label, (name, counts) in enumerate(itertools.islice(table.items(), CLASSES))
    ]


def _problem(
    kind: str, found: Sequence[tuple[Photo, Finding]], words: FileWords, moved: dict[str, Moved]
) -> dict[str, Any]:
    rows = []
    for photo, finding in found[:ROWS]:
        one = moved.get(photo.found.path) if kind in BROKEN else None
        rows.append((shown(photo.found.name), words.why(finding), "" if one is None else _went(one, words)))
    return {
        "kind": kind,
        "name": words(f"kind_{kind}"),
        "meaning": words.kind(kind),
        "broken": kind in BROKEN + FOREIGN,
        "count": len(found),
        "rows": rows,
        "more": len(found) - len(rows),
        "moved": any(went for _, _, went in rows),
    }


def _went(one: Moved, words: FileWords) -> str:
    """Say where a file was moved, or why it was not."""
    return words("not_moved", why=words.why(one.problem)) if one.problem else shown(one.kept_as)


def _copies(inspection: Inspection, words: FileWords, *, exact: bool) -> dict[str, Any]:
    found = inspection.copies_of(exact=exact)
    worst_first = sorted(found, key=lambda one: (not one.across_classes, not one.across_splits))
    return {
        "name": words("copies_exact" if exact else "copies_near"),
        "meaning": words("why_exact" if exact else "why_near"),
        "count": inspection.copy_count(exact=exact),
        "groups": [_group(copies) for copies in worst_first[:GROUPS]],
        "more": max(0, len(found) - GROUPS),
    }


def _group(copies: Copies) -> dict[str, Any]:
    return {
        "across_splits": copies.across_splits,
        "across_classes": copies.across_classes,
        "photos": [(shown(photo.found.name), photo.split, thumbnail(photo)) for photo in copies.photos[:IN_GROUP]],
        "more": max(0, len(copies.photos) - IN_GROUP),
    }


def _median(inspection: Inspection) -> dict[str, Any]:
    """Return the medians of width, height and bytes."""
    judged = [photo.judged for photo in inspection.good]
    if not judged:
        return {}
    width, height, size = (
        int(statistics.median_low(values))
        for values in zip(*((one.width, one.height, one.bytes) for one in judged), strict=True)
    )
    return {"width": width, "height": height, "bytes": byte_size(size)}


def _smaller(inspection: Inspection, words: FileWords) -> str:
    """Say how many photos are enlarged; nothing if none is."""
    height, width = inspection.subject.config.image.image_size
    count = sum(photo.judged.height < height or photo.judged.width < width for photo in inspection.good)
    if not count:
        return ""
    if height == width:
        return words("smaller_than_square", count=count, side=height)
    return words("smaller", count=count, height=height, width=width)


def _skipped(inspection: Inspection, words: FileWords) -> list[str]:
    """Say what `on_error=skip` would do with the photos that cannot be read."""
    worst, most = inspection.worst_broken(), inspection.subject.config.data.max_bad
    if worst is None:
        return []
    values = {"broken": worst.broken, "count": worst.examples, "share": words.percent(worst.share)}
    key = "skip_too_many" if worst.broken > most * worst.examples else "skip_enough"
    return [words("skip", most=words.percent(most, 0)), words(key, split=words.split(worst.split, "all"), **values)]


def _drawn(inspection: Inspection, words: FileWords) -> str:
    """Say how many photos training keeps for validation; nothing if they are in a folder of their own."""
    from pipeline.sources.folders import DEFAULT_SPLIT

    if not inspection.split_drawn:
        return ""
    config, steps = inspection.subject.config, {one.split: one.examples for one in inspection.steps()}
    share = words.percent((config.data.shares or {}).get(VALIDATION, DEFAULT_SPLIT), 0)
    return words("split_drawn", share=share, train=steps.get(TRAIN, 0), kept=steps.get(VALIDATION, 0))


def _step(one: Steps, words: FileWords) -> str:
    values = {
        "split": words.split(one.split, "all"),
        "examples": one.examples,
        "batch": one.batch_size,
        "steps": one.steps,
        "whole": one.whole,
        "rest": one.rest,
    }
    if not one.rest:
        return words("steps_even", **values)
    if one.drop_remainder:
        return words("steps_dropped", **values)
    return words("steps_rest" if one.whole else "steps_one", **values)
