"""Turn measurements into the record of `profile.json`. This module does not import TensorFlow.

It computes in seconds an image; the record has images a second and shares.
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
NOISE = 1.02  # a stage may be faster than its limit by this factor before the report explains it
LEAST = 1e-7  # seconds an image; less cannot be told from zero


@dataclasses.dataclass(frozen=True)
class Measured:
    """The measurements of one training configuration.

    Args:
        config: the training configuration.
        photos: the number of photos for training and validation together.
        sampled: the number of photos that were measured.
        file_bytes: mean size of a photo's file in bytes.
        row_bytes: size of a decoded and resized image in bytes.
        available: free memory in bytes.
        choice: the cache that training would use.
        ratio: the reduction (1, 2, 4 or 8) at which libjpeg decodes most of the photos.
        cores: the number of cores that the process may use.
        gpu: the GPU's name, or `None`.
        processor_cache: size of the processor's largest cache in bytes, or 0 if it is not known.
        timings: seconds an image by the name of the probe, see `pipeline.profile.measure`; for "copying", seconds a
            byte.
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
        """Return the median seconds an image of the probe `name`."""
        return self.timings[name].seconds

    @property
    def rounds(self) -> int:
        """The number of rounds in which the input was timed."""
        return len(self.timings["input"].rounds)

    @property
    def cached(self) -> bool:
        """True if every epoch after the first reads its images from a cache."""
        return self.choice.cache in ("memory", "disk")

    @property
    def stages(self) -> list[Stage]:
        """The stages of the input, each with the seconds that it adds. They sum to the input's seconds."""
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
        """The seconds of input and model, alone and together. Without a model, the input is everything."""
        copy = sum(stage.seconds for stage in self._copy)
        made = self.seconds("input") + copy
        if "model" not in self.timings:
            return Together(made, 0.0, made)
        return Together(made, max(self.seconds("model") - copy, 0.0), self.seconds("together"))

    @property
    def once(self) -> float:
        """Seconds an image to fill the cache once, or 0 without a cache."""
        return self.seconds("resize") if self.cached else 0.0

    @property
    def alone(self) -> dict[str, float]:
        """Seconds an image of each stage that runs alone on input in memory, less the time to hand that input over.

        A stage whose time cannot be told from zero is left out.
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
        """Seconds an image of reading images from memory, and of the whole input if it reads from memory."""
        prefix = "" if self.choice.cache == "memory" else "memory "
        return self.seconds(f"{prefix}pictures"), self.seconds(f"{prefix}input")

    @property
    def limits(self) -> dict[str, tuple[float, str]]:
        """The limit of each stage on this machine, as (seconds an image, description)."""
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
            del copies["batch"]  # the cache returns whole batches, so this stage copies nothing
        limits = {
            name: (a_byte * size, f"{COPYING} its {size / 1e3:,.0f} KB in main memory") for name, size in copies.items()
        }
        if "libjpeg" in self.timings:
            by = "libjpeg alone" + ("" if self.ratio == 1 else f", at 1/{self.ratio}")
            limits["decode"] = (self.seconds("libjpeg"), by)
        return limits

    def beyond(self, name: str) -> str | None:
        """Return the reason that a stage alone is faster than its limit, or `None` if it is not faster."""
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
        """The options that could make the input faster, each with the input's seconds an image under it."""
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
    """Return the content of `profile.json`."""
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
    """Return the sum of the seconds an image of the input's stages, each measured alone."""
    alone = measured.alone
    return sum(alone.get(stage.name, 0.0) for stage in measured.stages if stage.name != "copy")
