"""The command `python -m pipeline.prepare cache`, which fills the disk cache for training, or clears it."""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.cache import sets
from pipeline.config import DataConfig, TrainConfig
from pipeline.console.arguments import parse
from pipeline.console.command import Command
from pipeline.console.how_to import option
from pipeline.console.streams import JSON, print_answer, print_text
from pipeline.errors import InputError
from pipeline.files.output_folder import check_outside
from pipeline.files.shortage import why
from pipeline.runtime.interrupt import Interrupts
from pipeline.runtime.progress import say
from pipeline.sources.folders import DEFAULT_SPLIT, refuse_dataset, resolve_folders
from pipeline.text.plurals import counted

if TYPE_CHECKING:
    from pipeline.cache.disk import DiskCache
    from pipeline.reading.unreadable import Unreadable

__all__ = ["COMMAND", "cleared", "main", "prepared", "ready"]

PROG = "python -m pipeline.prepare"
DESCRIPTION = (
    "Decodes photos once and stores them on disk, where training with the same options and --loader.cache disk finds "
    "them. Takes the options of pipeline.train; --from DIR is another name for --data.train, --to FOLDER for "
    "--loader.cache_folder, --limit GIGABYTES for --loader.cache_limit. --clear deletes the stored photos instead. "
    "Photos that are stored already are checked, and decoded again only if they are damaged. Progress goes to stderr; "
    "the last line on stdout is one JSON object. Exit codes: 0 done; 1 some photos cannot be read (named on stderr), "
    "or the disk is full; 2 wrong use; 130 Ctrl-C and 143 SIGTERM, the photos decoded so far are kept."
)
USAGE = (
    f"usage: {PROG} cache --from DIR [--to FOLDER] [--limit GIGABYTES] [--config FILE] [--GROUP.FIELD VALUE ...]\n"
    f"       {PROG} cache --clear [--to FOLDER]\n\n"
    f"{PROG} cache --help lists every option.\n"
)
OTHER_NAMES = {"--from": "--data.train", "--to": "--loader.cache_folder", "--limit": "--loader.cache_limit"}
CLEAR = "--clear"
NAMED = 20


def _options(argv: Sequence[str]) -> list[str]:
    """Replace the short names of options by their names in the configuration."""
    parts = (argument.partition("=") for argument in argv)
    return [OTHER_NAMES.get(name, name) + separator + text for name, separator, text in parts]


def cleared(config: TrainConfig) -> dict[str, Any]:
    """Delete the caches in the cache folder.

    Returns:
        The folder, the number of deleted caches (`sets`), and their size in bytes.

    Raises:
        InputError: the configuration names a folder that does not exist.
    """
    folder = sets.cache_folder(config.loader.cache_folder)
    if config.loader.cache_folder is not None and not folder.is_dir():
        raise InputError(f"--to must name the folder that is cleared; there is none: {str(folder)!r}")
    count = len(sets.sets_in(folder))
    freed = sets.clear(folder)
    say(f"cleared {folder}: {counted(count, 'set')}, {freed / 1e6:,.0f} MB")
    return {"folder": str(folder), "sets": count, "bytes": freed}


def _folders(data: DataConfig) -> DataConfig:
    """Resolve the folders that training reads.

    All photos are decoded, whichever of them are for validation, so the default split is used if none is given.
    """
    refuse_dataset(data, "pipeline.prepare cache")
    if data.train is not None and data.validation is None and data.shares is None:
        data = dataclasses.replace(data, validation_split=DEFAULT_SPLIT)
    return resolve_folders(data)


def ready(config: TrainConfig) -> TrainConfig:
    """Resolve the folders of photos, and refuse a cache folder among them.

    Raises:
        InputError: a folder cannot be used.
    """
    config = dataclasses.replace(config, data=_folders(config.data))
    folder = sets.cache_folder(config.loader.cache_folder)
    check_outside("--to", folder, [config.data.train, config.data.validation])
    return config


def _fill(
    config: TrainConfig, cache: DiskCache, paths: tuple[str, ...], interrupts: Interrupts
) -> tuple[bool, list[Unreadable]]:
    """Decode the photos that the cache lacks.

    Returns:
        False if a signal came before the end; and the photos that cannot be read.

    Raises:
        InputError: the cache cannot be written.
    """
    from pipeline.cache.fill import fill_disk
    from pipeline.reading.reader import ImageReader
    from pipeline.sources.files import FileSource

    interrupts.lost = lambda: "what was decoded is kept"
    reader = ImageReader(FileSource(paths), config.image)
    # Signals are checked between batches, since an exception that a signal raises within TensorFlow may be lost.
    between = interrupts.check
    try:
        _, unreadable = fill_disk(cache, reader, check=True, title="Reading photos", required=True, between=between)
    except BaseException as error:
        if interrupts.received is not None:
            cache.tally.kept = int((cache.find(list(cache.asked))[0] >= 0).sum())
            return False, []
        if isinstance(error, OSError):
            raise InputError(f"disk cache {str(cache.set)!r} cannot be written: {why(error, cache.set)}") from None
        raise
    return True, unreadable


