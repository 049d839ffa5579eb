"""The command `python -m pipeline.train`, which trains a classifier on photos."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

from pipeline.config import TrainConfig
from pipeline.console.arguments import parse, value_of
from pipeline.console.command import Command
from pipeline.console.streams import JSON, print_answer
from pipeline.files.output_folder import check_outside
from pipeline.models.weights_file import weights_file
from pipeline.runs.run_folder import RUNS, check_output
from pipeline.runtime.interrupt import Interrupts, interruptible
from pipeline.sources.folders import resolve_folders
from pipeline.train.continued import Read, continued, ended

__all__ = ["COMMAND", "Read", "main", "ready", "run"]

DESCRIPTION = (
    "Train a classifier on photos, one folder a class. Without a folder it draws a sample of cats and dogs "
    "and trains on that. Progress goes to stderr; the last line on stdout is one JSON object."
)


def _parse(arguments: Sequence[str]) -> TrainConfig:
    return parse(TrainConfig, arguments, prog="python -m pipeline.train", description=DESCRIPTION)


def _configuration(config: TrainConfig) -> TrainConfig:
    check_output(config.output, config.overwrite)
    config = dataclasses.replace(config, data=resolve_folders(config.data))
    check_outside("output", config.output or RUNS, [config.data.train, config.data.validation])
    weights_file(config.model)  # refuse a wrong file before the photos are read
    return config


def ready(read: Read, resume: str | None) -> tuple[TrainConfig, dict[str, Any] | None]:
    """Return the checked configuration, and the record of a resumed run that has ended already, or `None`.

    Args:
        read: returns the configuration with the given arguments.
        resume: the directory of the run to continue; `None` for a new run.

    Raises:
        InputError: the configuration cannot be used.
    """
    if resume is None:
        return _configuration(read(None)), None
    config, before = continued(os.path.expanduser(resume), read)
    return config, ended(config, before)


def run(config: TrainConfig, interrupts: Interrupts) -> tuple[int, dict[str, Any]]:
    """Import TensorFlow and train; see `pipeline.runs.fit.train`."""
    from pipeline.runtime.startup import import_tensorflow

    import_tensorflow()
    from pipeline.runs.fit import train

    return train(config, interrupts)


class _Given(NamedTuple):
    """The configuration, the record of a resumed run that has ended already, and whether `--json` was given."""

    config: TrainConfig
    ended: dict[str, Any] | None
    json: bool


def _arguments(argv: Sequence[str] | None) -> _Given:
    """Read the arguments, and the configuration of the run that `resume` names."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    resume = value_of(TrainConfig, arguments, "resume")

    def read(file: str | None) -> TrainConfig:
        return _parse([*([] if file is None else ["--config", file]), *arguments])

    config, record = ready(read, resume if isinstance(resume, str) else None)
    return _Given(config, record, JSON in arguments)


def _run(given: _Given, _: Interrupts) -> int:
    """Train, unless the run has ended already; print the record and return the exit code.

    The record is printed after signals are handled: if that fails too, the message must not be that nothing was saved.
    """
    if given.ended is not None:
        print_answer(given.ended, json=given.json)
        return 0
    records: list[dict[str, Any]] = []

    def work(interrupts: Interrupts) -> int:
        code, record = run(given.config, interrupts)
        records.append(record)
        return code

    code = interruptible(work, "interrupted before training began; nothing was saved")
    for record in records:
        print_answer(record, json=given.json)
    return code


COMMAND = Command(
    name="train",
    summary="photos in, trained classifier out; without a folder, on drawn cats and dogs",
    place=20,
    arguments=_arguments,
    run=_run,
)
main = COMMAND.main
