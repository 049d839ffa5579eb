"""Change calls of fit, evaluate and predict to the form that Keras 3 accepts."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from pipeline.migrate.arguments import UNKNOWN, constant, positional, renamed
from pipeline.migrate.imports import Changes
from pipeline.migrate.scopes import Scopes, dotted_text
from pipeline.migrate.source_file import Document
from pipeline.migrate.spans import Span, argument_spans, remove_arguments
from pipeline.migrate.streams import Stream, read_stream
from pipeline.migrate.text import Edit

__all__ = ["REMOVED", "rewrite_calls"]

REMOVED = {"fit_generator": "fit", "evaluate_generator": "evaluate", "predict_generator": "predict"}
_LEFT_OUT = ("max_queue_size", "workers", "use_multiprocessing")
_STEPS = ("steps_per_epoch", "validation_steps", "steps")
_COUNTS = {"samples_per_epoch": "steps_per_epoch", "nb_val_samples": "validation_steps", "val_samples": "steps"}
_KERAS_ARGUMENTS = {"steps_per_epoch", "epochs", "validation_data", "validation_steps", "steps", "callbacks", "verbose"}
_ARRAYS = (ast.Tuple, ast.List)


def rewrite_calls(document: Document, scopes: Scopes) -> Changes:
    """Return the edits for calls of removed methods, and for calls with data that Keras 3 refuses."""
    changes = Changes()
    own_functions = {node.name for node in scopes.scope_of if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    old = any(name.partition(".")[0] == "tf_keras" for name in _imported(scopes))
    for node in scopes.scope_of:
        if not isinstance(node, ast.Attribute) or node.attr in own_functions:
            continue
        parent = scopes.parents[node]
        if node.attr in REMOVED and old:
            changes.note(node, f"{node.attr} stays: tf_keras, which this file imports, is Keras 2 and still has it")
        elif isinstance(parent, ast.Call) and parent.func is node and node.attr in (*REMOVED, *REMOVED.values()):
            _Call(parent, node, document, scopes, changes).rewrite()
        elif node.attr in REMOVED and isinstance(node.ctx, ast.Load):
            text = f"{node.attr} is gone from Keras 3 and is not called here: write {REMOVED[node.attr]}"
            changes.note(node, f"{text} where its arguments are given, by name", unread=True)
    return changes


def _imported(scopes: Scopes) -> list[str]:
    bindings = [binding for scope in scopes.scopes for flow_name in scope.bindings.values() for binding in flow_name]
    return [binding.origin for binding in bindings if binding.origin is not None]


class _UnreadError(Exception):
    """The error for a call that cannot be changed; its message is the reason."""


@dataclass
class _Argument:
    """An argument of the call: its present name, and the text to insert before and after its value."""

    name: str
    node: ast.expr
    span: Span
    keyword: str | None
    before: str = ""
    after: str = ""
    is_kept: bool = True


@dataclass
class _Call:
    """A call of fit, evaluate or predict, with its arguments and the changes to them."""

    call: ast.Call
    function: ast.Attribute  # the method, such as `model.fit`
    document: Document
    scopes: Scopes
    changes: Changes  # receives the edits and one note
    arguments: list[_Argument] = field(default_factory=list)  # in the order of the text
    remarks: list[str] = field(default_factory=list)

    @property
    def old(self) -> str:
        """Return the method's name in the file."""
        return self.function.attr

    @property
    def new(self) -> str:
        """Return the method's name in Keras 3."""
        return REMOVED.get(self.old, self.old)

    def rewrite(self) -> None:
        """Change the call, or add a note that says why not and what to write."""
        try:
            self._read()
            self._resolve()
        except _UnreadError as refusal:
            if self.old in REMOVED:
                text = f"{self.old} is gone from Keras 3 and was not changed, because {refusal}"
                self.changes.note(self.call, f"{text}: write {self.new}{self._by_hand()}", unread=True)
            return
        edits = self._edits()
        self.changes.edits += edits
        head = f"{self.old} is gone from Keras 3: it becomes {self.new}, with every argument by its name"
        remarks = [head, *self.remarks] if self.old in REMOVED else self.remarks
        if remarks:
            self.changes.note(self.call, "; ".join(dict.fromkeys(remarks)))

    def _by_hand(self) -> str:
        """Describe how the user writes the call."""
        steps = "steps_per_epoch=" if self.new == "fit" else "steps="
        left_out = "max_queue_size, workers and use_multiprocessing"
        return f" with the generator as x=, its number of batches as {steps}, the rest by name, and without {left_out}"

    def _read(self) -> None:
        """Read the arguments in the order of the text."""
        names = positional(self.call, self.old, self.scopes)
        if names is None:
            raise _UnreadError("what its positional arguments mean could not be read")
        if any(keyword.arg is None for keyword in self.call.keywords):
            raise _UnreadError("** hides some of its arguments")
        spans = argument_spans(self.call, self.document.text)
        if spans is None or not self.document.text.segment(self.function).endswith(self.old):
            raise _UnreadError("of where it stands, such as in an f-string")
        nodes: list[ast.expr | ast.keyword] = [*self.call.args, *self.call.keywords]
        pairs = list(zip([*names, *(k.arg or "" for k in self.call.keywords)], nodes, strict=True))
        pairs.sort(key=lambda pair: (pair[1].lineno, pair[1].col_offset))
        for (name, node), span in zip(pairs, spans, strict=True):
            keyword = node.arg if isinstance(node, ast.keyword) else None
            value = node.value if isinstance(node, ast.keyword) else node
            self.arguments.append(_Argument(renamed(name, self.old), value, span, keyword))

    def _resolve(self) -> None:
        """Decide how each argument changes."""
        x = self._named("x")
        if x is None:
            raise _UnreadError("it is given no generator")
        stream = read_stream(x.node, self.scopes)
        if self.old not in REMOVED and stream.kind == "other":
            return  # Keras 3 accepts arrays and data sets
        if self.old not in REMOVED and stream.kind == "pieces" and not stream.parts and not self._is_keras_call():
            return
        if self.old in REMOVED:
            for argument in self.arguments:
                if argument.name in _LEFT_OUT:
                    argument.is_kept = False
                self._convert_count(argument, x)
            dropped = ", ".join(argument.name for argument in self.arguments if not argument.is_kept)
            self.remarks += [f"{dropped}: left out, the drop-in reads ahead by itself"] if dropped else []
        for argument in self.arguments:
            self._round_steps(argument)
        self._adapt(x, stream, self._named("steps_per_epoch") if self.new == "fit" else self._named("steps"))
        validation = self._named("validation_data")
        if validation is not None:
            self._adapt_validation(validation)

    def _named(self, name: str) -> _Argument | None:
        return next((argument for argument in self.arguments if argument.name == name and argument.is_kept), None)

    def _is_keras_call(self) -> bool:
        """Return whether the arguments show that this is a method of a Keras model."""
        return any(argument.name in _KERAS_ARGUMENTS for argument in self.arguments)

    def _convert_count(self, argument: _Argument, x: _Argument) -> None:
        """Change an argument in which Keras 1 counted images to a number of batches."""
        if argument.name not in _COUNTS:
            return
        data = self._named("validation_data") if argument.name == "nb_val_samples" else x
        if data is not None and isinstance(self.scopes.value(data.node), _ARRAYS):
            argument.is_kept = False  # Keras evaluates arrays as a whole
            return
        flow_name = None if data is None else dotted_text(data.node)
        if data is None or flow_name is None or read_stream(data.node, self.scopes).kind not in ("flow", "lists"):
            raise _UnreadError(f"{argument.name} counted images, and how many a batch holds could not be read")
        argument.before, argument.after = (
            ("", "") if isinstance(argument.node, (ast.Name, ast.Constant)) else ("(", ")")
        )
        argument.after += f" // {flow_name}.batch_size"
        argument.name = _COUNTS[argument.name]

    def _round_steps(self, argument: _Argument) -> None:
        """Round steps up, because Keras 3 refuses fractions; Keras 2 ran at least that many steps."""
        if argument.name not in _STEPS or argument.after:
            return
        rounding = _rounding(argument.node, self.scopes)
        if rounding:
            argument.before, argument.after = rounding
            self.remarks.append(f"{argument.name} is made a whole number, which Keras 3 asks for")

    def _adapt(self, x: _Argument, stream: Stream, steps: _Argument | None) -> None:
        """Change the data so that Keras 3 accepts them and runs as many steps as Keras 2."""
        trains = self.new == "fit"
        weights = self._named("class_weight")
        has_weights = weights is not None and constant(weights.node, self.scopes) is not None
        if has_weights and stream.kind in ("pieces", "generator"):
            self.remarks.append(
                "Keras 3 takes no class_weight with a generator: yield a weight for each image, (x, y, w)"
            )
        has_steps = steps is not None and constant(steps.node, self.scopes) is not None
        if stream.kind == "pieces":
            self._as_generator(x, stream)
            if not has_steps:
                self.remarks.append(f"a generator has no end: add {steps.name if steps else _steps_of(self.new)}=")
        elif stream.kind == "lists":
            x.after = ".as_dataset()" + (".repeat()" if trains and has_steps else "")
            self.remarks.append("Keras 3 takes no lists in a batch: as_dataset() makes tuples of them")
        elif trains and has_steps and steps is not None:
            self._repeat_data(x, stream, steps)

    def _repeat_data(self, x: _Argument, stream: Stream, steps: _Argument) -> None:
        """Keep the number of steps in each epoch.

        Keras 3 ends an epoch at the last image, and begins the next one with the images that are left.
        """
        shown = ast.unparse(x.node)
        if ast.unparse(steps.node) == f"len({shown})":
            return
        expression = shown if isinstance(x.node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call)) else f"({shown})"
        form = f"{expression}.as_dataset().repeat()"
        if self.old not in REMOVED:
            if stream.kind == "flow" and constant(steps.node, self.scopes) is UNKNOWN:  # samples // batch_size
                text = f"Keras 3 begins the next epoch with what is left of the images: leave {steps.name} out"
                self.remarks.append(f"{text}, or write {form}")
        elif stream.kind == "flow":
            x.after = ".as_dataset().repeat()"
            self.remarks.append(f"{form} gives every epoch its {steps.name}, where Keras 3 ends one with the images")
        elif stream.kind == "other":
            text = f"if {shown} is an iterator of ImageDataGenerator, write {form}"
            self.remarks.append(f"{text}: Keras 3 ends an epoch with the images, whatever {steps.name} is")

    def _adapt_validation(self, validation: _Argument) -> None:
        stream = read_stream(validation.node, self.scopes)
        if stream.kind == "lists":
            validation.after = ".as_dataset()"
            self.remarks.append("Keras 3 takes no lists in a batch: as_dataset() makes tuples of them")
        elif stream.kind == "pieces":
            self._as_generator(validation, stream)
            if stream.parts:
                sets = ", ".join(f"{name}.as_dataset()" for name in stream.parts)
                form = f"tf.data.Dataset.zip(({sets}))"
                self.remarks.append(f"validation_data={form} measures the same images each time, a generator goes on")
            if self._named("validation_steps") is None:
                self.remarks.append("a generator has no end: add validation_steps=")

    def _as_generator(self, argument: _Argument, stream: Stream) -> None:
        """Wrap an iterator such as `zip`, which Keras 3 refuses, in a generator expression."""
        argument.before, argument.after = "(batch for batch in ", ")"
        name = "zip" if stream.parts else "such an iterator"
        self.remarks.append(f"Keras 3 takes no {name}, but a generator: (batch for batch in ...)")

    def _edits(self) -> list[Edit]:
        """Return the edits of the method's name and of the arguments."""
        text, edits = self.document.text, []
        if self.old in REMOVED:
            end = text.end(self.function)
            edits.append(Edit(end - len(self.old), end, self.new))
        for place, argument in enumerate(self.arguments):
            if not argument.is_kept:
                continue
            if argument.keyword is None:
                name = f"{argument.name}=" if place and self.old in REMOVED else ""
                edits.append(Edit(argument.span.start, argument.span.start, name + argument.before))
            else:
                end = argument.span.start + len(argument.keyword)
                edits += [Edit(argument.span.start, end, argument.name)] if argument.name != argument.keyword else []
                edits.append(Edit(argument.span.value, argument.span.value, argument.before))
            edits.append(Edit(argument.span.end, argument.span.end, argument.after))
        dropped = {place for place, argument in enumerate(self.arguments) if not argument.is_kept}
        edits += remove_arguments([argument.span for argument in self.arguments], dropped, text) if dropped else []
        return [edit for edit in edits if edit.start != edit.end or edit.new]


def _steps_of(method: str) -> str:
    return "steps_per_epoch" if method == "fit" else "steps"


def _rounding(node: ast.expr, scopes: Scopes) -> tuple[str, str] | None:
    """Return the text to put before and after `node` to get a whole number; None if it is one already."""
    value = scopes.value(node)
    if isinstance(value, ast.Call):
        origins = scopes.origins(value.func)
        rounded = {f"numpy.{name}" for name in ("ceil", "floor", "round", "rint", "trunc")}
        return ("int(", ")") if origins and origins <= rounded else None
    number = constant(value, scopes)
    fraction = isinstance(number, float) if number is not UNKNOWN else _divides(value)
    return ("int(-(-(", ") // 1))") if fraction else None


def _divides(node: ast.expr) -> bool:
    """Return whether `node` is a float because it contains a division."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub, ast.Mult, ast.Div)):
        return isinstance(node.op, ast.Div) or _divides(node.left) or _divides(node.right)
    return False
