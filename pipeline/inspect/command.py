"""The command `python -m pipeline.inspect`: a folder of photos in, a page about it out."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.console.command import Command
from pipeline.console.how_to import call
from pipeline.console.streams import JSON, JSON_HELP, Parser, print_answer
from pipeline.errors import InputError
from pipeline.files.output_folder import output_folder
from pipeline.runtime.interrupt import Interrupts
from pipeline.runtime.progress import progress, say
from pipeline.text.plurals import counted

if TYPE_CHECKING:
    from pipeline.inspect.findings import Inspection
    from pipeline.inspect.page import Drawn
    from pipeline.inspect.quarantine import Moved
    from pipeline.inspect.subject import Subject
    from pipeline.reports.file_faults import Judged
    from pipeline.reports.listing import Found
    from pipeline.reports.words import FileWords

__all__ = ["COMMAND", "RESTORE", "arguments", "inspected", "main", "restored"]

PROG = "python -m pipeline.inspect"
DESCRIPTION = (
    "Looks at every photo of a folder (one folder a class, or train and validation with those in them), or at what a "
    "training configuration names, and makes a page of it: inspect.html and inspect.json in the output folder, a short "
    "table on stdout, and on its last line one JSON object. Exit codes: 0 done; 1 done, and training would stumble; "
    "2 wrong use or bad input; 130 Ctrl-C and 143 SIGTERM."
)
PAGE, RECORD = "inspect.html", "inspect.json"
QUARANTINE, RESTORE = "quarantine", "restore"


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command's arguments."""
    parser = Parser(prog=PROG, description=DESCRIPTION, allow_abbrev=False)
    parser.add_argument("given", metavar="DIR|CONFIG", help="a folder of photos, or the YAML file of a training run")
    parser.add_argument("--output", metavar="DIR", default="report", help="where the page goes; default: report")
    parser.add_argument("--lang", choices=("en", "ko"), default="en", help="the page's language; default: en")
    parser.add_argument(
        "--model",
        metavar="RUN",
        help="a run's folder or a .keras file: show its layers as well; beside a folder of photos, a run's folder also "
        "says how they are read",
    )
    parser.add_argument(
        "--fix",
        choices=(QUARANTINE, RESTORE),
        help="quarantine: move unusable files into a folder beside the photos, with a list; restore: put them back. "
        "Nothing is deleted, nothing is overwritten",
    )
    parser.add_argument(JSON, action="store_true", help=JSON_HELP)
    return parser.parse_args(argv)


def _run(given: argparse.Namespace, _: Interrupts) -> int:
    """Inspect the photos, or restore the quarantined files; return the exit code."""
    if given.fix == RESTORE:
        return _restore(given.given, json=given.json)
    found, table, code = inspected(given)
    print_answer(found, table + "\n", json=given.json)
    return code


def inspected(given: argparse.Namespace) -> tuple[dict[str, Any], str, int]:
    """Look at the photos and write the page; return what was found, its table, and the exit code.

    Raises:
        InputError: the folder, the configuration, the network or the output folder cannot be used.
    """
    from pipeline.inspect.model_file import model_file
    from pipeline.inspect.record import console_table, summary
    from pipeline.inspect.subject import settle
    from pipeline.reports.words import FileWords

    words = FileWords(given.lang)
    subject = settle(given.given, given.model)
    if given.model is not None:
        model_file(given.model)  # refused before the photos are read
    with output_folder(given.output, [root.path for root in subject.roots]) as output:
        inspection = _look(subject, words)
        moved = _quarantine(subject, inspection) if given.fix == QUARANTINE else {}
        _write(inspection, words, output, moved, given.model)
    went = {} if given.fix is None else {"moved": sum(not one.problem for one in moved.values())}
    left = [photo for photo in inspection.broken if photo.found.path not in moved or moved[photo.found.path].problem]
    found = {**summary(inspection), **went, "output": given.output}
    return found, console_table(inspection, words), int(bool(left) or inspection.refusal is not None)


def _look(subject: Subject, words: FileWords) -> Inspection:
    """The pass over every file, and what follows from it."""
    from pipeline.inspect.findings import put_together
    from pipeline.inspect.reading import read_files
    from pipeline.reports.listing import list_files

    data = subject.config.data
    listing = list_files(subject.roots, data.class_names, data.follow_links)
    begun = time.perf_counter()
    judged = read_files(listing.files, words("progress"), subject.config.image.max_pixels)
    judged = _with_warnings(listing.files, judged, words("progress_jpeg"))
    seconds = time.perf_counter() - begun
    return put_together(subject, listing, judged, seconds)


