"""The command `python -m pipeline.profile`, which measures where the time of training goes and recommends a change."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.config import DataConfig, TrainConfig, checks
from pipeline.console.arguments import parse
from pipeline.console.command import Command
from pipeline.console.streams import JSON, print_answer
from pipeline.errors import InputError
from pipeline.files.atomic import write_text
from pipeline.files.output_folder import check_outside
from pipeline.files.shortage import why
from pipeline.runs.run_folder import make_named_by_time
from pipeline.runtime.interrupt import Interrupts
from pipeline.runtime.progress import say
from pipeline.sources.folders import DEFAULT_SPLIT, refuse_dataset, resolve_folders
from pipeline.text.json_text import json_text

__all__ = ["COMMAND", "SECONDS", "Asked", "main", "profiled", "ready"]

PROG = "python -m pipeline.profile"
OWN = "[CONFIG.yaml] [--seconds N] [--trace]"
DESCRIPTION = (
    "Measures where the time of training goes: read, decode, resize, cache, augment, batch, copy and the model's step, "
    "each alone and together, with its limit on this machine. One sentence names the bottleneck and the change to "
    "make, with figures. Takes a YAML file and the options of pipeline.train. Of a large folder, 1,000 photos are "
    "measured, drawn by the seed. --seconds N: about how long measuring may take (default 25). --trace also writes a "
    "TensorFlow profile. profile.json, profile.png and trace/ go into --output DIR, by default profiles/DATE-TIME. "
    "The table and messages go to stderr; the last line on stdout is one JSON object. "
    "Exit codes: 0 done; 2 wrong use or bad input; 130 Ctrl-C and 143 SIGTERM."
)
SECONDS = 25.0
PROFILES = "profiles"
RECORD, PLOT, TRACE = "profile.json", "profile.png", "trace"


@dataclasses.dataclass(frozen=True)
class Asked:
    """The parsed arguments: the training configuration and this command's own options.

    Args:
        config: the configuration to profile.
        seconds: about how long measuring may take.
        trace: whether to write a TensorFlow profile as well.

    Raises:
        InputError: the configuration resumes a run.
    """

    config: TrainConfig
    seconds: float
    trace: bool

    def __post_init__(self) -> None:
        if self.config.resume is not None:
            raise InputError(f"resume is for pipeline.train; to profile a run's configuration: {PROG} RUN/config.yaml")


def _seconds(text: str) -> float:
    with contextlib.suppress(ValueError):
        seconds = float(text)
        if math.isfinite(seconds) and seconds > 0:
            return seconds
    raise InputError(f"--seconds must be a number greater than 0. Received: {checks.shown(text)}")


def _split_arguments(arguments: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    """Yield each argument as (option, value), in order; the value is `None` for an argument without one.

    The value of `--seconds` may be the next argument. Options of training are yielded one argument at a time.

    Raises:
        InputError: `--seconds` is the last argument and has no value.
    """
    rest = list(arguments)
    while rest:
        name, separator, text = rest.pop(0).partition("=")
        if name == "--seconds" and not separator:
            if not rest:
                raise InputError("--seconds must be followed by a number. Received: nothing")
            text = rest.pop(0)
        yield name, text if separator or name == "--seconds" else None


def _parse(argv: Sequence[str]) -> Asked:
    """Parse the arguments: an optional configuration file first, then this command's options and those of training."""
    arguments = list(argv)
    options: list[str] = []
    if arguments and not arguments[0].startswith("-"):
        options += ["--config", arguments.pop(0)]
    seconds, trace = SECONDS, False
    for name, text in _split_arguments(arguments):
        if name == "--seconds":
            seconds = _seconds(text or "")
        elif name == "--trace":
            trace = _flag(text)
        else:
            options.append(name if text is None else f"{name}={text}")
    config = parse(TrainConfig, options, prog=f"{PROG} {OWN}", description=DESCRIPTION)
    return Asked(config, seconds, trace)


def _flag(text: str | None) -> bool:
    if text not in (None, "true", "false"):
        raise InputError(f"--trace must be given alone, or be true or false. Received: {checks.shown(text)}")
    return text != "false"


