"""The command `python -m pipeline.evaluate`: a trained run in, how good its model is out."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.console.command import Command
from pipeline.console.streams import JSON, JSON_HELP, TRAINED, Parser, print_answer
from pipeline.errors import InputError
from pipeline.runtime.interrupt import Interrupts
from pipeline.runtime.progress import say

if TYPE_CHECKING:
    from pipeline.evaluate.record import Evaluation
    from pipeline.evaluate.words import Words
    from pipeline.runs.trained_run import TrainedRun

__all__ = ["COMMAND", "PAGE", "arguments", "evaluated", "main", "summary_of"]

PROG = "python -m pipeline.evaluate"
DESCRIPTION = (
    "How good the model of a training run is, and on which photos it is wrong. Photos are decoded and resized as in "
    "training. evaluate.html, evaluate.json, predictions.csv and the pictures go into RUN/evaluate; a table goes to "
    "stdout, and on its last line one JSON object. Exit codes: 0 done; 1 done, and photos could not be read; 2 wrong "
    "use or bad input; 130 Ctrl-C and 143 SIGTERM."
)
WITHIN = "evaluate"  # of a run's folder
PAGE, RECORD, PREDICTIONS = "evaluate.html", "evaluate.json", "predictions.csv"
PROBABILITIES = "probabilities.npy"


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command's arguments."""
    parser = Parser(prog=PROG, description=DESCRIPTION, allow_abbrev=False)
    parser.add_argument("run", metavar="RUN", help=TRAINED)
    parser.add_argument(
        "--data.validation",
        dest="validation",
        metavar="DIR",
        help="photos to measure on, one folder a class, called as in training; default: the run's validation photos",
    )
    parser.add_argument(
        "--split",
        choices=("validation", "test"),
        default="validation",
        help="which of the run's own photos: those it was validated on, or those that data.split kept for a test; "
        "default: validation",
    )
    parser.add_argument(
        "--output",
        metavar="DIR",
        help=f"where the page goes; default: RUN/{WITHIN}, and cats-{WITHIN} beside cats.keras",
    )
    parser.add_argument(
        "--probabilities",
        action="store_true",
        help="also write probabilities.npy: every class's probability of each row in predictions.csv, float32",
    )
    parser.add_argument("--lang", choices=("en", "ko"), default="en", help="the page's language; default: en")
    parser.add_argument(JSON, action="store_true", help=JSON_HELP)
    return parser.parse_args(argv)


def _run(given: argparse.Namespace, _: Interrupts) -> int:
    found, folder, table = evaluated(given)
    print_answer(summary_of(found, folder), table + "\n", json=given.json)
    return int(bool(found.subject.unreadable))


def evaluated(given: argparse.Namespace) -> tuple[Evaluation, Path, str]:
    """Measure, and write the page; return what was found, the folder that it is in, and its table.

    Raises:
        InputError: the run, the photos or the output folder cannot be used.
    """
    from pipeline.evaluate.words import Words
    from pipeline.files.output_folder import output_folder
    from pipeline.runs.trained_run import read_run

    run = read_run(given.run)
    if given.validation is not None and not os.path.isdir(given.validation):
        raise InputError(f"--data.validation must name a folder of photos. Received: {given.validation!r}")
    if given.validation is not None and given.split == "test":
        raise InputError(
            "--split test measures on photos that the run kept, and --data.validation names others: give one of them. "
            f"Received: --data.validation {given.validation}"
        )
    default = run.folder / WITHIN if run.own is None else run.own.with_name(f"{run.own.stem}-{WITHIN}")
    output = default if given.output is None else given.output
    with output_folder(output, [given.validation, *run.photos]) as folder:
        found = _measured(run, given.validation, given.split)
        words = Words(given.lang, found.subject.arrays)
        _write(found, words, folder, probabilities=given.probabilities)
    return found, folder, _table(found, words)


def _measured(run: TrainedRun, validation: str | None, side: str) -> Evaluation:
    """All that takes TensorFlow, from its import on."""
    from pipeline.runtime.startup import import_tensorflow

    import_tensorflow()
    from pipeline.evaluate.metrics import measure
    from pipeline.evaluate.predict import predict
    from pipeline.evaluate.record import Evaluation
    from pipeline.evaluate.subject import settle
    from pipeline.models.saved import load_model

    model = load_model(run.model_file)  # refused before the photos are read
    subject = settle(run, validation, side)
    for note in subject.notes:
        say(f"note: {note}")
    found = predict(model, subject, run)
    measures = measure(found.outputs, found.labels, run.class_names, run.label_mode)
    return Evaluation(run, subject, found, measures)


def _write(found: Evaluation, words: Words, output: Path, *, probabilities: bool) -> None:
    from pipeline.evaluate.measures import MANY
    from pipeline.evaluate.page import render
    from pipeline.evaluate.plots import draw, draw_learning, letter
    from pipeline.evaluate.record import predictions_csv, probabilities_npy, record
    from pipeline.files.atomic import write_bytes, write_text
    from pipeline.files.shortage import why

    lettering = letter(found.run.class_names, words)
    pictures = {**draw(found.measures, lettering), **draw_learning(found.run, lettering)}
    page = render(found, pictures, lettering, words)
    try:
        for name, picture in pictures.items():
            write_bytes(output / f"{name}.png", picture)
        # A file's name that is no UTF-8 stands as the bytes it is.
        write_text(output / PREDICTIONS, predictions_csv(found))
        if probabilities:
            write_bytes(output / PROBABILITIES, probabilities_npy(found))
        write_text(output / RECORD, json.dumps(record(found), ensure_ascii=False, indent=1) + "\n")
        write_text(output / PAGE, page)
    except OSError as error:
        raise InputError(f"--output cannot be written: {str(output)!r}: {why(error, output)}") from None
    many = len(found.run.class_names) > MANY and not probabilities and found.run.label_mode != "regression"
    if many:
        say(f"{PREDICTIONS} names the most probable classes of each photo; --probabilities writes all of them as well")
    say(f"page: {output / PAGE}")


def _table(found: Evaluation, words: Words) -> str:
    from pipeline.evaluate.record import console_table

    return console_table(found, words)


def summary_of(found: Evaluation, output: Path) -> dict[str, object]:
    """Return the command's JSON object."""
    from pipeline.evaluate.record import summary

    return {**summary(found), "output": str(output)}


COMMAND = Command(
    name="evaluate",
    summary="how good a trained model is, and on which photos it is wrong",
    place=30,
    arguments=arguments,
    run=_run,
    interrupted="interrupted; no page was made",
)
main = COMMAND.main
