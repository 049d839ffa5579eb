"""Compare the validation accuracy that networks reach with different data and resizes.

    python -m bench.questions.accuracy [--epochs N] [--seeds N] [--output DIR]

Trains the notebook's network on the same photos for equal epochs, with its augmentation and batches of 100. The data
come from Keras' `ImageDataGenerator`, or from this package with photos stretched, padded or cropped; one more arm
trains the network "small". Each training is a process of its own, and the arms take turns. For each arm, the script
prints and writes (`accuracy.md`, `accuracy.json`) the validation accuracy after the last epoch and in the best one, and
the seconds of training: mean, standard deviation, every seed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any

from bench.arms.listing import check_data, listed
from bench.measure.environment import environment, row
from bench.measure.places import default_photos
from bench.measure.process import WorkerError, WorkerProcess
from bench.questions.paired import rounds
from pipeline.console.arguments import run_command
from pipeline.console.streams import Parser
from pipeline.errors import InputError

__all__ = ["ARMS", "learn", "table"]

ARMS = {
    "generator": "Keras' ImageDataGenerator, stretched",
    "stretch": "this package, stretched",
    "pad": "this package, padded",
    "crop": "this package, cropped",
    "small": 'this package, stretched, network "small"',
}
EPOCHS, SEEDS, BATCH, SIDE = 20, 3, 100, 150


def learn(task: dict[str, Any]) -> dict[str, Any]:
    """Train one arm once, in a process of its own.

    Args:
        task: the task for `bench.questions.learner`.

    Returns:
        `accuracies` on the validation photos after each epoch, and the `seconds` of training.

    Raises:
        InputError: the process ended without an answer.
    """
    process = WorkerProcess("bench.questions.learner", task)
    try:
        return process.wait()
    except WorkerError as error:
        raise InputError(f"{task['arm']} with seed {task['seed']} failed: {str(error).splitlines()[-1]}") from None
    finally:
        process.close()


def _spread(values: list[float], places: int) -> str:
    """Return mean, standard deviation and all values: `0.704 ± 0.012 (0.690, 0.712, 0.710)`."""
    shown = ", ".join(f"{value:.{places}f}" for value in values)
    deviation = f" ± {statistics.stdev(values):.{places}f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.{places}f}{deviation} ({shown})"


def table(found: dict[str, list[dict[str, Any]]]) -> str:
    """Return the results as a Markdown table."""
    lines = [
        "| | validation accuracy after the last epoch | at its best | seconds of training |",
        "|---|---|---|---|",
    ]
    for arm, results in found.items():
        last = _spread([one["accuracies"][-1] for one in results], 3)
        best = _spread([max(one["accuracies"]) for one in results], 3)
        lines.append(f"| {ARMS[arm]} | {last} | {best} | {_spread([one['seconds'] for one in results], 1)} |")
    return "\n".join(lines)


def _write(output: Path, text: str, record: dict[str, Any]) -> None:
    output.mkdir(parents=True, exist_ok=True)
    (output / "accuracy.md").write_text(text + "\n", encoding="utf-8")
    (output / "accuracy.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def _command(given: argparse.Namespace) -> int:
    folder = given.data or default_photos()
    validation = given.validation or str(Path(folder).parent / "validation")
    check_data(folder)
    check_data(validation)
    head = (
        f"{row(environment())}\n\n{len(listed(folder))} training and {len(listed(validation))} validation photos, "
        f"{SIDE}×{SIDE}, {given.epochs} epochs, {given.seeds} seeds; mean ± standard deviation (each seed)\n"
    )
    print(head)
    found: dict[str, list[dict[str, Any]]] = {arm: [] for arm in given.arms}
    for seed in range(given.seeds):
        for arm in given.arms:
            task = {"arm": arm, "folder": folder, "validation": validation, "side": SIDE, "batch": BATCH}
            result = learn({**task, "epochs": given.epochs, "seed": seed, "workers": given.workers})
            found[arm].append(result)
            print(f"seed {seed}, {arm}: {result['accuracies'][-1]:.3f}, {result['seconds']:.1f} s", file=sys.stderr)
    text = table(found)
    print(text)
    _write(Path(given.output), f"{head}\n{text}", {"environment": environment(), "epochs": given.epochs, "arms": found})
    return 0


def main() -> int:
    """Run the command and return its exit code."""
    parser = Parser(prog="python -m bench.questions.accuracy", description="What the notebook's network learns.")
    parser.add_argument("--epochs", type=rounds, default=EPOCHS)
    parser.add_argument("--seeds", type=rounds, default=SEEDS, help="how many; default: 3")
    parser.add_argument("--arms", nargs="+", choices=tuple(ARMS), default=list(ARMS))
    parser.add_argument("--data", help="folder of training photos, one folder a class")
    parser.add_argument("--validation", help="folder of validation photos; default: beside the training photos")
    parser.add_argument("--workers", type=rounds, default=1, help="threads of the generator; default: 1")
    parser.add_argument("--output", default="accuracy", help="folder for accuracy.md and accuracy.json")
    return _command(parser.parse_args())


if __name__ == "__main__":
    run_command(main)
