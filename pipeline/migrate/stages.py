"""Write code that changes a builder's batches: the generator's preprocessing_function, and images as labels."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from pipeline.migrate.arguments import source
from pipeline.migrate.flows import Flow
from pipeline.migrate.pairs import Pair
from pipeline.migrate.scopes import Scopes
from pipeline.migrate.source_file import Document

__all__ = ["Stages", "unused_name", "write_stages"]

_TAKES_BATCHES = re.compile(r"(?:\w+\.)*keras(?:\.\w+)*\.applications(?:\.\w+)*\.preprocess_input")
_IMAGE_BY_IMAGE = '''\
{function} = {source}


def {name}(images):
    """Apply preprocessing_function to each image's levels 0-255{then}, as Keras does."""

    def each(batch):
        return {np}.stack([{np}.asarray({function}({np}.array(image)), "float32") for image in batch])

    return {tf}.ensure_shape({tf}.numpy_function(each, [images], {tf}.float32), images.shape){factor}
'''
_BATCH_BY_BATCH = '''\
def {name}(images):
    """Apply preprocessing_function to levels 0-255{then}, as Keras does."""
    return {source}(images){factor}
'''
_FACTOR = '''\
def {name}(images):
    """Rescale the levels 0-255, which the other split's function needs as they are."""
    return images{factor}
'''


@dataclass(frozen=True)
class Stages:
    """Code that changes batches.

    Args:
        code: the statements.
        modules: the name of each module that the code imports.
        train: the expression of the training batches.
        validation: the expression of the validation batches.
    """

    code: list[str]
    modules: dict[str, str]
    train: str
    validation: str


def unused_name(name: str, used_names: set[str]) -> str:
    """Return `name`, with a number after it if it is taken, and add the result to `taken`."""
    number, wanted = 2, name
    while name in used_names:
        name, number = f"{wanted}_{number}", number + 1
    used_names.add(name)
    return name


def write_stages(pair: Pair, data: str, document: Document, scopes: Scopes, used_names: set[str]) -> Stages:
    """Write the stages of both flows of a pair; `data` is the name of its `ImageData`."""
    writer = _Writer(document, scopes, used_names, pair.needs_levels)
    train = writer.mapped(pair.train, f"{data}.train", "train")
    validation = f"{data}.validation"
    if pair.validation is not None:
        validation = writer.mapped(pair.validation, validation, "validation")
    return Stages(writer.code, writer.modules, train, validation)


class _Writer:
    """A writer of the code of one pair; a function that both splits use is written once."""

    def __init__(self, document: Document, scopes: Scopes, used_names: set[str], needs_levels: bool) -> None:
        self.document, self.scopes, self.used_names, self.needs_levels = document, scopes, used_names, needs_levels
        self.code: list[str] = []
        self.modules: dict[str, str] = {}
        self._known: dict[tuple[str, str], str] = {}

    def mapped(self, flow: Flow, batches: str, split: str) -> str:
        """Return the name of a data set with the values of the flow's generator, or `batches` if it has these."""
        prepare = self._prepare(flow) if self.needs_levels else ""
        if not prepare and not flow.images_are_labels:
            return batches
        images = f"{prepare}(images)" if prepare else "images"
        if flow.images_are_labels:
            function = f"lambda images: ({images}, {images})"
            if prepare:  # the function may draw random numbers, so it must be called once for both
                function = f"lambda images: ({images},) * 2"
        elif flow.options.get("label_mode") == "None" or (flow.method == "flow" and flow.labels is None):
            function = prepare
        else:
            function = f"lambda images, labels: ({images}, labels)"
        name = unused_name(split, self.used_names)
        self.code.append(f"{name} = {batches}.map({function})")
        return name

    def _prepare(self, flow: Flow) -> str:
        """Return the name of a function that applies the flow's function and factor to images; write it once."""
        node, rescale = flow.function, flow.options.get("rescale", "None")
        text = source(node, self.document.text) if node is not None else ""
        factor = "" if rescale == "None" else f" * ({rescale})"
        if (text, factor) in self._known or not (text or factor):
            return self._known.get((text, factor), "")
        name = unused_name("prepare", self.used_names)
        values = {"name": name, "factor": factor, "then": ", then rescale" if factor else ""}
        if node is None:
            self.code.append(_FACTOR.format(**values))
        elif self._takes_batches(node):
            self.code.append(_BATCH_BY_BATCH.format(source=text, **values))
        else:
            values |= {"np": self._module("numpy", "np"), "tf": self._module("tensorflow", "tf")}
            text = f"({text})" if "\n" in text or "\r" in text else text
            function = unused_name("preprocess", self.used_names)
            self.code.append(_IMAGE_BY_IMAGE.format(source=text, function=function, **values))
        self._known[source(node, self.document.text) if node is not None else "", factor] = name
        return name

    def _takes_batches(self, node: ast.expr) -> bool:
        """Return whether `node` is a `preprocess_input` of Keras, which also takes batches of tensors."""
        origins = self.scopes.origins(node)
        return bool(origins) and all(name is not None and _TAKES_BATCHES.fullmatch(name) for name in origins)

    def _module(self, module: str, usual: str) -> str:
        """Return the name of `module` in the code: the usual one, unless the file uses that for something else."""
        if module not in self.modules:
            bound = [binding for scope in self.scopes.scopes for binding in scope.bindings.get(usual, [])]
            is_module = all(binding.origin == module for binding in bound)
            self.modules[module] = usual if is_module else unused_name(usual, self.used_names)
        return self.modules[module]
