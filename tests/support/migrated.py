"""Helpers for tests of `pipeline.migrate`: a script from its text, and what becomes of it."""

from __future__ import annotations

import ast
import json
import textwrap

from pipeline.migrate.changes import find_changes
from pipeline.migrate.equivalent import write_equivalent
from pipeline.migrate.imports import Changes
from pipeline.migrate.scopes import Scopes
from pipeline.migrate.source_file import Document, read_document

CATS = """\
from tensorflow.keras.preprocessing.image import ImageDataGenerator

train_datagen = ImageDataGenerator(rescale=1./255, rotation_range=40, width_shift_range=0.2, height_shift_range=0.2,
                                   shear_range=0.2, zoom_range=0.2, horizontal_flip=True)
test_datagen = ImageDataGenerator(rescale=1./255)
train_generator = train_datagen.flow_from_directory(train_dir, target_size=(150, 150), batch_size=32,
                                                    class_mode='binary')
validation_generator = test_datagen.flow_from_directory(validation_dir, target_size=(150,150), batch_size=32,
                                                        class_mode='binary')
history = model.fit(train_generator, steps_per_epoch=100, epochs=30, validation_data=validation_generator,
                    validation_steps=50)
"""


def script(source: str) -> Document:
    return read_document("train.py", source.encode())


def scopes_of(source: str) -> Scopes:
    return Scopes(ast.parse(source))


def changes_of(source: str) -> Changes:
    document = script(source)
    return find_changes(document, Scopes(document.tree))


def migrated(source: str) -> str:
    """The script after its imports changed; again, nothing more changes."""
    after = script(source).rewritten(changes_of(source).edits).decode()
    ast.parse(after)
    assert changes_of(after).edits == []
    return after


def notes_of(source: str, *, unread: bool | None = None) -> list[tuple[int, str]]:
    notes = changes_of(source).notes
    return [(note.line, note.text) for note in notes if unread is None or note.unread is unread]


def equivalent(source: str) -> str:
    """The equivalent code of a script; it is Python."""
    document = script(textwrap.dedent(source))
    code, _ = write_equivalent(document, Scopes(document.tree))
    ast.parse(code)
    return code


def notebook(*cells: str | list[str], indent: int | None = 1, ensure_ascii: bool = False) -> str:
    """A notebook's JSON with a markdown cell and these code cells; text is split into lines, a list is taken as is."""
    sources = [cell if isinstance(cell, list) else cell.splitlines(keepends=True) for cell in cells]
    markdown = {"cell_type": "markdown", "metadata": {}, "source": ["# 고양이 tf.keras\n"]}
    outputs = [{"name": "stdout", "output_type": "stream", "text": ["import keras.preprocessing.image\n"]}]
    code = [
        {"cell_type": "code", "execution_count": 7, "metadata": {"id": "é"}, "outputs": outputs, "source": source}
        for source in sources
    ]
    whole = {"cells": [markdown, *code], "metadata": {"kernelspec": {"language": "python"}}, "nbformat": 4}
    return json.dumps(whole, indent=indent, ensure_ascii=ensure_ascii) + "\n"
