"""The command `python -m pipeline.export`, which makes a run into an artifact that takes encoded images."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.console.command import Command
from pipeline.console.streams import JSON, JSON_HELP, TRAINED, Parser, print_answer
from pipeline.errors import InputError
from pipeline.files.atomic import write_text
from pipeline.files.shortage import disk_error, why
from pipeline.runs.run_folder import write_classes
from pipeline.runtime.interrupt import Interrupts
from pipeline.runtime.progress import say
from pipeline.text.json_text import json_text

if TYPE_CHECKING:
    from pipeline.export.compare import Compared
    from pipeline.export.photos import Photos
    from pipeline.inference.network import Network
    from pipeline.runs.trained_run import TrainedRun

__all__ = ["COMMAND", "arguments", "exported", "main"]

PROG = "python -m pipeline.export"
DESCRIPTION = (
    "Exports a trained run as files that work without this package: a SavedModel that takes the bytes of JPEG or PNG "
    "files and gives classes and probabilities, and a .keras file that takes images. The answers of both are compared "
    "with those of python -m pipeline.predict. The last line on stdout is one JSON object. Exit codes: 0 done; 1 done, "
    "and an answer differs; 2 wrong use or bad input; 130 Ctrl-C and 143 SIGTERM."
)
RECORD, KERAS = "export.json", "model.keras"


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command's arguments."""
    parser = Parser(prog=PROG, description=DESCRIPTION, allow_abbrev=False)
    parser.add_argument("run", metavar="RUN", help=TRAINED)
    parser.add_argument(
        "--to",
        metavar="DIR",
        required=True,
        help="the folder to make; for TensorFlow Serving a number, such as cats/1",
    )
    parser.add_argument(
        "--photos",
        metavar="DIR",
        help="compare on 200 of these; default: the run's validation or training photos",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier export in DIR")
    parser.add_argument(JSON, action="store_true", help=JSON_HELP)
    return parser.parse_args(argv)


def _check_folder(to: Path, run: TrainedRun, photos: str | None, overwrite: bool) -> None:
    """Refuse an output folder that must not be written to. Nothing is changed.

    Raises:
        InputError: the folder lies among the photos, holds something other than an earlier export, or holds the run.
    """
    from pipeline.files.output_folder import check_outside

    check_outside("--to", to, [photos, *run.photos])
    try:
        str(to).encode()
    except UnicodeEncodeError:
        raise InputError(
            f"--to must be a path in UTF-8, as TensorFlow writes a SavedModel to no other: name another folder. "
            f"Received: {str(to)!r}"
        ) from None
    if not os.path.lexists(to):
        return
    if not to.is_dir():
        raise InputError(f"--to must be a folder. Received a file: {str(to)!r}")
    try:
        empty = not os.listdir(to)
    except OSError as error:
        raise InputError(f"--to cannot be opened: {str(to)!r}: {error.strerror or error}") from None
    if empty:
        return
    if not overwrite:
        raise InputError(f"--to exists already: {str(to)!r}; name another folder, or replace it with --overwrite")
    if not (to / RECORD).is_file():
        raise InputError(
            f"--overwrite replaces only an earlier export, and {str(to)!r} holds no {RECORD}; name another folder"
        )
    if Path(os.path.realpath(run.path)).is_relative_to(os.path.realpath(to)):
        raise InputError(f"--overwrite would delete the run itself, {str(run.path)!r}, which lies in {str(to)!r}")


@contextlib.contextmanager
def _replacing(to: Path) -> Iterator[Path]:
    """Yield a new folder beside `to`, which replaces `to` at the end, or is deleted after an error.

    Raises:
        InputError: a folder cannot be made or replaced, or the disk is full.
    """
    folder = to.with_name(f".{to.name}.{os.getpid()}")
    try:
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise InputError(f"--to cannot be written: {str(to)!r}: {why(error, to)}") from None
        yield folder
        if to.exists():
            shutil.rmtree(to)
        folder.rename(to)
    except Exception as error:
        failed = disk_error(error, to)
        if failed is None:
            raise
        raise InputError(f"--to cannot be written: {str(to)!r}: {why(failed, to)}") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(given: argparse.Namespace, interrupts: Interrupts) -> int:
    interrupts.lost = lambda: "nothing was exported"
    record, sound = exported(given)
    print_answer(record, json=given.json)
    return int(not sound)


def exported(given: argparse.Namespace) -> tuple[dict[str, Any], bool]:
    """Write the artifact and compare it with predict.

    Args:
        given: the result of `arguments`.

    Returns:
        A description of what was written, and whether all its answers equal those of predict.

    Raises:
        InputError: the run, the photos or the folder cannot be used.
    """
    from pipeline.export.photos import choose_photos
    from pipeline.runs.trained_run import read_run

    run, to = read_run(given.run), Path(os.path.abspath(given.to))
    _check_folder(to, run, given.photos, given.overwrite)
    photos = choose_photos(run, given.photos)

    from pipeline.runtime.startup import import_tensorflow

    import_tensorflow()
    from pipeline.export.graph import check_layers
    from pipeline.inference.network import load_network

    network = load_network(run)
    check_layers(network.model)
    with _replacing(to) as folder:
        record, sound = _write_all(run, network, folder, photos)
    say(f"exported to {given.to}: a SavedModel, {KERAS}, {RECORD}, classes.json, README.txt")
    return {**_summary(record), "output": given.to}, sound


def _write_all(run: TrainedRun, network: Network, folder: Path, photos: Photos | None) -> tuple[dict[str, Any], bool]:
    """Write all files into `folder`.

    Returns:
        The content of export.json, and whether all answers equal those of predict.
    """
    from pipeline.export.compare import compare
    from pipeline.export.graph import save_keras, save_served
    from pipeline.export.readme import readme

    outputs = save_served(network, folder)
    save_keras(network, folder / KERAS)
    compared = None if photos is None else compare(network, photos.paths, folder, folder / KERAS)
    record = {**_description(run, outputs), "comparison": _comparison(photos, compared)}
    _print_comparison(photos, compared)
    write_classes(folder, run.class_names, run.label_mode)
    write_text(folder / RECORD, json_text(record, indent=2) + "\n")
    write_text(folder / "README.txt", readme(record))
    return record, all(one.sound for one in (compared or {}).values())


def _description(run: TrainedRun, outputs: dict[str, Any]) -> dict[str, Any]:
    import keras
    import tensorflow as tf

    import pipeline
    from pipeline.export.graph import INPUT

    image = run.image
    return {
        "class_names": list(run.class_names),
        "label_mode": run.label_mode,
        "saved_model": {
            "signature": "serving_default",
            "input": {INPUT: {"dtype": "string", "shape": [None], "content": "whole files: JPEG, PNG, lossy WebP"}},
            "outputs": outputs,
        },
        "keras": {
            "file": KERAS,
            "input": {"pixels": {"dtype": "uint8", "shape": [None, *image.image_size, image.channels]}},
            "outputs": {"dtype": "float32", "shape": [None, len(run.class_names)]},
        },
        "image": dataclasses.asdict(image),
        "run": str(run.path),
        "versions": {"pipeline": pipeline.__version__, "tensorflow": tf.__version__, "keras": keras.__version__},
    }


def _comparison(photos: Photos | None, compared: dict[str, Compared] | None) -> dict[str, Any] | None:
    from pipeline.export.compare import TOLERANCE

    if photos is None or compared is None:
        return None
    each = {name: {**dataclasses.asdict(one), "sound": one.sound} for name, one in compared.items()}
    return {"photos": photos.where, "asked": len(photos.paths), "tolerance": TOLERANCE, **each}


def _print_comparison(photos: Photos | None, compared: dict[str, Compared] | None) -> None:
    """Print the result of the comparison to stderr."""
    from pipeline.export.compare import TOLERANCE

    if photos is None or compared is None:
        say("nothing was compared: the run has no photos, or they are gone; --photos DIR compares on others")
        return
    say(f"compared with predict on {photos.where}")
    for name, one in compared.items():
        words = f"{one.photos} photos, largest difference {one.largest_difference:.2g} (allowed: {TOLERANCE:g})"
        say(f"{name}: {words}, {one.different_classes} different classes")
        for path, reason in one.refused:
            say(f"{name}: refused: {path}: {reason}")


def _summary(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record for the last line of output. It counts the refused photos, which export.json names."""
    found = record["comparison"]
    if found is None:
        return {"photos": 0, "largest_difference": None, "different_classes": None, "comparison": None}
    each = {name: {**found[name], "refused": len(found[name]["refused"])} for name in ("saved_model", "keras")}
    return {
        "photos": found["saved_model"]["photos"],
        "largest_difference": max(one["largest_difference"] for one in each.values()),
        "different_classes": sum(one["different_classes"] for one in each.values()),
        "comparison": {**found, **each},
    }


COMMAND = Command(
    name="export",
    summary="a trained model as files that run without this package",
    place=60,
    arguments=arguments,
    run=_run,
    interrupted="interrupted; nothing was exported",
)
main = COMMAND.main
