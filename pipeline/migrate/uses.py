"""Note how other uses of a flow, such as `generator.class_indices`, are written with `ImageData`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.migrate.arguments import UNKNOWN, arguments, constant, source
from pipeline.migrate.fits import find_flow
from pipeline.migrate.flows import Flow
from pipeline.migrate.imports import Changes
from pipeline.migrate.pairs import Pair
from pipeline.migrate.scopes import Scopes
from pipeline.migrate.source_file import Document

__all__ = ["note_uses"]

_METHODS = ("evaluate", "predict", "evaluate_generator", "predict_generator")
_NEEDLESS = ("x", "steps", "val_samples", "batch_size", "workers", "use_multiprocessing", "max_queue_size")
_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def note_uses(pair: Pair, name: str, train: str, validation: str, document: Document, scopes: Scopes) -> Changes:
    """Add a note for each attribute and item of the pair's flows, and for each call and loop on them.

    Args:
        pair: the flows.
        name: the name of the pair's `ImageData`.
        train: the expression of its training batches.
        validation: the expression of its validation batches.
        document: the document.
        scopes: its scopes.
    """
    remarks = Changes()
    flows = [(pair.train, "train", train)]
    flows += [(pair.validation, "validation", validation)] if pair.validation else []
    for flow, split, batches in flows:
        uses = _Uses(flow, name, f"{name}.{split}_examples", batches, document, scopes, remarks)
        uses.note()
    return remarks


@dataclass
class _Uses:
    """The uses of one flow in a document."""

    flow: Flow
    name: str
    examples: str
    batches: str
    document: Document
    scopes: Scopes
    remarks: Changes

    def note(self) -> None:
        """Add a note for each use; those on `next` come last, because they depend on how often it is used."""
        nexts: list[ast.expr] = []
        for node in self.scopes.scope_of:
            if isinstance(node, ast.Attribute) and self._is_flow(node.value):
                nexts += [node] if node.attr in ("next", "__next__") else []
                self._attribute(node)
            elif isinstance(node, ast.Subscript) and self._is_flow(node.value):
                self._item(node)
            elif isinstance(node, ast.Call):
                nexts += [node] if self._is_next(node) else []
                self._call(node)
            elif isinstance(node, (ast.For, ast.comprehension)) and self._is_flow(_iterated(node.iter)):
                text = f"a loop over {self.flow.name} never ended; over {self.batches} it ends after one epoch"
                self.remarks.note(_iterated(node.iter), f"{text}, over {self.batches}.repeat() it goes on")
        for use in nexts:
            self._next(use, repeated=len(nexts) > 1 or self._is_in_a_loop(use))

    def _is_flow(self, node: ast.expr | None) -> bool:
        return find_flow(node, [self.flow], self.scopes) is not None

    def _is_next(self, node: ast.Call) -> bool:
        is_next = isinstance(node.func, ast.Name) and node.func.id == "next"
        return is_next and bool(node.args) and self._is_flow(node.args[0])

    def _is_in_a_loop(self, node: ast.AST) -> bool:
        return any(isinstance(outer, _LOOPS) for outer in self._around(node))

    def _around(self, node: ast.AST) -> Iterator[ast.AST]:
        while node is not self.scopes.module.node:
            node = self.scopes.parents[node]
            yield node

    def _attribute(self, node: ast.Attribute) -> None:
        equivalents = {
            "class_indices": f"{{c: k for k, c in enumerate({self.name}.class_names)}}",
            "num_classes": f"len({self.name}.class_names)",
            "samples": f"len({self.examples})",
            "n": f"len({self.examples})",
            "classes": f"{self.examples}.labels",
            "labels": f"{self.examples}.labels",
            "filenames": f"{self.examples}.paths",
            "filepaths": f"{self.examples}.paths",
            "image_shape": f"(*{self.name}.image.image_size, {self.name}.image.channels)",
            "batch_size": f"{self.name}.loader.batch_size",
        }
        if node.attr in equivalents:
            self.remarks.note(node, f"{ast.unparse(node)} becomes {equivalents[node.attr]}")
        elif node.attr == "index_array":
            loop = f"for images, labels in {self.batches}"
            self.remarks.note(
                node, f"{ast.unparse(node)} has no equivalent: a batch's labels come with it, as in {loop}"
            )
        elif node.attr in ("reset", "on_epoch_end"):
            self.remarks.note(node, f"{ast.unparse(node)}() is not needed: each pass over the data begins anew")

    def _item(self, node: ast.Subscript) -> None:
        """Add a note for a batch `flow[3]`, or for `flow[0][0][0]`, the first image of the first batch."""
        expression: ast.expr = node
        rest = ""
        while isinstance(parent := self.scopes.parents[expression], ast.Subscript) and parent.value is expression:
            expression = parent
            rest += f"[{ast.unparse(parent.slice)}]"
        place = constant(node.slice, self.scopes)
        if place is UNKNOWN:
            loop = f"for number, batch in enumerate({self.batches})"
            self.remarks.note(
                expression, f"{ast.unparse(expression)} becomes batch{rest} in a loop, {loop}: a batch holds tensors"
            )
            return
        skipped = "" if place == 0 else f".skip({ast.unparse(node.slice)})"
        if isinstance(place, int) and place < 0:
            skipped = f".skip(len({self.batches}) - {-place})"
        text = f"{ast.unparse(expression)} becomes next(iter({self.batches}{skipped})){rest}"
        remark = f"{text}: tensors, of which .numpy() makes arrays; each iter(...) begins a new epoch"
        self.remarks.note(expression, remark)

    def _next(self, use: ast.expr, *, repeated: bool) -> None:
        shown = f"{ast.unparse(use)}()" if isinstance(use, ast.Attribute) else "next(...)"
        if not repeated:
            self.remarks.note(use, f"{shown} becomes next(iter({self.batches}))")
            return
        first = f"batches = iter({self.batches}.repeat())"
        self.remarks.note(use, f"{shown} becomes next(batches), with {first} before: each iter(...) begins a new epoch")

    def _call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
            keywords = arguments(node, node.func.attr, self.scopes)
            if self._is_flow(keywords.get("x") if keywords else next(iter(node.args), None)):
                self._measure(node, node.func, keywords or {})
        elif isinstance(node.func, ast.Name) and node.func.id == "len" and node.args and self._is_flow(node.args[0]):
            self.remarks.note(node, f"len(...) stays: len({self.batches}) is the number of batches")

    def _measure(self, node: ast.Call, function: ast.Attribute, keywords: dict[str, ast.expr]) -> None:
        """Add a note for `evaluate` or `predict`; `steps` stays if both read the files in order."""
        model = self.document.text.segment(function.value)
        parts = [self.batches]
        parts += [
            f"{name}={source(value, self.document.text)}" for name, value in keywords.items() if name not in _NEEDLESS
        ]
        left_out = ""
        if "steps" in keywords and constant(keywords["steps"], self.scopes) is not None:
            shown = " ".join(source(keywords["steps"], self.document.text).split())
            number = constant(keywords["steps"], self.scopes)
            if number is not UNKNOWN and self.flow.options.get("shuffle") == "False":
                parts.append(f"steps={shown}")
            else:
                left_out = f"; steps={shown} is left out: all images, once"
                left_out += "" if number is UNKNOWN else f", where {self.flow.name} drew {shown} batches of them"
                if self.batches.endswith("validation"):
                    left_out += f" ({self.batches} keeps the order of the files: its first batches may hold one class)"
        method = function.attr.removesuffix("_generator")
        self.remarks.note(node, f"{model}.{function.attr} becomes {model}.{method}({', '.join(parts)}){left_out}")


def _iterated(node: ast.expr) -> ast.expr:
    """Return the expression that a loop iterates over; inside `enumerate`, its first argument."""
    is_counted = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "enumerate"
    return node.args[0] if is_counted and isinstance(node, ast.Call) and node.args else node
