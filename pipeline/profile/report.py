"""From what was measured to the record and the sentence. No TensorFlow.

Everything here is seconds an image; what people read is images a second and shares.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from pipeline.cache.choice import Choice
from pipeline.config import TrainConfig
from pipeline.profile.timing import Timing
from pipeline.profile.verdict import (
    MODEL,
    Change,
    Stage,
    Together,
    best,
    bottleneck,
    increments,
    sentence,
    shares,
)
from pipeline.text.plain_text import shown_size

__all__ = ["Measured", "record"]

FILES = ("read", "decode", "resize")
COPYING = "copying"
FLOAT = 4  # bytes of a float32
NOISE = 1.02  # times its limit that a stage may be by chance, without a word
LEAST = 1e-7  # seconds an image that can be told from nothing


@dataclasses.dataclass(frozen=True)
class Measured:
    """What was measured of a configuration.

    Args:
        config: of the training.
        photos: in training and validation together.
        sampled: photos that were measured.
        file_bytes: of a photo's file, the mean.
        row_bytes: of a picture.
        available: bytes of free memory.
        choice: the cache that training has.
        ratio: what libjpeg divides the sides of most photos by.
        cores: that the process may use.
        gpu: its name, or `None`.
        processor_cache: bytes of the processor's largest cache; 0 where that is not known.
        timings: seconds an image by what was timed, see `pipeline.profile.measure`; "copying": seconds a byte.
    """

    config: TrainConfig
    photos: int
    sampled: int
    file_bytes: float
    row_bytes: int
    available: int
    choice: Choice
    ratio: int
    cores: int
    gpu: str | None
    processor_cache: int
    timings: Mapping[str, Timing]

    def seconds(self, name: str) -> float:
        """The median of what `name` took an image."""
        return self.timings[name].seconds

    @property
    def rounds(self) -> int:
        """How often the input was timed."""
        return len(self.timings["input"].rounds)

    @property
    def cached(self) -> bool:
        """Whether every epoch but the first finds its pictures in a cache."""
        return self.choice.cache in ("memory", "disk")

    @property
    def stages(self) -> list[Stage]:
        """The input's stages with what each adds; their sum is the input's time."""
        if self.cached:
            batch, cache, augment = increments([self.seconds(name) for name in ("positions", "pictures", "input")])
            return [Stage("cache", cache), Stage("augment", augment), Stage("batch", batch), *self._copy]
        cumulative = [self.seconds(name) for name in ("order", *FILES, "pictures", "input")]
        order, read, decode, resize, gather, augment = increments(cumulative)
        files = [Stage("read", read), Stage("decode", decode), Stage("resize", resize)]
        return [*files, Stage("augment", augment), Stage("batch", order + gather), *self._copy]

    @property
    def _copy(self) -> list[Stage]:
        return [Stage("copy", self.seconds("copy"))] if "copy" in self.timings else []

    @property
    def together(self) -> Together:
        """Input and model, alone and together; without a model the input is all."""
        copy = sum(stage.seconds for stage in self._copy)
        made = self.seconds("input") + copy
        if "model" not in self.timings:
            return Together(made, 0.0, made)
        return Together(made, max(self.seconds("model") - copy, 0.0), self.seconds("together"))

    @property
    def once(self) -> float:
        """Seconds an image, once, to fill the cache; 0 where there is none."""
        return self.seconds("resize") if self.cached else 0.0

    @property
    def alone(self) -> dict[str, float]:
        """Seconds an image of each stage by itself, its input in memory, without what handing it over takes.

        A stage that takes too little to be told from nothing is not there.
        """
        order, positions = self.seconds("order"), self.seconds("positions")
        gathered, made = self._from_memory
        alone = {
            "read": self.seconds("read") - order,
            "decode": self.seconds("decode alone") - order,
            "resize": self.seconds("resize alone") - order,
            "augment": made - gathered,
            "batch": positions if self.cached else self.seconds("batch alone"),
        }
        if self.cached:
            alone["cache"] = self.seconds("pictures") - positions
        if "copy" in self.timings:
            alone["copy"] = self.seconds("copy")
        if "model" in self.timings:
            alone[MODEL] = self.together.model
        return {name: seconds for name, seconds in alone.items() if seconds > LEAST}

    @property
    def _from_memory(self) -> tuple[float, float]:
        """Seconds of pictures from memory, and of the whole input from memory."""
        prefix = "" if self.choice.cache == "memory" else "memory "
        return self.seconds(f"{prefix}pictures"), self.seconds(f"{prefix}input")

    @property
    def limits(self) -> dict[str, tuple[float, str]]:
        """What bounds each stage on this machine: (seconds an image, in words)."""
        a_byte = self.seconds("copying")
        rows, floats = self.row_bytes, self.row_bytes * FLOAT
        copies = {
            "read": self.file_bytes,
            "resize": rows,
            "cache": rows,
            "batch": rows,
            "augment": floats,
            "copy": floats,
        }
        if self.cached:
            del copies["batch"]  # the cache hands over whole batches
        limits = {
            name: (a_byte * size, f"{COPYING} its {size / 1e3:,.0f} KB in main memory") for name, size in copies.items()
        }
        if "libjpeg" in self.timings:
            by = "libjpeg alone" + ("" if self.ratio == 1 else f", at 1/{self.ratio}")
            limits["decode"] = (self.seconds("libjpeg"), by)
        return limits

    def beyond(self, name: str) -> str | None:
        """Why a stage alone is faster than its limit, where it is."""
        seconds, by = self.limits.get(name, (0.0, ""))
        if name not in self.alone or self.alone[name] * NOISE >= seconds:
            return None
        size = self.file_bytes if name == "read" else self.row_bytes
        held = round(size * self.sampled)
        if by.startswith(COPYING) and held <= self.processor_cache:
            return f"faster, since the {shown_size(held)} of all measured photos stay in the processor's cache"
        return "faster by chance: the two were not measured at the same moment"

    @property
    def changes(self) -> list[Change]:
        """What can be set otherwise, and the input's time with it."""
        changes = []
        copy = sum(stage.seconds for stage in self._copy)
        needed = self.photos * self.row_bytes
        if self.choice.cache != "memory":
            needs = f"would need {shown_size(needed)} of {shown_size(self.available)} free"
            made = self._from_memory[1] + copy
            changes.append(Change("--loader.cache memory", made, needs, needed <= self.available))
            if not self.cached and needed > self.available:
                changes.append(Change("--loader.cache disk", made, f"would need {shown_size(needed)}", at_most=True))
        if "fast input" in self.timings and not self.cached:
            changes.append(Change("--image.decode fast", self.seconds("fast input") + copy))
        return changes


