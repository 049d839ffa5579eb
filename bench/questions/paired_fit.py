"""Compare some fits by hand, in turn, epoch by epoch.

    python -m bench.questions.paired_fit ARM AGAINST… [--network NAME] [--data DIR]

The script prints the machine, Keras' backend and its device, images a second of each fit, and the ratio of the first
fit to each other one, paired epoch by epoch (medians with a 95 % interval). An arm is a key of
`bench.measure.fit.FEEDS`, which settings may follow: `generator-adapter:workers=8`. `KERAS_BACKEND` chooses the
backend; TensorFlow makes the batches for all backends.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from typing import Any

from bench.arms.cells import Cell
from bench.arms.listing import check_data, listed
from bench.measure.environment import environment, row
from bench.measure.fits import ARMS, WHOLE, Fit, FitResult, run
from bench.measure.intervals import median_of, ratio_of
from bench.measure.places import default_photos
from bench.questions.paired import rounds
from pipeline.console.arguments import run_command
from pipeline.console.streams import Parser
from pipeline.errors import InputError

ROUNDS = 7
# Code that prints the device of each backend. It runs in a process of its own, since asking would occupy the device.
DEVICES = {
    "tensorflow": "import tensorflow as tf; print(*(tf.config.list_physical_devices('GPU') or ['CPU']))",
    "jax": "import jax; print(jax.devices()[0].device_kind)",
    "torch": "import torch; print(torch.cuda.get_device_name() if torch.cuda.is_available() else 'CPU')",
}


def _fit(text: str, network: str, device: str, cell: Cell) -> Fit:
    """Parse `ARM[:NAME=VALUE…]` as a fit."""
    arm, *settings = text.split(":")
    if arm not in ARMS:
        raise InputError(f"an arm must be one of {', '.join(ARMS)}. Received: {arm!r}")
    pairs = (one.partition("=") for one in settings)
    found: dict[str, Any] = {name: json.loads(value) if value else True for name, _, value in pairs}
    return Fit(arm, network, device, cell, found)


def _device() -> str:
    name = os.environ.get("KERAS_BACKEND", "tensorflow")
    if name not in DEVICES:
        raise InputError(f"KERAS_BACKEND must be one of {', '.join(DEVICES)}. Received: {name!r}")
    done = subprocess.run([sys.executable, "-c", DEVICES[name]], capture_output=True, text=True, check=False)
    return f"Keras' backend: {name}, on {done.stdout.strip() or done.stderr.strip().splitlines()[-1]}"


def _rates(fit: Fit, result: FitResult, images: int) -> list[float]:
    whole = images - images % fit.cell.batch if fit.arm in WHOLE else images
    return [whole / seconds for seconds in result.seconds]


def _command(arguments: argparse.Namespace) -> int:
    print(row(environment()))
    print(_device())
    folder = arguments.data or default_photos()
    check_data(folder)
    cell = Cell(augmented=not arguments.plain)
    texts = [arguments.arm, *arguments.against]
    fits = [_fit(text, arguments.network, "GPU" if arguments.mixed else "CPU", cell) for text in texts]
    results = run(fits, folder, arguments.rounds, waiting=False)
    images = len(listed(folder))
    for text, result in zip(texts, results, strict=True):
        if result.failure:
            raise InputError(f"{text} failed: {result.failure.strip().splitlines()[-1]}")
    rates = [_rates(fit, result, images) for fit, result in zip(fits, results, strict=True)]
    for text, one, result in zip(texts, rates, results, strict=True):
        print(f"{text}: images/s {median_of(one).shown(0)}; first step after {result.first:.1f} s")
    for text, one in zip(texts[1:], rates[1:], strict=True):
        print(f"{texts[0]} / {text}: {ratio_of(rates[0], one).shown()}")
    return 0


def main() -> int:
    """Run the command and return its exit code."""
    parser = Parser(prog="python -m bench.questions.paired_fit", description="Compare fits against each other.")
    parser.add_argument("arm", help=f"one of {', '.join(ARMS)}")
    parser.add_argument("against", nargs="*")
    parser.add_argument("--network", choices=("notebook", "light"), default="notebook")
    parser.add_argument("--mixed", action="store_true", help="compute in mixed precision, float16")
    parser.add_argument("--plain", action="store_true", help="without augmentation")
    parser.add_argument("--data", help="folder of photos, one folder a class")
    parser.add_argument("--rounds", type=rounds, default=ROUNDS, help="epochs that are timed")
    return _command(parser.parse_args())


if __name__ == "__main__":
    run_command(main)
