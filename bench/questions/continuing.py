"""Measure the cost of starting and of resuming training.

    python -m bench.questions.continuing [FOLDER] [ROUNDS]

The script prints medians and ranges of:

1. the seconds from the call of `from_directory` to the first batch, in a new process after its imports, with all images
   in the disk cache. This includes the scan of the photos, the check of every image, and the building of the data set;
2. the seconds from there to the end of the first step of the notebook's network, for a new training and for one that is
   resumed from a checkpoint in mid-epoch (in turn), and the seconds of `load_weights` for the same weights;
3. the size of the checkpoint and of the variables in it, and the seconds to write one.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.measure.places import PHOTOS, ROOT

ROUNDS = 5
STOP = 7  # the number of steps after which the fit to be resumed is stopped


def _imported() -> None:
    from pipeline.runtime.startup import import_tensorflow

    import_tensorflow()
    import pipeline.builders.directory
    import pipeline.models.cnn
    import pipeline.runs.resume  # noqa: F401


def first_batch(photos: str) -> None:
    """Print the seconds to the first augmented batch from the disk cache."""
    _imported()
    import pipeline

    begun = time.perf_counter()
    data = pipeline.from_directory(photos, image_size=150, batch_size=100, cache="disk")
    next(iter(data.train))
    print(json.dumps({"seconds": time.perf_counter() - begun, "cache": data.cache}))


def first_step(photos: str, folder: str, last: str) -> None:
    """Fit up to the step `last`, with a checkpoint after `STOP` steps, and stop without saving.

    Prints the seconds to the end of the first step that was trained.
    """
    _imported()
    import keras

    import pipeline
    from pipeline.config import FitConfig, ModelConfig
    from pipeline.models.cnn import build_cnn
    from pipeline.models.compiling import compile_model
    from pipeline.models.head import head_for

    data = pipeline.from_directory(photos, image_size=150, batch_size=50, cache="disk")
    begun = time.perf_counter()
    head = head_for(data.label_mode, len(data.class_names))
    model = build_cnn(ModelConfig(), (150, 150, 3), head)
    compile_model(model, FitConfig(), head)
    resume = pipeline.Resume(data, folder, steps=STOP, keep=1)
    found = resume.found()
    seconds: list[float] = []

    def after(batch: int, logs: object) -> None:
        if batch >= (0 if found is None else found.step) and not seconds:
            seconds.append(time.perf_counter() - begun)
        if batch + 1 == int(last):
            raise KeyboardInterrupt

    stopper = keras.callbacks.LambdaCallback(on_train_batch_end=after)
    with contextlib.suppress(KeyboardInterrupt):
        model.fit(data.train, epochs=1, callbacks=[resume, stopper], verbose=0, shuffle=False)
    if found is None:
        model.save_weights(Path(folder).with_suffix(".weights.h5"))
    begun = time.perf_counter()
    model.load_weights(Path(folder).with_suffix(".weights.h5"))
    print(json.dumps({"seconds": seconds[0], "loading": time.perf_counter() - begun}))


def checkpoint(folder: str) -> None:
    """Print the size of a checkpoint and of its arrays, and the seconds to write it."""
    from pipeline.runs.checkpoints import load_last, save

    found = load_last(Path(folder))
    if found is None or found.path is None:
        raise FileNotFoundError(folder)
    begun = time.perf_counter()
    save(Path(folder) / "again", found, 1)
    seconds = time.perf_counter() - begun
    arrays = sum(array.nbytes for array in found.arrays.values())
    print(json.dumps({"seconds": seconds, "bytes": found.path.stat().st_size, "arrays": arrays}))


def _ask(home: str, name: str, *arguments: str) -> dict[str, Any]:
    """Run a function of this module in a new process and return its answer."""
    code = f"import sys; from bench.questions.continuing import {name}; {name}(*sys.argv[1:])"
    environment = {**os.environ, "XDG_CACHE_HOME": home}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return dict(json.loads(done.stdout))


def _shown(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} s ({min(values):.2f} to {max(values):.2f})"


def main(photos: str = str(PHOTOS), rounds: str = str(ROUNDS)) -> None:
    """Measure and print the results."""
    with tempfile.TemporaryDirectory() as home:
        _ask(home, "first_batch", photos)
        warm = [_ask(home, "first_batch", photos) for _ in range(int(rounds))]
        print(f"cache: {warm[-1]['cache'].replace(home, '$XDG_CACHE_HOME')}")
        print(f"from_directory to the first batch: {_shown([one['seconds'] for one in warm])}")
        anew, continued, loading = [], [], []
        for number in range(int(rounds)):
            folder = str(Path(home) / f"checkpoints{number}")
            anew.append(_ask(home, "first_step", photos, folder, str(STOP + 1))["seconds"])
            answer = _ask(home, "first_step", photos, folder, str(STOP + 1))
            continued.append(answer["seconds"])
            loading.append(answer["loading"])
        print(
            f"first step, begun anew: {_shown(anew)}; continued: {_shown(continued)}; load_weights: {_shown(loading)}"
        )
        beyond = [mine - theirs - load for mine, theirs, load in zip(continued, anew, loading, strict=True)]
        print(f"continuing costs beyond loading the weights: {_shown(beyond)}")
        written = [_ask(home, "checkpoint", folder) for _ in range(int(rounds))]
        size, arrays = written[0]["bytes"], written[0]["arrays"]
        print(f"checkpoint: {size:,} bytes = {arrays:,} of variables + {size - arrays:,}")
        print(f"writing it: {_shown([one['seconds'] for one in written])}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
