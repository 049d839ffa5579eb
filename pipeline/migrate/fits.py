"""Find the calls of `fit` and `fit_generator` on flows, and write them with this package's data sets."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.migrate.arguments import UNKNOWN, arguments, constant, source
from pipeline.migrate.flows import Flow
from pipeline.migrate.imports import Changes
from pipeline.migrate.scopes import Scopes
from pipeline.migrate.source_file import Document

__all__ = ["Fit", "find_fits", "find_flow", "write_fit"]

_STEPS = ("steps_per_epoch", "validation_steps", "samples_per_epoch", "nb_val_samples")
_NEEDLESS = ("workers", "use_multiprocessing", "max_queue_size", "batch_size", "shuffle", "validation_batch_size", "y")


@dataclass(frozen=True, eq=False)
class Fit:
    """A call of `fit` with its arguments by name, and the flows that it trains and validates on."""

    call: ast.Call
    keywords: dict[str, ast.expr]
    train: Flow
    validation: Flow | None

    @property
    def arrays(self) -> str:
        """Return the source of its `(x_val, y_val)`, or an empty string.

        It is empty unless the training data are arrays too, and are not rescaled.
        """
        node, train = self.keywords.get("validation_data"), self.train
        plain = (
            train.method == "flow" and train.labels and train.function is None and train.options["rescale"] == "None"
        )
        is_pair = isinstance(node, (ast.Tuple, ast.List)) and len(node.elts) == 2
        return ast.unparse(ast.Tuple(node.elts, ast.Load())) if plain and is_pair else ""  # type: ignore[union-attr]


def find_flow(node: ast.expr | None, flows: Sequence[Flow], scopes: Scopes) -> Flow | None:
    """Return the flow that `node` is or names; None if it is none of `flows`."""
    value = None if node is None else scopes.value(node)
    return next((flow for flow in flows if flow.call is value), None)


def find_fits(flows: Sequence[Flow], scopes: Scopes) -> tuple[list[Fit], Changes]:
    """Return the fits on any of `flows` in the order of the text, and notes on fits whose arguments are hidden."""
    fits, changes = [], Changes()
    for call in scopes.scope_of:
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        if call.func.attr not in ("fit", "fit_generator"):
            continue
        keywords = arguments(call, call.func.attr, scopes)
        train = find_flow(keywords.get("x") if keywords else next(iter(call.args), None), flows, scopes)
        if train is not None and keywords is None:
            changes.note(call, "arguments in * or ** could not be read: this fit is not shown", unread=True)
        elif train is not None and keywords is not None:
            validation = find_flow(keywords.get("validation_data"), flows, scopes)
            same_builder = validation is not None and validation.method == train.method  # one builder must read both
            fits.append(Fit(call, keywords, train, validation if same_builder else None))
    return sorted(fits, key=lambda fit: (fit.call.lineno, fit.call.col_offset)), changes


def write_fit(
    fit: Fit, train: str, validation: str, document: Document, scopes: Scopes, remarks: Changes
) -> tuple[str, list[str]]:
    """Write the call of `fit` on this package's data sets, and add notes on arguments that are left out.

    Args:
        fit: the call.
        train: the expression of the training batches.
        validation: the expression of the validation batches; empty if `validation_data` stays as it is.
        document: the document of the call.
        scopes: its scopes.
        remarks: receives the notes.

    Returns:
        The text before the parenthesis, and the arguments.
    """
    parts = [train]
    for name, node in fit.keywords.items():
        if name == "validation_data":
            parts.append(f"validation_data={validation or source(node, document.text)}")
        elif name in _STEPS:
            _note_steps(fit, name, node, document, scopes, remarks)
        elif name in _NEEDLESS:
            remarks.note(node, f"{name} of fit is left out: tf.data batches, shuffles and reads in parallel by itself")
        elif name != "x":
            parts.append(f"{name}={source(node, document.text)}")
    model = document.text.segment(fit.call.func.value) if isinstance(fit.call.func, ast.Attribute) else "model"
    return f"{_target(fit.call, document, scopes)}{model}.fit", parts


def _target(call: ast.Call, document: Document, scopes: Scopes) -> str:
    """Return the assignment before the call, such as `history = `; empty if its result is not assigned."""
    statement = scopes.parents[call]
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        return document.text.segment(statement.targets[0]) + " = "
    return ""


def _note_steps(fit: Fit, name: str, node: ast.expr, document: Document, scopes: Scopes, remarks: Changes) -> None:
    trains = name in ("steps_per_epoch", "samples_per_epoch")
    flow = fit.train if trains else fit.validation
    steps = constant(node, scopes)
    if steps is None or flow is None:
        return
    batch = constant(ast.parse(flow.options.get("batch_size", "32"), mode="eval").body, scopes)
    seen = "" if steps is UNKNOWN or batch is UNKNOWN or "samples" in name else _seen(steps, batch)
    shown = " ".join(source(node, document.text).split())
    text = f"{name}={shown} is left out: {'an epoch' if trains else 'a validation'} is all photos, once"
    remarks.note(node, text + seen)


def _seen(steps: object, batch: object) -> str:
    """Return a text with the former number of images, if both numbers are integers; otherwise an empty string."""
    if isinstance(steps, int) and isinstance(batch, int):
        return f"; there it was {steps} x {batch} = {steps * batch:,} photos"
    return ""
