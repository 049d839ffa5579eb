"""The commands as functions of Python: `pipeline.commands.train(...)` is `python -m pipeline.train ...`.

Options are keywords of the same names, with the same defaults and checks. A dotted option of `train`, `prepare` and
`profile` is a field of a group: `--image.resize pad` is `image={"resize": "pad"}`, or `**{"image.resize": "pad"}`.

Each function returns an object in place of printing an answer; its `ok` is False where the command ends with exit code
1. Wrong use and bad input raise `pipeline.InputError`. Ctrl-C, or a notebook's stop button, saves what the command
saves and raises `KeyboardInterrupt` with what to do next.
"""

from __future__ import annotations

from pipeline.commands.calls import compare, evaluate, export, inspect, migrate, predict, prepare, profile, train
from pipeline.commands.results import (
    Answer,
    Comparison,
    Evaluation,
    Migration,
    Predictions,
    Training,
)

__all__ = [
    "Answer",
    "Comparison",
    "Evaluation",
    "Migration",
    "Predictions",
    "Training",
    "compare",
    "evaluate",
    "export",
    "inspect",
    "migrate",
    "predict",
    "prepare",
    "profile",
    "train",
]
