"""The command `python -m pipeline.predict`: photos in, one row each out, in the order asked."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import shlex
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from pipeline.command_line import JSON, Parser, Stdout, print_answer, read_by_people
from pipeline.errors import InputError
from pipeline.interrupt import Interrupts, interruptible
from pipeline.progress import progress, say
from pipeline.shortage import explained

if TYPE_CHECKING:
    from pipeline.predict.inputs import Input, Inputs
    from pipeline.predict.network import Network
    from pipeline.predict.resumed import Kept
    from pipeline.predict.rows import Rows
    from pipeline.trained_run import TrainedRun

__all__ = ["main"]

PROG = "python -m pipeline.predict"
DESCRIPTION = (
    "Says what is in new photos, by a network that python -m pipeline.train trained: one row each on stdout, in the "
    "order asked. Photos are decoded and resized as they were in training. A photo that cannot be read has a row with "
    "its error. Exit codes: 0 done; 1 done, and some input failed; 2 wrong use or bad input; 130 Ctrl-C and 143 "
    "SIGTERM, after what was done is written."
)
# Seconds without a line on stdin after which what has come is answered.
IDLE = 0.2


def _top(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be an integer of at least 1. Received: {text!r}")
    return int(text)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(prog=PROG, description=DESCRIPTION, allow_abbrev=False)
    parser.add_argument("run", metavar="RUN", help="the folder of a training run, such as runs/first")
    parser.add_argument(
        "inputs",
        metavar="PATH|DIR|GLOB|-",
        nargs="+",
        help="photos; folders, with all pictures below them; patterns in quotes ('new/**/*.jpg'); - for a list of "
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
    if given.output is None and (given.resume or given.overwrite):
        raise InputError(f"--{'resume' if given.resume else 'overwrite'} needs --output FILE, whose rows it is about")
    if given.output is not None and given.format == "table":
        raise InputError("--format table is for people at a terminal; --output takes csv or jsonl. Received: table")
    if given.format is None:
        table = given.output is None and read_by_people()
        given.format = "jsonl" if given.json and given.output is None else "table" if table else "csv"
    return given


class _Done(NamedTuple):
    """What came of it; `began` of the inputs were answered before."""

    inputs: int
    failed: int
    seconds: float
    began: int

    @property
    def rate(self) -> float:
        return (self.inputs - self.began) / max(self.seconds, 1e-9)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the result is its exit code.

    Raises:
        InputError: the run, an option or the output file cannot be used.
    """
    given = _arguments(argv)
    said = "interrupted; what was done is written" + _go_on(given)
    return interruptible(lambda interrupts: _predict(given, interrupts), said)


def _go_on(given: argparse.Namespace) -> str:
    return "" if given.output is None else f" in {shlex.quote(given.output)}; the same command with --resume goes on"


def _predict(given: argparse.Namespace, interrupts: Interrupts) -> int:
    from pipeline.predict.inputs import Inputs
    from pipeline.predict.rows import Rows
    from pipeline.predict.table import Table
    from pipeline.trained_run import read_run

    run = read_run(given.run)
    rows = (
        Table(run.label_mode, run.class_names, given.top)
        if given.format == "table"
        else Rows(given.format, run.label_mode, run.class_names, given.top)
    )
    if given.output is not None:
        return _to_file(given, run, rows, Inputs(given.inputs), interrupts)
    inputs = Inputs(given.inputs, IDLE)
    done = _answer(_network(run), rows, inputs, iter(inputs), Stdout(), interrupts, _no_rows())
    code = _told(inputs, done)
    _compared(run)
    return code


def _no_rows() -> Kept:
    from pipeline.predict.resumed import Kept

    return Kept()


def _to_file(given: argparse.Namespace, run: TrainedRun, rows: Rows, inputs: Inputs, interrupts: Interrupts) -> int:
    from pipeline.predict.resumed import check_file, opened

    path = Path(given.output)
    check_file(path, given.resume, given.overwrite)
    network = _network(run)  # refused before the rows that are there are touched
    with opened(path, given.overwrite) as file:
        kept, left = _taken_up(path, file, run, rows, inputs)
        if kept.inputs:
            say(f"{path}: {kept.inputs:,} rows stay, whole batches; going on behind them")
        interrupts.lost = lambda: "what was done is written" + _go_on(given)
        with explained(disk="; what was done is written" + _go_on(given)):
            done = _answer(network, rows, inputs, left, file, interrupts, kept)
    code = _told(inputs, done)
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
    return code


def _taken_up(path: Path, file: Any, run: TrainedRun, rows: Rows, inputs: Inputs) -> tuple[Kept, Iterator[Input]]:
    """The rows that are there and stay, and the inputs that are left."""
    from pipeline.machine import machine
    from pipeline.predict.feed import batch_size
    from pipeline.predict.resumed import digest, take_up

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
    # Where rows go to a file, nothing is said of pauses.
    return take_up(path, file, rows.format, made_with, cast("Iterator[Input]", iter(inputs)), batch)


def _network(run: TrainedRun) -> Network:
    """The run's model, and with it TensorFlow."""
    from pipeline.startup import import_tensorflow

    import_tensorflow()
    from pipeline.predict.network import load_network

    return load_network(run)


def _bar(inputs: Inputs, shown: bool) -> contextlib.AbstractContextManager[Any]:
    """Progress, unless the rows themselves are watched."""
    return progress("Predicting", inputs.total()) if shown else contextlib.nullcontext(lambda _: None)


def _answer(
    network: Network,
    rows: Rows,
    inputs: Inputs,
    left: Iterator[Input | None],
    out: Any,
    interrupts: Interrupts,
    kept: Kept,
) -> _Done:
    """Answer the inputs that are left, writing rows as batches are done.

    Raises:
        Interrupted: a signal came; the rows of every batch that was begun are written.
    """
    from pipeline.predict.ahead import ahead
    from pipeline.predict.answers import answer_batch
    from pipeline.predict.feed import Feed

    feed = Feed(left, network.run.image)
    interrupts.hold()  # from here on a signal waits for the end of a batch
    count, failed, begun = kept.inputs, kept.failed, time.perf_counter()
    if not kept.size:
        out.write(rows.header)
    watched = isinstance(out, Stdout) and out.is_terminal
    with ahead(feed.batches, inputs.stop, interrupts.check) as batches, _bar(inputs, not watched) as advance:
        advance(count)
        for batch in batches:
            answers = answer_batch(network, batch)
            out.write(b"".join(map(rows.row, answers)))
            out.flush()
            count, failed = count + len(answers), failed + sum(answer.error is not None for answer in answers)
            advance(len(answers))
            interrupts.check()
    return _Done(count, failed, time.perf_counter() - begun, kept.inputs)


def _compared(run: TrainedRun) -> None:
    """Say how far such answers can be trusted, as far as the run knows."""
    accuracy, guess = run.record.get("val_accuracy"), run.record.get("guess_accuracy")
    if accuracy is not None and guess is not None:
        say(
            f"this model was right on {accuracy:.1%} of its validation photos; always answering their commonest class "
            f"would be right on {guess:.1%}"
        )


def _told(inputs: Inputs, done: _Done) -> int:
    """Say what came of it; the exit code."""
    for note in inputs.passed.notes():
        say(note)
    words = f"{done.inputs:,} {'input' if done.inputs == 1 else 'inputs'}, {done.failed:,} failed"
    say(f"{words}; {done.rate:,.{0 if done.rate >= 10 else 1}f} a second")
    return int(done.failed > 0)
