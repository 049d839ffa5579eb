"""The command `python -m pipeline.predict`, which writes one row for each photo in the given order."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import shlex
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from pipeline.console.command import Command
from pipeline.console.how_to import option
from pipeline.console.streams import JSON, TRAINED, Parser, Stdout, print_answer, read_by_people
from pipeline.errors import InputError
from pipeline.files.shortage import explained
from pipeline.runtime.interrupt import Interrupts
from pipeline.runtime.progress import progress, say

if TYPE_CHECKING:
    from pipeline.inference.inputs import Input, Inputs
    from pipeline.inference.network import Network
    from pipeline.predict.resumed import Kept
    from pipeline.predict.rows import Rows
    from pipeline.runs.trained_run import TrainedRun

__all__ = ["COMMAND", "Done", "arguments", "interrupt_message", "main", "predicted"]

PROG = "python -m pipeline.predict"
DESCRIPTION = (
    "Classifies new photos with a network that python -m pipeline.train trained, and writes one row for each to stdout "
    "in the given order. Photos are decoded and resized as in training. A photo that cannot be read has a row with "
    "its error. Exit codes: 0 done; 1 done, and some input failed; 2 wrong use or bad input; 130 Ctrl-C and 143 "
    "SIGTERM, after the rows so far are written."
)
# If no line comes on stdin for so many seconds, the inputs so far are answered without waiting for a full batch.
IDLE = 0.2


def _top(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be an integer of at least 1. Received: {text!r}")
    return int(text)


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command's arguments.

    Raises:
        InputError: the inputs are missing, or two options exclude each other.
    """
    parser = Parser(prog=PROG, description=DESCRIPTION, allow_abbrev=False)
    parser.add_argument("run", metavar="RUN", help=TRAINED)
    parser.add_argument(
        "inputs",
        metavar="PATH|DIR|GLOB|-",
        nargs="*",
        help="photos; folders, with all images below them; patterns in quotes ('new/**/*.jpg'); - for a list of "
        "paths on stdin, one a line, answered as they come",
    )
    parser.add_argument("--top", type=_top, metavar="K", help="name the K most probable classes; default: 1")
    parser.add_argument(
        "--format",
        choices=("csv", "jsonl", "table"),
        help="default: a table on a terminal or in a notebook, csv in a file or a pipe",
    )
    parser.add_argument(JSON, action="store_true", help="rows as --format jsonl; with --output, one JSON object")
    parser.add_argument("--output", metavar="FILE", help="write the rows there; stdout then has one JSON object")
    exclusive = parser.add_mutually_exclusive_group()
    exclusive.add_argument("--resume", action="store_true", help="go on with --output where it ended")
    exclusive.add_argument("--overwrite", action="store_true", help="replace --output")
    given = parser.parse_args(argv)
    if not given.inputs:
        from pipeline.runs.run_folder import RECORD, list_runs

        run = given.run if os.path.isfile(os.path.join(given.run, RECORD)) else "RUN"
        hint = "" if run == given.run else f". Of runs {list_runs()}"
        photo = "PHOTO.jpg" if run == given.run else shlex.quote(given.run)
        raise InputError(
            f"a run and photos must be named: {PROG} {shlex.quote(run)} {photo}. Received: {given.run!r} alone{hint}"
        )
    if given.output is None and (given.resume or given.overwrite):
        raise InputError(f"--{'resume' if given.resume else 'overwrite'} needs --output FILE, whose rows it is about")
    if given.output is not None and given.format == "table":
        raise InputError("--format table is for people at a terminal; --output takes csv or jsonl. Received: table")
    if given.format is None:
        table = given.output is None and read_by_people()
        given.format = "jsonl" if given.json and given.output is None else "table" if table else "csv"
    return given


class Done(NamedTuple):
    """The outcome of a prediction.

    Args:
        inputs: the number of inputs that are answered.
        failed: how many of them have an error.
        seconds: the time that this run took.
        began: how many inputs an earlier, interrupted run had answered.
    """

    inputs: int
    failed: int
    seconds: float
    began: int

    @property
    def rate(self) -> float:
        """Inputs a second in this run, without those of an earlier one."""
        return (self.inputs - self.began) / max(self.seconds, 1e-9)


def interrupt_message(given: argparse.Namespace) -> str:
    """Return a message that says which rows an interrupted prediction has written and how to resume it."""
    if given.output is None:
        return "interrupted; what was done is written"
    again = f"the same command with {option('resume')} goes on"
    return f"interrupted; what was done is written in {shlex.quote(given.output)}; {again}"


def _run(given: argparse.Namespace, interrupts: Interrupts) -> int:
    done = predicted(given, interrupts, Stdout())
    if given.output is not None:
        print_answer(
            {
                "inputs": done.inputs,
                "failed": done.failed,
                "seconds": round(done.seconds, 2),
                "images_per_second": round(done.rate, 1),
                "output": given.output,
            },
            json=given.json,
        )
    return int(done.failed > 0)


