"""The command `python -m pipeline.train`: photos in, trained classifier out."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Sequence
from typing import Any

from pipeline.config import TrainConfig
from pipeline.console.arguments import parse, value_of
from pipeline.console.streams import JSON, print_answer
from pipeline.files.output_folder import check_outside
from pipeline.models.weights_file import weights_file
from pipeline.runs.run_folder import RUNS, check_output
from pipeline.runtime.interrupt import DEADLINE, Interrupts
from pipeline.runtime.progress import say
from pipeline.sources.folders import resolve_folders
from pipeline.train.continued import Read, continued, ended

__all__ = ["Read", "main", "ready", "run"]

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
    weights_file(config.model)  # refused before the photos are read
    return config


def ready(read: Read, resume: str | None) -> tuple[TrainConfig, dict[str, Any] | None]:
    """Return the configuration that `run` takes; and, of a run that goes on no more, the record that it has.

    Args:
        read: gives the configuration with what was given.
        resume: the folder of a run to go on with.

    Raises:
        InputError: something in it cannot be used.
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


def main() -> int:
    """Run the command; the result is its exit code."""
    arguments = sys.argv[1:]
    resume = value_of(TrainConfig, arguments, "resume")

    def read(file: str | None) -> TrainConfig:
        return _parse([*([] if file is None else ["--config", file]), *arguments])

    config, record_of_the_end = ready(read, resume if isinstance(resume, str) else None)
    if record_of_the_end is not None:
        print_answer(record_of_the_end, json=JSON in arguments)
        return 0
    with Interrupts(DEADLINE) as interrupts:
        try:
            code, record = run(config, interrupts)
        except BaseException:
            if interrupts.received is None:
                raise
            say("interrupted before training began; nothing was saved")
            return interrupts.exit_code
    print_answer(record, json=JSON in arguments)
    return code
