"""The commands as Python functions: `pipeline.commands.train(...)` does what `python -m pipeline.train ...` does.

Options are keywords with the same names, defaults and checks. `train`, `prepare` and `profile` have dotted options,
which are fields of a group: `--image.resize pad` is `image={"resize": "pad"}`, or `**{"image.resize": "pad"}`.

Each function returns an object instead of printing an answer. Its `ok` is False if the command would end with exit code
1. Wrong use and bad input raise `pipeline.InputError`. After Ctrl-C or a notebook's stop button, a function saves the
same files as the command and raises `KeyboardInterrupt` with a message that says how to continue.
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
