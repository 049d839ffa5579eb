"""Compare the speed of predict with that of its parts.

    python -m bench.questions.predict [--network NAME] [--data DIR] [--rounds N]

Three arms take turns in one process: the input alone (photos are read, decoded, resized and batched), the network alone
(untrained, on one batch again and again), and both together with the writing of rows, as `python -m pipeline.predict`
runs them. The script prints images a second of each (medians with a 95 % interval) and two ratios, paired round by
round: both together divided by the slower part, which is the bound if the model has a device of its own; and both
together divided by 1 / (1 / input + 1 / model), which is the bound if both use the same cores.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bench.arms.listing import check_data
from bench.measure.environment import environment, row
from bench.measure.intervals import median_of, ratio_of
from bench.measure.places import default_photos
from bench.questions.paired import rounds
from pipeline.console.arguments import run_command
from pipeline.console.streams import Parser

if TYPE_CHECKING:
    from pipeline.inference.network import Network
    from pipeline.runs.trained_run import TrainedRun

ROUNDS = 9
TIMES = 5
Arm = Callable[[], int]


def _run(folder: Path, name: str) -> TrainedRun:
    """Make a run like that of a training, with an untrained network."""
    from pipeline.config import ModelConfig, TrainConfig
    from pipeline.config.model import OWN
    from pipeline.models.head import head_for
    from pipeline.models.network import build_network
    from pipeline.runs.trained_run import TrainedRun

    model = ModelConfig(name=name) if name in OWN else ModelConfig(name=name, weights="none")
    config = TrainConfig(model=model)
    shape = (*config.image.image_size, config.image.channels)
    build_network(model, shape, head_for("binary", 2)).save(folder / "model.keras")
    return TrainedRun(folder, config, ("cats", "dogs"), "binary", {})


def _arms(network: Network, folder: str, times: int) -> tuple[Arm, Arm, Arm]:
    """Return the arms input, model and both. Each processes all photos of the folder and returns their number."""
    from pipeline.inference.feed import Feed
    from pipeline.inference.inputs import Inputs
    from pipeline.predict.answers import answer_batch
    from pipeline.predict.rows import Rows
    from pipeline.runtime.ahead import ahead

    image = network.run.image
    batch = next(iter(Feed(Inputs([folder]), image).batches()))
    asked = [folder] * times
    steps = -(-sum(1 for _ in Inputs(asked)) // len(batch.inputs))

    def read() -> int:
        return sum(len(one.inputs) for one in Feed(Inputs(asked), image).batches())

    def model() -> int:
        return sum(len(network(batch.pixels)) for _ in range(steps))

    def both() -> int:
        inputs, count = Inputs(asked), 0
        rows = Rows("csv", "binary", network.run.class_names)
        with ahead(Feed(inputs, image).batches, inputs.stop, lambda: None) as batches, open("/dev/null", "wb") as sink:
            for one in batches:
                answers = answer_batch(network, one)
                sink.write(b"".join(map(rows.row, answers)))
                count += len(answers)
        return count

    return read, model, both


def _rate(arm: Arm) -> float:
    begun = time.perf_counter()
    return arm() / (time.perf_counter() - begun)


def measure(folder: str, turns: int, name: str, times: int = 1) -> tuple[list[float], list[float], list[float]]:
    """Return images a second of input, model and both in each round, after a round of warm-up."""
    from pipeline.runtime.startup import import_tensorflow

    import_tensorflow()
    from pipeline.inference.network import load_network

    with tempfile.TemporaryDirectory(prefix="bench-") as work:
        network = load_network(_run(Path(work), name))
    arms = _arms(network, folder, times)
    found = [[_rate(arm) for arm in arms] for _ in range(turns + 1)][1:]
    read, model, both = map(list, zip(*found, strict=True))
    return read, model, both


def main() -> int:
    """Run the command and return its exit code."""
    parser = Parser(prog="python -m bench.questions.predict", description="Predict against its parts.")
    parser.add_argument("--data", help="folder of photos, one folder a class")
    parser.add_argument("--network", default="cnn", help="a model.name; default: cnn, the notebook's")
    parser.add_argument("--rounds", type=rounds, default=ROUNDS)
    parser.add_argument("--times", type=rounds, default=TIMES, help="how often each photo is asked for in a round")
    arguments = parser.parse_args()
    print(row(environment()))
    folder = arguments.data or default_photos()
    check_data(folder)
    read, model, both = measure(folder, arguments.rounds, arguments.network, arguments.times)
    for name, rates in (("input alone", read), ("model alone", model), ("together", both)):
        print(f"{name}: images/s {median_of(rates).shown(0)}")
    slower = [min(pair) for pair in zip(read, model, strict=True)]
    shared = [1 / (1 / one + 1 / other) for one, other in zip(read, model, strict=True)]
    print(f"together / the slower of the two: {ratio_of(both, slower).shown()}")
    print(f"together / both on the same cores: {ratio_of(both, shared).shown()}")
    return 0


if __name__ == "__main__":
    run_command(main)
