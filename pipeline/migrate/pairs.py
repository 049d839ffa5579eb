"""Pair each training flow with its validation flow, by the arguments of `fit`, by `subset`, or by their names."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence

from pipeline.migrate.arguments import same_source
from pipeline.migrate.fits import Fit
from pipeline.migrate.flows import Flow

__all__ = ["Pair", "pair_flows"]

_VALIDATION = re.compile(r"val|dev", re.IGNORECASE)
_TEST = re.compile(r"test|eval|pred", re.IGNORECASE)
_TRAINING = re.compile(r"train", re.IGNORECASE)


@dataclasses.dataclass(eq=False)
class Pair:
    """A training flow, its validation flow if there is one, and the fits on them."""

    train: Flow
    validation: Flow | None = None
    fits: list[Fit] = dataclasses.field(default_factory=list)

    @property
    def is_split(self) -> bool:
        """Return whether both flows are parts of the same data."""
        others = self.validation is None or (
            self.validation.subset == "validation" and same_source(self.validation.directory, self.train.directory)
        )
        return self.train.split is not None and self.train.subset is not None and others

    @property
    def needs_levels(self) -> bool:
        """Return whether the builder must not rescale, because a function is applied before `rescale`."""
        return any(flow is not None and flow.function is not None for flow in (self.train, self.validation))

    @property
    def validation_arrays(self) -> str:
        """Return `(x_val, y_val)` if every fit validates on the same arrays; otherwise an empty string."""
        arrays = {fit.arrays for fit in self.fits}
        return arrays.pop() if self.validation is None and len(arrays) == 1 else ""


def pair_flows(flows: Sequence[Flow], fits: Sequence[Fit]) -> list[Pair]:
    """Pair flows, in the order of the text; a flow without a partner is the training flow of its own pair."""
    pairs: list[Pair] = []
    for fit in fits:
        existing = [pair for pair in pairs if (pair.train, pair.validation) == (fit.train, fit.validation)]
        pair = existing[0] if existing else Pair(fit.train, fit.validation)
        pair.fits.append(fit)
        pairs += [] if existing else [pair]
    unpaired = [flow for flow in flows if all(flow not in (pair.train, pair.validation) for pair in pairs)]
    for pair in [*pairs, *_training_pairs(unpaired)]:
        if pair not in pairs:
            if pair.train not in unpaired:
                continue  # it already validates another flow
            unpaired.remove(pair.train)
            pairs.append(pair)
        if pair.validation is None and (partner := _partner(pair.train, unpaired)) is not None:
            pair.validation = partner
            unpaired.remove(partner)
    pairs += [Pair(flow) for flow in unpaired]
    return sorted(pairs, key=lambda pair: pair.train.call.lineno)


def _training_pairs(unpaired: Iterable[Flow]) -> list[Pair]:
    """Return a pair for each flow that is for training by its subset or name."""
    named = [flow for flow in unpaired if flow.subset == "training" or _TRAINING.search(flow.name)]
    return [Pair(flow) for flow in named if flow.subset != "validation"]


def _partner(train: Flow, unpaired: Iterable[Flow]) -> Flow | None:
    """Return the flow that validates `train`: the other part of its data, or one with such a name; else None."""
    others = [flow for flow in unpaired if flow is not train and flow.method == train.method]
    if train.subset == "training":
        for flow in others:
            if flow.subset == "validation" and same_source(flow.directory, train.directory):
                return flow
    named = [flow for flow in others if _VALIDATION.search(flow.name) and not _TRAINING.search(flow.name)]
    return next(iter(named or [flow for flow in others if _TEST.search(flow.name)]), None)
