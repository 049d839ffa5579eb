"""Pair each training flow with its validation flow, by the arguments of `fit`, by `subset`, or by their names."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence

from pipeline.migrate.arguments import same_source
from pipeline.migrate.feeds import Feed
from pipeline.migrate.fits import Fit

__all__ = ["Pair", "pair_feeds"]

_VALIDATION = re.compile(r"val|dev", re.IGNORECASE)
_TEST = re.compile(r"test|eval|pred", re.IGNORECASE)
_TRAINING = re.compile(r"train", re.IGNORECASE)


@dataclasses.dataclass(eq=False)
class Pair:
    """A training flow, its validation flow if there is one, and the fits on them."""

    train: Feed
    validation: Feed | None = None
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
        return any(feed is not None and feed.function is not None for feed in (self.train, self.validation))

    @property
    def validation_arrays(self) -> str:
        """Return `(x_val, y_val)` if every fit validates on the same arrays; otherwise an empty string."""
        arrays = {fit.arrays for fit in self.fits}
        return arrays.pop() if self.validation is None and len(arrays) == 1 else ""


def pair_feeds(feeds: Sequence[Feed], fits: Sequence[Fit]) -> list[Pair]:
    """Pair flows, in the order of the text; a flow without a partner is the training flow of its own pair."""
    pairs: list[Pair] = []
    for fit in fits:
        known = [pair for pair in pairs if (pair.train, pair.validation) == (fit.train, fit.validation)]
        pair = known[0] if known else Pair(fit.train, fit.validation)
        pair.fits.append(fit)
        pairs += [] if known else [pair]
    free = [feed for feed in feeds if all(feed not in (pair.train, pair.validation) for pair in pairs)]
    for pair in [*pairs, *_alone(free)]:
        if pair not in pairs:
            if pair.train not in free:
                continue  # it already validates another flow
            free.remove(pair.train)
            pairs.append(pair)
        if pair.validation is None and (partner := _partner(pair.train, free)) is not None:
            pair.validation = partner
            free.remove(partner)
    pairs += [Pair(feed) for feed in free]
    return sorted(pairs, key=lambda pair: pair.train.call.lineno)


def _alone(free: Iterable[Feed]) -> list[Pair]:
    """Return a pair for each flow that is for training by its subset or name."""
    named = [feed for feed in free if feed.subset == "training" or _TRAINING.search(feed.name)]
    return [Pair(feed) for feed in named if feed.subset != "validation"]


def _partner(train: Feed, free: Iterable[Feed]) -> Feed | None:
    """Return the flow that validates `train`: the other part of its data, or one with such a name; else None."""
    others = [feed for feed in free if feed is not train and feed.method == train.method]
    if train.subset == "training":
        for feed in others:
            if feed.subset == "validation" and same_source(feed.directory, train.directory):
                return feed
    named = [feed for feed in others if _VALIDATION.search(feed.name) and not _TRAINING.search(feed.name)]
    return next(iter(named or [feed for feed in others if _TEST.search(feed.name)]), None)
