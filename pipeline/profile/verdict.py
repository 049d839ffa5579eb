"""From seconds an image to shares, to what holds training up, and to what a change would give. No TensorFlow.

Input and model run side by side where they can. With I and M the seconds of each alone and T those of both together,
T = max(I, M) + overlap * min(I, M) + rest: an `overlap` of 1 means that they share the same cores and their times add
up, 0 that one hides behind the other (a GPU), and `rest` is what both together take beyond their sum. A change of the
input puts another I into the same formula.
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

NOTHING = 1.05  # a gain below this is none that anybody would notice
SIDE_BY_SIDE = 0.9  # an overlap below this is none that noise makes
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
    """What each step adds, at least 0; the sum is the last of `cumulative`, which is measured and stays.

    A step that seems to be faster than the next one, because the machine was not the same, counts as the next one.
    """
    level = list(cumulative)
    for place in reversed(range(len(level) - 1)):
        level[place] = min(level[place], level[place + 1])
    return [after - before for before, after in zip([0.0, *level], level, strict=False)]


@dataclasses.dataclass(frozen=True)
class Stage:
    """A stage of a training step.

    Args:
        name: such as "decode".
        seconds: an image, added to what comes before it.
    """

    name: str
    seconds: float


@dataclasses.dataclass(frozen=True)
class Together:
    """Seconds an image of the input alone, of the model's step alone (0: there is none), and of both together."""

    input: float
    model: float
    both: float

    @property
    def overlap(self) -> float:
        """How far their times add up, 0 to 1."""
        less, more = sorted((self.input, self.model))
        return min(max((self.both - more) / less, 0.0), 1.0) if less > 0 else 0.0

    @property
    def of(self) -> str:
        """What a share is a share of: where input and model run side by side, their work is more than the time."""
        return "of the time" if not self.model or self.overlap > SIDE_BY_SIDE else "of the work"

    @property
    def rest(self) -> float:
        """Seconds an image that neither explains."""
        return max(self.both - self.input - self.model, 0.0)

    def predict(self, seconds: float) -> float:
        """Seconds an image of both with an input that takes so many."""
        less, more = sorted((seconds, self.model))
        return more + self.overlap * less + self.rest

    def gain(self, seconds: float) -> float:
        """How many times as fast training is with an input that takes so many seconds an image."""
        return self.predict(self.input) / max(self.predict(seconds), 1e-12)

    @property
    def most(self) -> float:
        """`gain` of an input that takes no time."""
        return self.gain(0.0)


@dataclasses.dataclass(frozen=True)
class Change:
    """Something that can be set, and what it would give.

    Args:
        option: as it is typed, such as "--loader.cache memory".
        seconds: an image, of the input with it.
        needs: what it takes, in words; "" for nothing.
        possible: whether it fits.
        at_most: whether `seconds` is a bound and no measurement.
    """

    option: str
    seconds: float
    needs: str = ""
    possible: bool = True
    at_most: bool = False


def shares(stages: Sequence[Stage], together: Together) -> list[tuple[Stage, float]]:
    """The stages, the model's step and the rest, each with its share of all work; the shares add up to 1."""
    every = [*stages]
    if together.model:
        every += [Stage(MODEL, together.model)]
    if together.rest:
        every += [Stage(OVERHEAD, together.rest)]
    total = sum(stage.seconds for stage in every)
    return [(stage, stage.seconds / total if total else 1 / len(every)) for stage in every]


def bottleneck(stages: Sequence[Stage], together: Together) -> str:
    """The name of what holds training up: the model's step where it takes most, else the input's largest stage."""
    if together.model and together.model >= together.input:
        return MODEL
    return _largest(stages).name


def best(changes: Sequence[Change], together: Together) -> Change | None:
    """The possible change that gives most; `None` where none gives anything to speak of."""
    worthwhile = [change for change in changes if change.possible and together.gain(change.seconds) >= NOTHING]
    return max(worthwhile, key=lambda change: together.gain(change.seconds), default=None)


def sentence(stages: Sequence[Stage], together: Together, changes: Sequence[Change]) -> str:
    """What holds training up and what to change, with figures, in one sentence."""
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
    """0.714 as "71 %"."""
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
    """What is left to say where no option gains much."""
    parts = ["no option gains much"]
    if name in CHANGES_OF_STAGE:
        parts += [f"what would help: {CHANGES_OF_STAGE[name]}"]
    parts += [f"{change.option} {change.needs}, which is not there" for change in changes if not change.possible]
    return "; ".join(parts)