def predicted(given: argparse.Namespace, interrupts: Interrupts, out: Any) -> Done:
    """Answer all inputs, write their rows, and print a summary.

    Args:
        given: the result of `arguments`.
        interrupts: signals that end the prediction after a batch.
        out: the stream for the rows if there is no `--output`.

    Raises:
        InputError: the run, an option or the output file cannot be used.
        Interrupted: a signal came. The rows of every batch that was begun are written.
    """
    from pipeline.inference.inputs import Inputs
    from pipeline.predict.rows import Rows
    from pipeline.predict.table import Table
    from pipeline.runs.trained_run import read_run

    run = read_run(given.run)
    rows = (
        Table(run.label_mode, run.class_names, given.top)
        if given.format == "table"
        else Rows(given.format, run.label_mode, run.class_names, given.top)
    )
    if given.output is not None:
        return _to_file(given, run, rows, Inputs(given.inputs), interrupts)
    inputs = Inputs(given.inputs, IDLE)
    done = _answer(_network(run), rows, inputs, iter(inputs), out, interrupts, _no_rows())
    _print_summary(inputs, done)
    _print_accuracy(run)
    return done


def _no_rows() -> Kept:
    from pipeline.predict.resumed import Kept

    return Kept()


def _to_file(given: argparse.Namespace, run: TrainedRun, rows: Rows, inputs: Inputs, interrupts: Interrupts) -> Done:
    from pipeline.predict.resumed import check_file, opened

    path = Path(given.output)
    check_file(path, given.resume, given.overwrite)
    network = _network(run)  # a model that cannot be used is refused before any row is deleted
    with opened(path, given.overwrite) as file:
        kept, left = _resume_file(path, file, run, rows, inputs)
        if kept.inputs:
            say(f"{path}: keeping {kept.inputs:,} rows (whole batches) and continuing after them")
        message = interrupt_message(given).removeprefix("interrupted; ")
        interrupts.lost = lambda: message
        with explained(disk=f"; {message}"):
            done = _answer(network, rows, inputs, left, file, interrupts, kept)
    _print_summary(inputs, done)
    return done


def _resume_file(path: Path, file: Any, run: TrainedRun, rows: Rows, inputs: Inputs) -> tuple[Kept, Iterator[Input]]:
    """Return the rows that stay in the file, and the inputs that are not yet answered."""
    from pipeline.inference.feed import batch_size
    from pipeline.predict.resumed import digest, resume_rows
    from pipeline.runtime.machine import machine

    batch = batch_size(run.image)
    made_with = {
        "model": digest(run.model_file),
        "class_names": run.class_names,
        "label_mode": run.label_mode,
        "image": dataclasses.asdict(run.image),
        "format": rows.format,
        "top": rows.top,
        "batch": batch,
        "machine": machine(),
    }
    # Without an idle time, the inputs hold no `None` for a pause.
    return resume_rows(path, file, rows.format, made_with, cast("Iterator[Input]", iter(inputs)), batch)


def _network(run: TrainedRun) -> Network:
    """Import TensorFlow and load the run's model."""
    from pipeline.runtime.startup import import_tensorflow

    import_tensorflow()
    from pipeline.inference.network import load_network

    return load_network(run)


def _progress_bar(inputs: Inputs, shown: bool) -> contextlib.AbstractContextManager[Any]:
    """Return a progress bar, or a context that does nothing if `shown` is false."""
    return progress("Predicting", inputs.total()) if shown else contextlib.nullcontext(lambda _: None)


def _answer(
    network: Network,
    rows: Rows,
    inputs: Inputs,
    left: Iterator[Input | None],
    out: Any,
    interrupts: Interrupts,
    kept: Kept,
) -> Done:
    """Answer the remaining inputs and write the rows after each batch.

    Args:
        network: the model.
        rows: formats the rows.
        inputs: all inputs.
        left: those that are not yet answered; `None` for a pause.
        out: the stream for the rows.
        interrupts: signals that end the prediction after a batch.
        kept: the rows that stay from an earlier run.

    Raises:
        Interrupted: a signal came. The rows of every batch that was begun are written.
    """
    from pipeline.inference.feed import Feed
    from pipeline.predict.answers import answer_batch
    from pipeline.runtime.ahead import ahead

    feed = Feed(left, network.run.image)
    interrupts.hold()  # from here on, a signal takes effect at the end of a batch
    count, failed, begun = kept.inputs, kept.failed, time.perf_counter()
    if not kept.size:
        out.write(rows.header)
    watched = isinstance(out, Stdout) and out.is_terminal
    with ahead(feed.batches, inputs.stop, interrupts.check) as batches, _progress_bar(inputs, not watched) as advance:
        advance(count)
        for batch in batches:
            answers = answer_batch(network, batch)
            out.write(b"".join(map(rows.row, answers)))
            out.flush()
            count, failed = count + len(answers), failed + sum(answer.error is not None for answer in answers)
            advance(len(answers))
            interrupts.check()
    return Done(count, failed, time.perf_counter() - begun, kept.inputs)


def _print_accuracy(run: TrainedRun) -> None:
    """Print the model's validation accuracy beside that of guessing, if the run has recorded both."""
    accuracy, guess = run.record.get("val_accuracy"), run.record.get("guess_accuracy")
    if accuracy is not None and guess is not None:
        say(
            f"this model was right on {accuracy:.1%} of its validation photos; always answering their commonest class "
            f"would be right on {guess:.1%}"
        )


def _print_summary(inputs: Inputs, done: Done) -> None:
    """Print the number of inputs, the failures and the rate, and what was passed over."""
    for note in inputs.passed.notes():
        say(note)
    words = f"{done.inputs:,} {'input' if done.inputs == 1 else 'inputs'}, {done.failed:,} failed"
    say(f"{words}; {done.rate:,.{0 if done.rate >= 10 else 1}f} a second")


COMMAND = Command(
    name="predict",
    summary="what is in new photos",
    place=40,
    arguments=arguments,
    run=_run,
    interrupted=interrupt_message,
)
main = COMMAND.main
