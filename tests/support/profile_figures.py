"""Made-up results of a measurement: seconds an image whose sums are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.cache.choice import Choice
from pipeline.config import TrainConfig
from pipeline.profile.report import Measured
from pipeline.profile.timing import Timing

US = 1e-6
# Read 20, decode 500, resize 100, batch 10 + 20, augment 60 microseconds; a model's step of 400.
UNCACHED = {
    "positions": 1,
    "order": 10,
    "read": 30,
    "decode": 530,
    "resize": 630,
    "pictures": 650,
    "input": 710,
    "decode alone": 490,
    "resize alone": 105,
    "batch alone": 30,
    "memory pictures": 5,
    "memory input": 65,
    "libjpeg": 400,
    "model": 400,
    "together": 1110,
}
MEMORY = {
    **{name: value for name, value in UNCACHED.items() if not name.startswith("memory ")},
    "pictures": 5,
    "input": 65,
    "together": 465,
}


def measured(microseconds: Mapping[str, float], cache: str = "none", **fields: Any) -> Measured:
    """Made up of `microseconds` an image; memory is copied at 10 GB/s."""
    timings = {name: Timing((value * US * 0.98, value * US, value * US * 1.05)) for name, value in microseconds.items()}
    given: dict[str, Any] = {
        "config": TrainConfig(),
        "photos": 1000,
        "sampled": 800,
        "file_bytes": 45_000.0,
        "row_bytes": 67_500,
        "available": 12_000_000_000,
        "choice": Choice(cache, "as asked"),
        "ratio": 2,
        "cores": 2,
        "gpu": None,
        "processor_cache": 0,
        "timings": {**timings, "copying": Timing((1e-10,))},
        **fields,
    }
    return Measured(**given)
