"""The command `python -m pipeline.train`: photos in, trained classifier out."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from pathlib import Path

from pipeline.cli import parse, run_command
from pipeline.config import DataConfig, TrainConfig
from pipeline.errors import MissingPathError
from pipeline.progress import progress, say
from pipeline.run import check_output

__all__ = ["main"]

DESCRIPTION = (
    "Train a classifier on photos, one folder a class. Without a folder it draws a sample of cats and dogs "
    "and trains on that. Progress goes to stderr; the last line on stdout is one JSON object."
)
DATA = Path("data")
DEFAULT_SPLIT = 0.2


def _sample(data: DataConfig) -> DataConfig:
    """The drawn sample's folders; it is drawn the first time."""
    from pipeline.sources.sample import DEFAULT_TRAIN, DEFAULT_VALIDATION, draw_sample

    with progress("Drawing the sample (first time only)", DEFAULT_TRAIN + DEFAULT_VALIDATION) as advance:
        folder = draw_sample(DATA / "sample", progress=advance)
    say(f"data: the drawn sample in {folder} (drawn, not photographed); --data.train DIR takes your own photos")
    if data.validation is not None or data.validation_split is not None:
        return dataclasses.replace(data, train=str(folder / "train"))
    return dataclasses.replace(data, train=str(folder / "train"), validation=str(folder / "validation"))


def _downloaded(data: DataConfig) -> DataConfig:
    from pipeline.sources.download import download_cats_and_dogs

    folder = download_cats_and_dogs(DATA)
    return dataclasses.replace(data, train=str(folder / "train"), validation=str(folder / "validation"))


def settle_folders(data: DataConfig) -> DataConfig:
    """The folders that are read: those named, the public set where it is asked for, or the drawn sample.

    Raises:
        MissingPathError: a folder that is named is not there.
    """
    if data.download and (data.train is None or not os.path.isdir(data.train)):
        return _downloaded(data)
    if data.train is None:
        return _sample(data)
    if not os.path.exists(data.train):
        raise MissingPathError(
            f"data.train: there is no folder {data.train!r}. Point to yours with --data.train DIR "
            "--data.validation DIR, or fetch the public cats and dogs (69 MB) with --data.download true"
        )
    if data.validation is None and data.validation_split is None:
        say(f"data: no validation photos named, so {DEFAULT_SPLIT:.0%} of the training photos are kept for it")
        return dataclasses.replace(data, validation_split=DEFAULT_SPLIT)
    return data


def main() -> int:
    """Run the command; the result is its exit code."""
    config = parse(TrainConfig, prog="python -m pipeline.train", description=DESCRIPTION)
    check_output(config.output, config.overwrite)
    config = dataclasses.replace(config, data=settle_folders(config.data))

    from pipeline.startup import import_tensorflow

    import_tensorflow()
    from pipeline.fit import train

    code, record = train(config)
    # JSON is UTF-8 whatever the terminal's encoding; a byte of a file's name that is none is escaped.
    line = json.dumps(record, ensure_ascii=False) + "\n"
    sys.stdout.buffer.write(line.encode("utf-8", "backslashreplace"))
    return code


if __name__ == "__main__":
    run_command(main)