def prepared(config: TrainConfig, interrupts: Interrupts) -> tuple[int, dict[str, Any]]:
    """Import TensorFlow and fill the cache.

    Args:
        config: the result of `ready`.
        interrupts: signals that end the filling. The images decoded so far are kept.

    Returns:
        The exit code, and a record of what was done.

    Raises:
        InputError: the cache cannot be written.
    """
    from pipeline.runtime.startup import import_tensorflow

    import_tensorflow()
    from pipeline.builders.directory import scan
    from pipeline.cache.disk import disk_cache

    train, validation, _ = scan(config.data)
    paths = train.paths + (() if validation is None else validation.paths)
    cache = disk_cache(config.image, config.loader)
    say(f"disk cache: {counted(len(paths), 'photo')}, {len(paths) * cache.row_bytes / 1e6:,.0f} MB, in {cache.set}")
    begun = time.perf_counter()
    finished, unreadable = _fill(config, cache, paths, interrupts)
    interrupts.hold()  # from here on, the command only reports what was done
    seconds = time.perf_counter() - begun
    for one in unreadable[:NAMED]:
        say(f"{one.verdict}: {one.name}: {one.reason}")
    if len(unreadable) > NAMED:
        say(f"and {len(unreadable) - NAMED:,} more, see the JSON")
    tally = cache.tally
    record = {
        "finished": finished,
        "photos": len(paths),
        "kept_before": tally.found,
        "decoded": tally.decoded,
        "not_kept": len(paths) - tally.kept - len(unreadable),
        "unreadable": [{"path": one.name, "reason": one.reason} for one in unreadable],
        "bytes": cache.size(),
        "folder": str(cache.folder),
        "seconds": round(seconds, 2),
        "images_per_second": round(tally.decoded / seconds, 1),
    }
    if not finished:
        say(f"interrupted; {tally.kept:,} of {counted(len(paths), 'photo')} kept; the same command goes on from there")
        return interrupts.exit_code, record
    rate = f"; {record['images_per_second']:,.0f} photos/s" if tally.decoded else ""
    say(f"{tally}{rate}; {cache.size() / 1e6:,.0f} MB in {cache.set}")
    if config.loader.cache != "disk":
        say(f"training reads it with {option('loader.cache', 'disk')}")
    return int(bool(unreadable) or cache.warned), record


class _Given(NamedTuple):
    """The configuration, and whether `--clear` and `--json` are among the arguments."""

    config: TrainConfig
    clear: bool
    json: bool


def _arguments(argv: Sequence[str] | None) -> _Given:
    """Read the arguments; raise `SystemExit` after printing `--help`.

    Raises:
        InputError: wrong use, or a folder cannot be used.
    """
    what, *rest = (sys.argv[1:] if argv is None else argv) or [""]
    if what in ("-h", "--help"):
        print_text(USAGE)
        raise SystemExit(0)
    if what == "shards":
        raise InputError(f"{PROG} shards does not exist yet; {PROG} cache does")
    if what != "cache":
        raise InputError(f"what to prepare must be named: {PROG} cache --from DIR. Received: {what!r}")
    clear = CLEAR in rest
    options = _options([argument for argument in rest if argument != CLEAR])
    config = parse(TrainConfig, options, prog=f"{PROG} cache", description=DESCRIPTION)
    return _Given(config if clear else ready(config), clear, JSON in rest)


def _run(given: _Given, interrupts: Interrupts) -> int:
    """Fill the cache, or clear it; return the exit code."""
    code, record = (0, cleared(given.config)) if given.clear else prepared(given.config, interrupts)
    print_answer(record, json=given.json)
    return code


def _interrupt_message(given: _Given) -> str | None:
    return None if given.clear else "interrupted before a photo was read; what was there stays"


COMMAND = Command(
    name="prepare",
    summary="fill or clear the disk cache before training",
    place=70,
    arguments=_arguments,
    run=_run,
    interrupted=_interrupt_message,
)
main = COMMAND.main
