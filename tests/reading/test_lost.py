"""A run with `on_error="skip"` goes on without a photo that goes away while it trains, and can be continued."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pipeline.builders.build import build
from pipeline.config import DataConfig, ImageConfig, LoaderConfig
from pipeline.errors import InputError
from pipeline.evaluate.subject import settle
from pipeline.reading.lost import Lost, put_back, read_lost, stand_ins, write_lost
from pipeline.runs.trained_run import read_run
from pipeline.sources.directory import scan_directory

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder

SPLIT = {"train": 0.5, "validation": 0.25, "test": 0.25}
SMALL = ["--image.size", "12", "--model.filters", "[2]", "--model.dense", "[]", "--loader.batch_size", "4"]


def command(folder: Path, *options: Any) -> subprocess.Popen[bytes]:
    line = [sys.executable, "-m", "pipeline.train", *map(str, options)]
    return subprocess.Popen(line, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def settings(folder: Path) -> tuple[DataConfig, ImageConfig, LoaderConfig]:
    data = DataConfig(train=str(folder), split=SPLIT, on_error="skip", max_bad=0.2)
    return data, ImageConfig(size=12), LoaderConfig(batch_size=4, cache="none")


@pytest.mark.slow
def test_a_run_goes_on_without_a_photo_that_is_deleted_and_is_continued(
    photo_folder: PhotoFolder, tmp_path: Path
) -> None:
    folder = photo_folder({"cats": 12, "dogs": 12})
    before = build(*settings(folder), seed=5)
    assert before.validation_examples is not None
    gone = [before.train_examples.paths[3], before.validation_examples.paths[1]]
    options = ["--data.train", folder, "--data.split", json.dumps(SPLIT), "--data.on_error", "skip", *SMALL]
    options += ["--data.max_bad", "0.2", "--loader.cache", "none", "--seed", "5", "--output", "run"]
    process = command(tmp_path, *options, "--train.epochs", "30")
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line.decode())
        if line.startswith(b"Epoch 2/"):
            for path in gone:
                Path(path).unlink(missing_ok=True)  # the epoch is said again where it goes on
    out, _ = process.communicate()
    text = "".join(said)
    assert process.returncode == 0, text
    for path in gone:
        assert text.count(f"warning: {path}: No such file") == 1, text
    record = json.loads(out)
    assert record["finished"]
    assert (record["examples"], record["validation_examples"], record["skipped"]) == (12, 5, 2)
    assert {one["path"] for one in record["skipped_photos"]} == set(gone)
    more = command(tmp_path, "--resume", "run", "--train.epochs", "31")
    out, err = more.communicate()
    assert more.returncode == 0, err.decode()
    assert json.loads(out)["epochs"] == 31
    subject = settle(read_run(tmp_path / "run"), None)
    assert set(subject.names) == set(before.validation_examples.paths) - set(gone)
    assert before.test_examples is not None
    assert settle(read_run(tmp_path / "run"), None, "test").names == before.test_examples.paths


def test_what_it_delivers_then_is_the_stream_but_for_the_lost_photo(photo_folder: PhotoFolder) -> None:
    folder = photo_folder({"cats": 12, "dogs": 12})
    whole = build(*settings(folder), seed=5)
    path = whole.train_examples.paths[3]
    batches = list(itertools.islice(whole.stream.as_numpy_iterator(), 2 * whole.steps))
    state, size = whole.state(3), os.path.getsize(path)
    os.unlink(path)
    lost = [Lost(os.path.relpath(path, folder), size, "gone")]
    rest = build(*settings(folder), seed=5, start=state, lost=lost)
    assert rest.identity == whole.identity
    assert rest.validation_examples is not None
    assert whole.validation_examples is not None
    assert rest.validation_examples.paths == whole.validation_examples.paths
    changed = []
    for (x, y), (other, label) in zip(batches[3:], rest.stream.as_numpy_iterator(), strict=False):
        assert np.array_equal(y, label)
        changed += [row for row, (one, two) in enumerate(zip(x, other, strict=True)) if not np.array_equal(one, two)]
    assert 1 <= len(changed) <= 2  # once in epoch 1, and in epoch 0 if it stood behind step 3
    with pytest.raises(InputError, match="these differ from them in the training photos"):
        build(*settings(folder), seed=5, start=state)


def test_a_lost_photo_is_put_back_at_its_place(photo_folder: PhotoFolder) -> None:
    folder = photo_folder({"a": 4, "a/deep": 2, "a/deep/er": 1, "a-b": 2, "b": 3})
    whole = scan_directory(folder)
    for path in whole.paths:
        aside = folder / "aside.bin"
        os.rename(path, aside)
        lost = [Lost(os.path.relpath(path, folder), 7, "gone")]
        found = put_back(scan_directory(folder), str(folder), lost)
        os.rename(aside, path)
        assert found.paths == whole.paths
        assert found.labels.tolist() == whole.labels.tolist()
        assert dict(found.lost) == {path: 7}
        read = stand_ins(found)
        place = whole.paths.index(path)
        assert path not in read.paths
        assert whole.labels[whole.paths.index(read.paths[place])] == whole.labels[place]
        assert [one for k, one in enumerate(read.paths) if k != place] == [one for one in whole.paths if one != path]


def test_a_class_without_a_photo_is_named(photo_folder: PhotoFolder) -> None:
    examples = scan_directory(photo_folder({"a": 1, "b": 2}))
    with pytest.raises(InputError, match="no photo of 'a' can be read any more"):
        stand_ins(dataclasses.replace(examples, lost={examples.paths[0]: 1}))


def test_the_list_is_kept_whatever_the_names_are(tmp_path: Path) -> None:
    lost = (Lost(os.fsdecode(b"a/\xb0\xa1.jpg"), 3, "No such file"), Lost("강아지/1.jpg", -1, "cut"))
    write_lost(tmp_path, lost)
    assert read_lost(tmp_path) == lost
    assert read_lost(tmp_path / "none") == ()
    (tmp_path / "lost.json").write_text("[1]")
    with pytest.raises(InputError, match="the run lost, cannot be read"):
        read_lost(tmp_path)
