"""Compare `decode="fast"` with `"exact"` in speed, pixels and accuracy.

    python -m bench.questions.decode_default FOLDER [VALIDATION]

The script prints images a second of both (medians of paired rounds, without cache and augmentation), and the mean
absolute difference of each from Pillow's bilinear resize, in levels of 0-255. With a validation folder it also prints
the validation accuracy of the notebook's network after equal epochs for three seeds.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

DECODES = ("fast", "exact")
ROUNDS, BATCHES, SEEDS, EPOCHS = 7, 10, (0, 1, 2), 12


def _streams(folder: str) -> dict[str, Iterator[Any]]:
    import pipeline

    return {
        decode: iter(
            pipeline.from_directory(
                folder,
                batch_size=100,
                cache="none",
                verify="never",
                decode=decode,  # type: ignore[arg-type]
                drop_remainder=True,
            ).train.repeat()
        )
        for decode in DECODES
    }


def speed(folder: str) -> None:
    """Print images a second of both, and their ratio round by round."""
    streams = _streams(folder)
    rates: dict[str, list[float]] = {decode: [] for decode in DECODES}
    for decode in DECODES:
        for _ in range(BATCHES):
            next(streams[decode])
    for _ in range(ROUNDS):
        for decode in DECODES:
            begun = time.perf_counter()
            images = sum(len(next(streams[decode])[0]) for _ in range(BATCHES))
            rates[decode].append(images / (time.perf_counter() - begun))
    ratios = [fast / exact for fast, exact in zip(rates["fast"], rates["exact"], strict=True)]
    for decode in DECODES:
        print(f"{decode}: {statistics.median(rates[decode]):,.0f} images/s")
    print(f"fast / exact: median {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


def difference(folder: str) -> None:
    """Print the mean difference of each from Pillow's image."""
    from PIL import Image

    import pipeline
    from pipeline.sources.directory import scan_directory

    paths = scan_directory(folder, one_class=True).paths[::10]
    for decode in DECODES:
        means = []
        for path in paths:
            with Image.open(path) as opened:
                ours = pipeline.load_image(path, 150, decode=decode)  # type: ignore[arg-type]
                theirs = opened.convert("RGB").resize((150, 150), Image.Resampling.BILINEAR)
            means.append(np.abs(ours.astype(int) - np.asarray(theirs)).mean())
        print(f"{decode}: mean difference from Pillow {np.mean(means):.2f} levels over {len(paths)} photos")


def accuracy(folder: str, validation: str) -> None:
    """Print the best validation accuracy of the notebook's network for each seed."""
    import keras

    import pipeline
    from pipeline.config import FitConfig, ModelConfig
    from pipeline.models.cnn import build_cnn
    from pipeline.models.compiling import compile_model
    from pipeline.models.head import head_for

    for decode in DECODES:
        best = []
        for seed in SEEDS:
            data = pipeline.from_directory(
                folder,
                validation,
                cache="memory",
                seed=seed,
                decode=decode,  # type: ignore[arg-type]
            )
            head = head_for(data.label_mode, len(data.class_names))
            keras.utils.set_random_seed(seed)
            model = build_cnn(ModelConfig(), (150, 150, 3), head)
            compile_model(model, FitConfig(), head)
            history = model.fit(data.train, validation_data=data.validation, epochs=EPOCHS, verbose=0, shuffle=False)
            best.append(max(history.history["val_accuracy"]))
        shown = ", ".join(f"{value:.3f}" for value in best)
        print(f"{decode}: validation accuracy {np.mean(best):.3f} after {EPOCHS} epochs (seeds {SEEDS}: {shown})")


def main() -> None:
    """Run the measurements that the arguments ask for."""
    folder = sys.argv[1]
    speed(folder)
    difference(folder)
    if len(sys.argv) > 2:
        accuracy(folder, sys.argv[2])


if __name__ == "__main__":
    main()
