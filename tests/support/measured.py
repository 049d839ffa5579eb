"""Evaluations made of arrays, as a command makes them of photos: any kind of labels, any names."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.config import TrainConfig
from pipeline.evaluate.metrics import measure
from pipeline.evaluate.mistakes import Worst
from pipeline.evaluate.predict import Predictions
from pipeline.evaluate.record import Evaluation
from pipeline.evaluate.subject import Subject
from pipeline.runs.trained_run import TrainedRun
from pipeline.sources.labels import Mode
from pipeline.text.messages import Sentence

LONG = "a class whose name is longer than any picture is wide, " * 3
UNDRAWABLE = "\U0001bc00"  # Duployan shorthand
HOSTILE = "<img src=x onerror=document.title=1>"


def evaluation(
    folder: Path, names: tuple[str, ...], mode: Mode = "int", examples: int = 400, **subject: Any
) -> Evaluation:
    """Somewhat right about random examples, which have no files."""
    random = np.random.default_rng(4)
    classes = len(names)
    images = random.uniform(size=(examples, 12, 16, 3)).astype(np.float32)
    outputs = random.uniform(size=(examples, classes)).astype(np.float32)
    labels: Any = random.integers(0, classes, examples)
    if mode == "multi_label":
        labels = (outputs + random.normal(0, 0.3, outputs.shape) > 0.5).astype(np.float32)
    elif mode == "regression":
        labels = outputs + random.normal(0, 0.2, outputs.shape)
    else:
        outputs[np.arange(examples), labels] += 0.6
        outputs /= outputs.sum(axis=1, keepdims=True)
    worst = Worst(mode)
    worst.add(images, outputs, labels)
    run = TrainedRun(folder, TrainConfig(), names, mode, {})
    described = {"source": Sentence("source_run"), "own": True, **subject}
    found = Subject(tf.data.Dataset.range(1), tuple(f"example {k}" for k in range(examples)), **described)
    return Evaluation(run, found, Predictions(outputs, labels, worst.found), measure(outputs, labels, names, mode))


def answered(folder: Path, names: Sequence[str], true: Sequence[int], outputs: NDArray[np.float32]) -> Evaluation:
    """One class an example, with these true classes and these outputs `[N, C]`."""
    labels = np.asarray(true)
    found = evaluation(folder, tuple(names), examples=len(labels))
    measures = measure(outputs, labels, tuple(names), "int")
    return dataclasses.replace(found, predictions=Predictions(outputs, labels, []), measures=measures)
