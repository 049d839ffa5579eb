"""Compute shares, the bottleneck and the effect of changes from seconds an image. It does not import TensorFlow.

Input and model run at the same time if they can. Let I and M be the seconds of each alone and T those of both together:

    T = max(I, M) + overlap * min(I, M) + rest

An `overlap` of 1 means that both use the same cores, so their times add up. An `overlap` of 0 means that the faster one
runs while the slower one works, as with a GPU. `rest` is the time by which T exceeds I + M. The effect of a change of
the input is predicted by putting its I into the same formula.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

__all__ = [
    "MODEL",
    "OVERHEAD",
    "Change",
    "Stage",
    "Together",
    "best",
    "bottleneck",
    "increments",
    "percent",
    "sentence",
    "shares",
]

NOTHING = 1.05  # nobody would notice a smaller gain
SIDE_BY_SIDE = 0.9  # an overlap below this is too small to be noise around 1
MODEL = "model step"
OVERHEAD = "overhead"
CHANGES_OF_MODEL = "a smaller image.size, fewer model.filters or a faster device"
CHANGES_OF_STAGE = {
    "batch": "fewer, larger batches (loader.batch_size) and a smaller image.size",
    "augment": "fewer ranges under augment or a smaller image.size",
    "copy": "a smaller image.size",
    "cache": "a smaller image.size",
}


def increments(cumulative: Sequence[float]) -> list[float]:
    """Return the time that each step adds to the steps before it, at least 0.

    A step cannot take longer than the same step followed by another. If noise makes it look so, it gets the time of the
    longer sequence. The results therefore sum to the last measurement.

    Args:
        cumulative: the measured time of the first step, of the first two steps, and so on.
    """
    level = list(cumulative)
    for place in reversed(range(len(level) - 1)):
        level[place] = min(level[place], level[place + 1])
    return [after - before for before, after in zip([0.0, *level], level, strict=False)]


@dataclasses.dataclass(frozen=True)
class Stage:
    """A stage of a training step.

    Args:
        name: the stage's name, such as "decode".
        seconds: the seconds an image that it adds to the stages before it.
    """

    name: str
    seconds: float


@dataclasses.dataclass(frozen=True)
class Together:
    """Seconds an image of the input alone, of the model's step alone (0 without a model), and of both together."""

    input: float
    model: float
    both: float

    @property
    def overlap(self) -> float:
        """The share (0 to 1) of the shorter time that is added to the longer one."""
        less, more = sorted((self.input, self.model))
        return min(max((self.both - more) / less, 0.0), 1.0) if less > 0 else 0.0

    @property
    def of(self) -> str:
        """The words after a share: "of the time", or "of the work" if input and model run at the same time."""
        return "of the time" if not self.model or self.overlap > SIDE_BY_SIDE else "of the work"

    @property
    def rest(self) -> float:
        """Seconds an image by which both together exceed the sum of input and model."""
        return max(self.both - self.input - self.model, 0.0)

    def predict(self, seconds: float) -> float:
        """Return the seconds an image of both together, with an input that takes `seconds` an image."""
        less, more = sorted((seconds, self.model))
        return more + self.overlap * less + self.rest

    def gain(self, seconds: float) -> float:
        """Return how many times as fast training would be with an input that takes `seconds` an image."""
        return self.predict(self.input) / max(self.predict(seconds), 1e-12)

    @property
    def most(self) -> float:
        """The gain from an input that takes no time."""
        return self.gain(0.0)


@dataclasses.dataclass(frozen=True)
class Change:
    """An option that could be set, and its effect on the input.

    Args:
        option: the option as it is typed, such as "--loader.cache memory".
        seconds: seconds an image of the input with this option.
        needs: the memory or disk space that it needs, in words, or "".
        possible: whether this machine has that space.
        at_most: whether the gain computed from `seconds` is an upper bound instead of a measurement.
    """

    option: str
    seconds: float
    needs: str = ""
    possible: bool = True
    at_most: bool = False


def shares(stages: Sequence[Stage], together: Together) -> list[tuple[Stage, float]]:
    """Return the stages, the model's step and the overhead with their shares of all work, which sum to 1."""
    every = [*stages]
    if together.model:
        every += [Stage(MODEL, together.model)]
    if together.rest:
        every += [Stage(OVERHEAD, together.rest)]
    total = sum(stage.seconds for stage in every)
    return [(stage, stage.seconds / total if total else 1 / len(every)) for stage in every]


def bottleneck(stages: Sequence[Stage], together: Together) -> str:
    """Return the name of the bottleneck: the model's step if it takes longer than the input, else the longest stage."""
    if together.model and together.model >= together.input:
        return MODEL
    return _largest(stages).name


def best(changes: Sequence[Change], together: Together) -> Change | None:
    """Return the possible change with the largest gain, or `None` if no gain is worth mentioning."""
    worthwhile = [change for change in changes if change.possible and together.gain(change.seconds) >= NOTHING]
    return max(worthwhile, key=lambda change: together.gain(change.seconds), default=None)


def sentence(stages: Sequence[Stage], together: Together, changes: Sequence[Change]) -> str:
    """Return one sentence that names the bottleneck and the change to make, with figures."""
    name = bottleneck(stages, together)
    part = {stage.name: percent(share) for stage, share in shares(stages, together)}
    change = best(changes, together)
    if name != MODEL:
        promise = _no_option(name, changes) if change is None else _promise(change, together)
        return f"{name} is {part[name]} {together.of}: {promise}"
    begin = f"the model's step is {part[MODEL]} {together.of}"
    if change is not None:
        second = _largest(stages).name
        return f"{begin}, {second} {part[second]}: {_promise(change, together)}"
    if together.most < NOTHING:
        return f"{begin}: a faster input changes nothing; what would help is {CHANGES_OF_MODEL}"
    most = f"the fastest input there can be would make training {together.most:.2f} times as fast"
    return f"{begin}: {most}; what would give more is {CHANGES_OF_MODEL}"


def percent(share: float) -> str:
    """Return a share as a percentage: "71 %" for 0.714."""
    return f"{share * 100:.0f} %"


def _largest(stages: Sequence[Stage]) -> Stage:
    return max(stages, key=lambda stage: stage.seconds)


def _promise(change: Change, together: Together) -> str:
    now, then = 1 / together.predict(together.input), 1 / together.predict(change.seconds)
    word = "at most" if change.at_most else "about"
    needs = f"{change.needs} and " if change.needs else ""
    times = f"{together.gain(change.seconds):.1f} times"
    return f"{change.option} {needs}would give {word} {then:,.0f} images/s instead of {now:,.0f} ({times})"


def _no_option(name: str, changes: Sequence[Change]) -> str:
    """Return the second half of the sentence if no option gains much."""
    parts = ["no option gains much"]
    if name in CHANGES_OF_STAGE:
        parts += [f"what would help: {CHANGES_OF_STAGE[name]}"]
    parts += [f"{change.option} {change.needs}, which is not there" for change in changes if not change.possible]
    return "; ".join(parts)
