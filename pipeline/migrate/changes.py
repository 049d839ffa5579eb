"""Collect all changes of a document: its edits in order, and each note once."""

from __future__ import annotations

import difflib

from pipeline.migrate.batches import find_lists
from pipeline.migrate.calls import rewrite_calls
from pipeline.migrate.chains import rewrite_chains
from pipeline.migrate.imports import Changes, rewrite_imports
from pipeline.migrate.scopes import Scopes
from pipeline.migrate.source_file import Document
from pipeline.migrate.text import split_lines
from pipeline.migrate.unread import find_unread

__all__ = ["diff", "find_changes"]


def find_changes(document: Document, scopes: Scopes) -> Changes:
    """Return the edits that make `document` use `pipeline`, and the notes about them, sorted by line."""
    all_changes = [
        rewrite_imports(document, scopes),
        rewrite_chains(document, scopes),
        rewrite_calls(document, scopes),
        find_lists(document.text, scopes),
        find_unread(scopes),
    ]
    edits = sorted((edit for changes in all_changes for edit in changes.edits), key=lambda edit: (edit.start, edit.end))
    notes = dict.fromkeys([*document.notes, *(note for changes in all_changes for note in changes.notes)])
    return Changes(edits, sorted(notes, key=lambda note: note.line))


def diff(document: Document, changes: Changes) -> str:
    """Return a unified diff; for a notebook, one diff of the code in each changed cell."""
    pieces = []
    for part, after in document.changed(changes.edits):
        name = f"{document.name} ({part.name})" if part.name else document.name
        for line in difflib.unified_diff(split_lines(part.source), split_lines(after), name, name):
            pieces.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(pieces)