def _check_output(output: str | None, overwrite: bool) -> None:
    """Refuse an output folder that must not be written to. Nothing is changed.

    Raises:
        InputError: it is a file, or it holds an earlier profile and `overwrite` is false.
    """
    if output is None or not os.path.lexists(output):
        return
    if not os.path.isdir(output):
        raise InputError(f"output must be a folder. Received a file: {output!r}")
    if os.path.lexists(Path(output) / RECORD) and not overwrite:
        raise InputError(f"output holds a {RECORD} already: {output!r}; name another folder, or add --overwrite")


def _folder(output: str | None) -> Path:
    """Make the output folder and return its path.

    Raises:
        InputError: it cannot be made.
    """
    where = output or PROFILES
    try:
        if output is not None:
            folder = Path(output)
            folder.mkdir(parents=True, exist_ok=True)
            return folder
        return make_named_by_time(PROFILES)
    except OSError as error:
        raise InputError(f"output cannot be written: {where!r}: {why(error, where)}") from None


def _folders(data: DataConfig) -> DataConfig:
    """Resolve the folders that training reads.

    A profile does not depend on which photos are kept for validation, so the default split is used if none is given.
    """
    refuse_dataset(data, "pipeline.profile")
    if data.train is not None and data.validation is None and data.shares is None:
        data = dataclasses.replace(data, validation_split=DEFAULT_SPLIT)
    return resolve_folders(data)


def profiled(asked: Asked) -> dict[str, Any]:
    """Import TensorFlow, measure, print the table and write the files.

    Args:
        asked: the result of `ready`.

    Returns:
        The record in `profile.json`, and the paths of the output folder and the trace.

    Raises:
        InputError: the configuration, a folder or a photo cannot be used.
    """
    from pipeline.runtime.startup import import_tensorflow

    import_tensorflow()
    from pipeline.profile.measure import measure
    from pipeline.profile.plot import draw_profile
    from pipeline.profile.report import record
    from pipeline.profile.table import table
    from pipeline.profile.timing import Probe
    from pipeline.profile.trace import HOW_TO_OPEN, write_trace

    folder = _folder(asked.config.output)

    def trace(probe: Probe) -> None:
        if asked.trace:
            write_trace(probe, folder / TRACE)

    try:
        measured = measure(asked.config, asked.seconds, trace)
    except BaseException:
        with contextlib.suppress(OSError):  # a folder that is not empty stays
            folder.rmdir()
        raise
    result = {**record(measured), "trace": str(folder / TRACE) if asked.trace else None, "output": str(folder)}
    for line in table(measured, result):
        say(line)
    say(f"in short: {result['verdict']}")
    draw_profile(result, folder / PLOT)
    write_text(folder / RECORD, json_text(result, indent=2) + "\n")
    if asked.trace:
        say(f"trace: {HOW_TO_OPEN.format(folder=folder / TRACE)}")
    say(f"saved in {folder}: {RECORD}, {PLOT}{', ' + TRACE + '/' if asked.trace else ''}")
    return result


def ready(asked: Asked) -> Asked:
    """Resolve the folders of photos, and refuse an output folder that must not be written to.

    Raises:
        InputError: a folder cannot be used.
    """
    config = asked.config
    _check_output(config.output, config.overwrite)
    data = _folders(config.data)
    check_outside("output", config.output or PROFILES, [data.train, data.validation])
    return dataclasses.replace(asked, config=dataclasses.replace(config, data=data))


class _Given(NamedTuple):
    """The command's arguments, and whether `--json` is among them."""

    asked: Asked
    json: bool


def _arguments(argv: Sequence[str] | None) -> _Given:
    arguments = sys.argv[1:] if argv is None else argv
    return _Given(ready(_parse(arguments)), JSON in arguments)


def _run(given: _Given, _: Interrupts) -> int:
    print_answer(profiled(given.asked), json=given.json)
    return 0


COMMAND = Command(
    name="profile",
    summary="where the time of a training goes, and what to change",
    place=80,
    arguments=_arguments,
    run=_run,
    interrupted="interrupted; nothing was written",
)
main = COMMAND.main