def record(measured: Measured) -> dict[str, Any]:
    """What `profile.json` says."""
    together, stages, changes = measured.together, measured.stages, measured.changes
    chosen = best(changes, together)
    return {
        "verdict": sentence(stages, together, changes),
        "bottleneck": bottleneck(stages, together),
        "stages": _rows(measured),
        "images_per_second": {
            name: {"median": round(timing.rate, 1), "rounds": [round(1 / one, 1) for one in timing.rounds]}
            for name, timing in measured.timings.items()
            if name != "copying"
        },
        "overlap": round(together.overlap, 3),
        "fastest_input_would_give": round(together.most, 3),
        "alone_to_whole": round(_sum_alone(measured) / measured.seconds("input"), 3),
        "changes": [
            {
                "option": change.option,
                "input_times": round(together.input / change.seconds, 3),
                "times": round(together.gain(change.seconds), 3),
                "images_per_second": round(1 / together.predict(change.seconds), 1),
                "at_most": change.at_most,
                "possible": change.possible,
                "needs": change.needs,
                "advised": change is chosen,
            }
            for change in changes
        ],
        "cache": measured.choice.cache,
        "fill_seconds": round(measured.once * measured.photos, 2),
        "photos": measured.photos,
        "measured_photos": measured.sampled,
        "file_bytes": round(measured.file_bytes),
        "picture_bytes": measured.row_bytes,
        "memory_available": measured.available,
        "memory_bytes_per_second": round(1 / measured.seconds("copying")),
        "batch_size": measured.config.loader.batch_size,
        "cores": measured.cores,
        "gpu": measured.gpu,
        "page_cache": "warm",
    }


def _rows(measured: Measured) -> list[dict[str, Any]]:
    alone, limits = measured.alone, measured.limits
    rows = []
    for stage, share in shares(measured.stages, measured.together):
        seconds, by = limits.get(stage.name, (0.0, ""))
        rows.append(
            {
                "name": stage.name,
                "share": share,
                "microseconds": round(stage.seconds * 1e6, 2),
                "alone": round(1 / alone[stage.name], 1) if stage.name in alone else None,
                "limit": round(1 / seconds, 1) if seconds else None,
                "limit_is": by or None,
                "beyond_limit": measured.beyond(stage.name),
            }
        )
    return rows


def _sum_alone(measured: Measured) -> float:
    """Seconds an image of the input's stages, each alone, added up."""
    alone = measured.alone
    return sum(alone.get(stage.name, 0.0) for stage in measured.stages if stage.name != "copy")
