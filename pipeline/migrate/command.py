"""The command `python -m pipeline.migrate`: read scripts and notebooks, and show their changes and equivalent code."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.console.command import Command
from pipeline.console.how_to import option
from pipeline.console.streams import Parser, print_text
from pipeline.migrate.changes import diff, find_changes
from pipeline.migrate.equivalent import write_equivalent
from pipeline.migrate.imports import Changes
from pipeline.migrate.replace_file import replace_file
from pipeline.migrate.scopes import Scopes
from pipeline.migrate.shadows import find_shadow
from pipeline.migrate.source_file import Document, read_document, read_file
from pipeline.migrate.text import Note
from pipeline.runtime.interrupt import Interrupts
from pipeline.runtime.progress import say

__all__ = ["COMMAND", "Migration", "arguments", "difference", "main", "migrated"]

DESCRIPTION = (
    "Reads scripts (.py) and notebooks (.ipynb) that use Keras' ImageDataGenerator or image_dataset_from_directory; "
    "nothing in them is run. stdout: first the changes of imports and calls, as a diff, then the same data with "
    "pipeline.from_directory or from_arrays, as code to copy by hand. stderr: what needs a look, by line. "
    "Exit codes: 0 done, also where nothing is to do; 1 done, but some lines could not be read; "
    "2 wrong use or bad input."
)
EPILOG = "Example: python -m pipeline.migrate train.py, and when the diff looks right, the same with --write."


@dataclass(frozen=True)
class Migration:
    """A file with its changes.

    Args:
        path: the file.
        document: its content.
        changes: the edits of imports and calls, and their notes.
        equivalent: the same data with `from_directory` or `from_arrays`, as code; empty if there is none.
        notes: all notes, sorted by line.
        rewritten: the file's bytes after the edits.
    """

    path: Path
    document: Document
    changes: Changes
    equivalent: str
    notes: tuple[Note, ...]
    rewritten: bytes

    @property
    def unread(self) -> int:
        """Return how many lines could not be read or changed."""
        return sum(note.unread for note in self.notes)


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command's arguments."""
    parser = Parser(prog="python -m pipeline.migrate", description=DESCRIPTION, epilog=EPILOG, allow_abbrev=False)
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path, help="a script (.py) or notebook (.ipynb)")
    parser.add_argument("--write", action="store_true", help="change the files (the first part only)")
    return parser.parse_args(argv)


def migrated(files: Sequence[Path], write: bool, show: Callable[[Migration], object]) -> list[Migration]:
    """Read all files; then show each one, change it if `write` is set, and report what was done.

    Args:
        files: scripts and notebooks.
        write: whether to change the files.
        show: a function that shows one file's changes.

    Raises:
        InputError: a file cannot be read or written. Files before it are completely written.
    """
    migrations = [_migration(path) for path in dict.fromkeys(files)]  # all are read before one is written
    for migration in migrations:
        show(migration)
        if write and migration.changes.edits:
            replace_file(migration.path, migration.rewritten)
        _report(migration, write)
    return migrations


def _migration(path: Path) -> Migration:
    document = read_document(str(path), read_file(path))
    scopes = Scopes(document.tree)
    changes = find_changes(document, scopes)
    equivalent, remarks = write_equivalent(document, scopes)
    notes = dict.fromkeys([*changes.notes, *remarks.notes])
    ordered = tuple(sorted(notes, key=lambda note: note.line))
    return Migration(path, document, changes, equivalent, ordered, document.rewritten(changes.edits))


def difference(migration: Migration) -> str:
    """Return the changes of imports and calls as a diff."""
    return diff(migration.document, migration.changes)


def _show(migration: Migration) -> None:
    """Print the diff and the equivalent code on stdout."""
    shown = difference(migration)
    if migration.equivalent:
        builder = "from_directory" if ".from_directory(" in migration.equivalent else "from_arrays"
        title = f"# {migration.document.name}: the same data with pipeline.{builder}, to copy by hand\n"
        shown += ("\n" if shown else "") + title + migration.equivalent
    print_text(shown)


def _report(migration: Migration, write: bool) -> None:
    """Print the notes, sorted by line, and what was done on stderr."""
    document, edits = migration.document, migration.changes.edits
    for note in migration.notes:
        say(f"{document.located(note.line)}: {' '.join(note.text.split())}")
    shadow = find_shadow(migration.path)
    if shadow is not None and (edits or migration.equivalent):
        say(f"{document.name}: import pipeline means your own {shadow} there, not this package: rename yours")
    if migration.unread:
        say(f"{document.name}: lines that could not be read or changed: {migration.unread}; look at them yourself")
    say(f"{document.name}: {_outcome(edits, write, migration)}")


def _outcome(edits: Sequence[object], write: bool, migration: Migration) -> str:
    if not edits:
        return "nothing that could be changed" if migration.unread else "nothing to change"
    if not write:
        return f"nothing was written; {option('write')} changes the file as shown"
    target = os.path.realpath(migration.path)
    link = f" (the file {target}, to which it links)" if migration.path.is_symlink() else ""
    return f"the file was changed as shown{link}"


def _run(given: argparse.Namespace, _: Interrupts) -> int:
    """Migrate the files; return 1 if one of them could not be read in full."""
    migrations = migrated(given.files, given.write, _show)
    return int(any(migration.unread for migration in migrations))


COMMAND = Command(
    name="migrate",
    summary="move a script or notebook away from Keras' ImageDataGenerator",
    place=90,
    arguments=arguments,
    run=_run,
)
main = COMMAND.main