def _with_warnings(files: Sequence[Found], judged: list[Judged], title: str) -> list[Judged]:
    """Add what libjpeg says of damaged JPEGs, which Pillow reads without a word; this takes TensorFlow."""
    from pipeline.reports.file_faults import Finding
    from pipeline.runtime.startup import import_tensorflow

    suspects = [index for index, one in enumerate(judged) if one.is_image and one.format in ("JPEG", "MPO")]
    if not suspects:
        return judged
    import_tensorflow()
    from pipeline.images.jpeg_warnings import damaged_jpegs, file_content

    with progress(title, len(suspects)) as advance:
        paths = [files[index].path for index in suspects]
        damaged = damaged_jpegs(len(paths), lambda place: file_content(paths[place]), advance=advance)
    for place, said in damaged.items():
        one = judged[suspects[place]]
        finding = Finding("damaged", "jpeg_warning", {"detail": said})
        judged[suspects[place]] = dataclasses.replace(one, findings=(finding, *one.findings))
    return judged


def _quarantine(subject: Subject, inspection: Inspection) -> dict[str, Moved]:
    """Move the broken files; each by its path."""
    from pipeline.inspect.quarantine import quarantine, quarantine_folder
    from pipeline.inspect.record import ENGLISH

    moved: dict[str, Moved] = {}
    for root in subject.folders:
        broken = [photo for photo in inspection.broken if photo.found.path.startswith(os.path.join(root, ""))]
        faults = ((os.path.relpath(photo.found.path, root), photo.judged.broken) for photo in broken)
        rows = [(path, ENGLISH.why(why)) for path, why in faults if why]
        done = quarantine(root, rows)
        moved |= {photo.found.path: one for photo, one in zip(broken, done, strict=True)}
        _told(done, f"moved to {quarantine_folder(root)}; {call('inspect', root, fix=RESTORE)} puts them back")
    return moved


def _restore(given: str, *, json: bool) -> int:
    found = restored(given)
    print_answer(found, json=json)
    return int(found["not_restored"] > 0)


def restored(given: str) -> dict[str, int]:
    """Put quarantined files back; return how many were and how many were not."""
    from pipeline.inspect.quarantine import quarantine_folder, restore
    from pipeline.inspect.subject import settle

    folders = settle(given).folders
    there = [folder for folder in folders if quarantine_folder(folder).is_dir()] or folders[:1]
    done = [one for folder in there for one in restore(folder)]
    _told(done, "put back")
    problems = sum(bool(one.problem) for one in done)
    return {"restored": len(done) - problems, "not_restored": problems}


def _told(done: Sequence[Moved], what: str) -> None:
    """Print what was moved and what was not, on stderr."""
    from pipeline.inspect.record import ENGLISH
    from pipeline.text.plain_text import shown

    count = sum(not one.problem for one in done)
    if done:
        say(f"{counted(count, 'file')} {what}")
    for one in done:
        if one.problem:
            say(f"not moved: {shown(one.path)}: {ENGLISH.why(one.problem)}")


def _write(inspection: Inspection, words: FileWords, output: Path, moved: dict[str, Moved], model: str | None) -> None:
    from pipeline.files.atomic import write_text
    from pipeline.files.shortage import why
    from pipeline.inspect.page import render
    from pipeline.inspect.quarantine import quarantine_folder
    from pipeline.inspect.record import record

    drawn = _draw(inspection, model)
    there = [quarantine_folder(folder) for folder in inspection.subject.folders] if moved else []
    went = [str(folder) if os.path.isabs(inspection.subject.given) else os.path.relpath(folder) for folder in there]
    content = json.dumps(record(inspection, drawn.cache, moved), ensure_ascii=False, indent=1) + "\n"
    try:
        write_text(output / RECORD, content)
        write_text(output / PAGE, render(inspection, drawn, words, moved, went))
    except OSError as error:
        raise InputError(f"--output cannot be written: {str(output)!r}: {why(error, output)}") from None
    say(f"page: {output / PAGE}")


def _draw(inspection: Inspection, model: str | None) -> Drawn:
    """All that takes TensorFlow, from its import on."""
    from pipeline.runtime.startup import import_tensorflow

    import_tensorflow()
    from pipeline.inspect.drawing import draw

    return draw(inspection, model)


COMMAND = Command(
    name="inspect",
    summary="look at a folder of photos: what is broken, odd or twice, and what the model will see",
    place=10,
    arguments=arguments,
    run=_run,
    interrupted="interrupted; no page was made",
)
main = COMMAND.main
