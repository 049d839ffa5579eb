"""`inspect.json`: everything that was found, as plain values; and the short table for the terminal."""

from __future__ import annotations

import collections
import dataclasses
import itertools
from typing import Any

from pipeline.inspect.answers import cautions
from pipeline.inspect.findings import Copies, Inspection, Photo
from pipeline.inspect.quarantine import Moved
from pipeline.reports.words import FileWords, byte_size
from pipeline.text.messages import Sentence
from pipeline.text.plain_text import aligned, shown

__all__ = ["console_table", "record", "summary"]

ENGLISH = FileWords("en")
CLASSES = 100  # in the table


def summary(inspection: Inspection) -> dict[str, Any]:
    """A few figures: the line on stdout, and the head of `inspect.json`."""
    problems = {kind: len(found) for kind, found in inspection.problems()}
    return {
        "files": len(inspection.photos) + inspection.others,
        "photos": len(inspection.good),
        "classes": list(inspection.class_names),
        "counts": {split or "all": sum(c[split] for c in inspection.counts().values()) for split in inspection.splits},
        "broken": len(inspection.broken),
        "refused": None if inspection.refusal is None else ENGLISH.why(inspection.refusal),
        "problems": problems,
        "copies": dataclasses.asdict(inspection.copy_count(exact=True)),
        "look_alikes": dataclasses.asdict(inspection.copy_count(exact=False)),
        "seconds": round(inspection.seconds, 2),
        "files_per_second": round(inspection.files_per_second, 1),
    }


def record(inspection: Inspection, cache: Sentence, moved: dict[str, Moved]) -> dict[str, Any]:
    """Everything.

    Args:
        inspection: what was found.
        cache: what `cache="auto"` would choose, and why.
        moved: the files that were moved, by name.
    """
    readable = [photo for photo in inspection.photos if photo.judged.is_image]
    return {
        "given": inspection.subject.given,
        **summary(inspection),
        "labels": {name: label for label, name in enumerate(inspection.class_names)},
        "counts_by_class": inspection.counts(),
        "problems_by_kind": {
            kind: [_problem(photo, ENGLISH.why(finding), moved) for photo, finding in found]
            for kind, found in inspection.problems()
        },
        "copies_of": [_copies(copies) for copies in inspection.copies],
        "formats": _counted(photo.judged.format for photo in readable),
        "modes": _counted(photo.judged.mode for photo in readable),
        "orientations": _counted(str(photo.judged.orientation) for photo in readable),
        "bytes": inspection.memory(),
        "cache": ENGLISH.why(cache),
        "steps": {
            one.split or "all": {"examples": one.examples, "batch_size": one.batch_size, "steps": one.steps}
            for one in inspection.steps()
        },
        "most_stretched": [
            {"path": photo.found.name, "ratio": round(ratio, 3)} for photo, ratio in inspection.stretched()[:20]
        ],
        "passed": [{"what": key, "count": count, "first": first} for key, count, first in inspection.passed],
        "pictures": [_picture(photo) for photo in readable],
    }


def _problem(photo: Photo, reason: str, moved: dict[str, Moved]) -> dict[str, Any]:
    problem: dict[str, Any] = {"path": photo.found.name, "reason": reason}
    one = moved.get(photo.found.path)
    if one is not None:
        problem["not_moved" if one.problem else "moved_to"] = ENGLISH.why(one.problem) if one.problem else one.kept_as
    return problem


def _copies(copies: Copies) -> dict[str, Any]:
    return {
        "exact": copies.exact,
        "across_splits": copies.across_splits,
        "across_classes": copies.across_classes,
        "paths": [photo.found.name for photo in copies.photos],
    }


def _picture(photo: Photo) -> dict[str, Any]:
    judged = photo.judged
    return {
        "path": photo.found.name,
        "split": photo.split or "all",
        "class": photo.found.class_name,
        "bytes": judged.bytes,
        "format": judged.format,
        "mode": judged.mode,
        "width": judged.width,
        "height": judged.height,
        "orientation": judged.orientation,
        "sha256": judged.digest,
        "look": None if judged.look is None else f"{judged.look:016x}",
    }


def _counted(values: Any) -> dict[str, int]:
    return dict(sorted(collections.Counter(values).items(), key=lambda item: (-item[1], item[0])))


def console_table(inspection: Inspection, words: FileWords) -> str:
    """Classes with their labels and counts, then what was found, a line each."""
    splits = inspection.splits
    head = [words("class"), words("label"), *map(words.split, splits)]
    rows = [
        [shown(name), str(label), *(f"{counts[split]:,}" for split in splits)]
        for label, (name, counts) in enumerate(itertools.islice(inspection.counts().items(), CLASSES))
    ]
    lines = aligned([head, *rows]) if rows else []
    more = len(inspection.class_names) - len(rows)
    lines += [words("and_more", count=more)] if more > 0 else []
    figures = [(words(f"kind_{kind}"), len(found)) for kind, found in inspection.problems()]
    lines += ["", *aligned([[name, f"{count:,}"] for name, count in figures])] if figures else []
    lines += ["", *(f"{words(f'copies_{kind}')}: {_in_words(inspection, words, kind)}" for kind in ("exact", "near"))]
    memory = inspection.memory()
    lines += [
        "",
        *aligned([[words(f"as_{'files' if k == 'disk' else k}"), byte_size(size)] for k, size in memory.items()]),
    ]
    named = [(photo.found.name, photo.judged.broken) for photo in inspection.broken]
    if named:
        lines += ["", *(f"{shown(name)}: {words.why(why)}" for name, why in named[:20] if why)]
    if len(named) > 20:
        lines.append(words("and_more", count=len(named) - 20))
    told = cautions(inspection, words)
    lines += ["", *told] if told else []
    return "\n".join(lines).strip("\n") + "\n"


def _in_words(inspection: Inspection, words: FileWords, kind: str) -> str:
    """Return the number of copies, and of the groups that do harm."""
    count = inspection.copy_count(exact=kind == "exact")
    if not count.groups:
        return words("none")
    across = {"across_splits": count.groups_across_splits, "across_classes": count.groups_across_classes}
    harm = [words(f"groups_{name}", count=number) for name, number in across.items() if number]
    return "; ".join([words("groups_surplus", count=count.groups, surplus=count.surplus_files), *harm])
