"""A run's JSON, made up: rates with planted ratios, a drift of the machine, and some noise of each arm's own."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np

from bench.arms.cells import CENTRE, Cell

ROUNDS = 9
GENERATOR = 380.0
PHOTOS = 1000
# Ratios to the generator at the same point.
AUGMENTED = {
    "generator": 1.0,
    "pipeline": 7.3,
    "pipeline-exact": 5.9,
    "pipeline-memory": 35.0,
    "generator-adapter": 1.4,
    "keras-layers": 1.66,
    "keras-layers-cached": 1.8,
    "drop-in": 5.5,
    "torchvision": 2.6,
    "albumentations": 2.9,
    "grain-opencv": 3.0,
}
PLAIN = {"generator": 1.0, "pipeline": 2.4, "pipeline-memory": 41.0, "pipeline-disk": 45.6, "keras-layers": 1.9}
MEMORY = {"generator": 1.00e9, "pipeline": 1.08e9}


class RunFile:
    """Rows to come, and what else a file holds; `noise` is each arm's own, a share of its rate."""

    def __init__(self, noise: float = 0.01, seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        self.noise = noise
        self.drift = self.random.uniform(0.7, 1.0, ROUNDS)
        self.rows: list[dict[str, Any]] = []
        self.foreign: list[dict[str, Any]] = []
        self.not_measured = [
            {"row": "arm dali", "why": "not installed: nvidia.dali"},
            {"row": "fit notebook on a GPU", "why": "no GPU: not measured"},
        ]
        self.environment: dict[str, Any] = {
            "processor": "Model Processor 3000",
            "cores": 2,
            "memory_gb": 16.4,
            "load": 0.4,
            "python": "3.12.3",
            "commit": "abc1234",
            "tensorflow": "2.21.0",
        }

    def rates(self, rate: float) -> list[float]:
        own = self.random.normal(1, self.noise, ROUNDS) if self.noise else np.ones(ROUNDS)
        return [float(one) for one in rate * self.drift * own]

    def limit_of(self, arm: str, cell: Cell) -> str:
        if "memory" not in arm and "disk" not in arm:
            return "decode"
        return "warp" if cell.augmented else "copy"

    def throughput(self, comparison: str, arm: str, rate: float, cell: Cell = CENTRE, **fields: Any) -> None:
        high = MEMORY.get(arm, 1.2e9)
        self.rows.append(
            {
                "kind": "throughput",
                "race": comparison,
                "arm": arm,
                "cell": dataclasses.asdict(cell),
                "limit": self.limit_of(arm, cell),
                "setting": {"workers": 2} if arm == "torchvision" else {},
                "searched": [[{"workers": 1}, 500.0], [{"workers": 2}, 980.0]] if arm == "torchvision" else [],
                "rates": self.rates(rate),
                "first_batch_seconds": 0.8,
                "memory": {"high_water": high, "rss": 0.95 * high, "pss": 0.9 * high, "gpu": None, "processes": 1},
                **fields,
            }
        )

    def comparison(self, comparison: str, ratios: dict[str, float], cell: Cell) -> None:
        for arm, ratio in ratios.items():
            self.throughput(comparison, arm, GENERATOR * (1 if cell.augmented else 3.5) * ratio, cell)

    def limit(self, limit: str, by: str, rate: float, cores: int = 2) -> None:
        self.rows.append({"kind": "limit", "limit": limit, "by": by, "cores": cores, "rates": self.rates(rate)})

    def fit(self, comparison: str, arm: str, rate: float, waiting: float) -> None:
        rates = self.rates(rate)
        network = comparison.removeprefix("fit ")
        self.rows.append(
            {
                "kind": "fit",
                "race": comparison,
                "arm": arm,
                "network": network,
                "device": "CPU",
                "setting": {},
                "rates": rates,
                "seconds": [PHOTOS / one for one in rates],
                "first_batch_seconds": 1.0,
                "waiting": waiting,
            }
        )

    def figure(self, figure: str, unit: str, value: float) -> None:
        values = (value * self.random.normal(1, 0.01, 3)).tolist()
        self.rows.append({"kind": "figure", "figure": figure, "unit": unit, "values": values})

    def axis(self, name: str, values: tuple[Any, ...], power: float) -> None:
        """Seconds an image that grow as value ** power, equal to the central cell's there."""
        centre = float(getattr(CENTRE, name))
        for value in values:
            for arm in ("generator", "pipeline", "keras-layers"):
                rate = GENERATOR * AUGMENTED[arm] * (value / centre) ** -power
                self.throughput(f"axis {name}", arm, rate, CENTRE.changed(**{name: value}))

    def counts(self, values: tuple[int, ...]) -> None:
        """First batches that take seconds as count ** 0.5, and memory as count ** 0.25."""
        for value in values:
            for arm in ("pipeline", "generator"):
                high = 1e9 * (value / 1000) ** 0.25
                memory = {"high_water": high, "rss": high, "pss": high, "gpu": None, "processes": 1}
                cell = CENTRE.changed(count=value)
                seconds = 0.8 * (value / PHOTOS) ** 0.5
                rate = GENERATOR * AUGMENTED[arm]
                self.throughput("axis count", arm, rate, cell, first_batch_seconds=seconds, memory=memory)

    def document(self) -> dict[str, Any]:
        benchmarks = [
            {"name": f"test_row[{k}]", "fullname": f"bench/test_row.py::test_row[{k}]", "extra_info": row, "stats": {}}
            for k, row in enumerate(self.rows)
        ]
        return {
            "machine_info": {"node": "n", "environment": self.environment},
            "benchmarks": [*benchmarks, *self.foreign],
            "datetime": "2030-01-02T03:04:05+00:00",
            "suite": {
                "name": "default",
                "seconds": 1320,
                "photos": {"folder": "train", "count": PHOTOS, "bytes": 45000, "megapixels": 0.15},
            },
            "not_measured": self.not_measured,
        }

    def write(self, path: Path) -> Path:
        path.write_text(json.dumps(self.document()))
        return path


def realistic(noise: float = 0.01, seed: int = 0) -> RunFile:
    """Everything that a default run measures, on a machine without a GPU or DALI."""
    run = RunFile(noise, seed)
    run.comparison("files augmented", AUGMENTED, CENTRE)
    run.comparison("files plain", PLAIN, CENTRE.changed(augmented=False))
    for by, rate in (("TensorFlow", 3300.0), ("libjpeg-turbo", 4255.0)):
        run.limit("decode", by, rate)
    run.limit("copy", "NumPy", 120_000.0)
    run.limit("warp", "pipeline", 15_000.0)
    run.limit("warp-core", "pipeline", 12_000.0, cores=1)
    run.limit("warp-core", "opencv", 8_000.0, cores=1)
    for arm, rate, waiting in (
        ("constant", 500.0, 0.0),
        ("generator-adapter", 125.0, 0.72),
        ("keras-layers", 300.0, 0.4),
        ("pipeline", 424.0, 0.14),
        ("pipeline-memory", 490.0, 0.01),
    ):
        run.fit("fit notebook", arm, rate, waiting)
    for arm, low in (("generator", 0.71), ("pipeline", 0.72)):
        run.rows.append({"kind": "accuracy", "arm": arm, "epochs": 5, "accuracies": [low, low + 0.02, low + 0.01]})
    for figure, unit, value in (
        ("help", "s", 0.4),
        ("scan", "s", 7.0),
        ("scan memory", "MB", 420.0),
        ("cache growth", "ratio", 1.03),
    ):
        run.figure(figure, unit, value)
    run.axis("side", (96, 224, 299), 2.0)
    run.axis("megapixels", (2.0, 12.0), 0.9)
    run.counts((100, 10_000, 100_000))
    run.fit("fit notebook", "pipeline-memory-train", 441.0, 0.05)
    return run
