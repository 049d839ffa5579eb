"""What else is done with a feed, such as `generator.class_indices`, and how that is said of `ImageData`."""

from __future__ import annotations

import ast

from pipeline.migrate.feeds import Feed
from pipeline.migrate.fits import held_feed
from pipeline.migrate.imports import Changes
from pipeline.migrate.pairs import Pair
from pipeline.migrate.scopes import Scopes
from pipeline.migrate.source_file import Document

__all__ = ["tell_uses"]

_METHODS = {
    "evaluate": "evaluate",
    "predict": "predict",
    "evaluate_generator": "evaluate",
    "predict_generator": "predict",
}


def tell_uses(pair: Pair, name: str, document: Document, scopes: Scopes) -> Changes:
    """A note for each attribute of the pair's feeds, and for each `evaluate`, `predict` and `next` on them."""
    told = Changes()
    feeds = [(pair.train, "train")] + ([(pair.validation, "validation")] if pair.validation else [])
    for feed, split in feeds:
        for node in scopes.scope_of:
            if isinstance(node, ast.Attribute) and held_feed(node.value, [feed], scopes):
                _tell_attribute(node, feed, f"{name}.{split}_examples", name, told)
            elif isinstance(node, ast.Call) and node.args and held_feed(node.args[0], [feed], scopes):
                _tell_call(node, f"{name}.{split}", document, told)
    return told


def _tell_attribute(node: ast.Attribute, feed: Feed, examples: str, name: str, told: Changes) -> None:
    ours = {
        "class_indices": f"{{c: k for k, c in enumerate({name}.class_names)}}",
        "num_classes": f"len({name}.class_names)",
        "samples": f"len({examples})",
        "n": f"len({examples})",
        "classes": f"{examples}.labels",
        "labels": f"{examples}.labels",
        "filenames": f"{examples}.paths",
        "filepaths": f"{examples}.paths",
        "image_shape": f"(*{name}.image.image_size, {name}.image.channels)",
        "batch_size": f"{name}.loader.batch_size",
    }
    if node.attr in ours:
        told.tell(node, f"{ast.unparse(node)} becomes {ours[node.attr]}")
    elif node.attr in ("reset", "on_epoch_end"):
        told.tell(node, f"{ast.unparse(node)}() is not needed: each pass over the data begins anew")
    elif node.attr == "next":
        told.tell(node, f"{ast.unparse(node)}() becomes next(iter({examples.removesuffix('_examples')}))")


def _tell_call(node: ast.Call, data: str, document: Document, told: Changes) -> None:
    if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
        model = document.text.segment(node.func.value)
        told.tell(node, f"{model}.{node.func.attr} becomes {model}.{_METHODS[node.func.attr]}({data})")
    elif isinstance(node.func, ast.Name) and node.func.id == "next":
        told.tell(node, f"next(...) becomes next(iter({data}))")
    elif isinstance(node.func, ast.Name) and node.func.id == "len":
        told.tell(node, f"len(...) stays: len({data}) is the number of batches")
