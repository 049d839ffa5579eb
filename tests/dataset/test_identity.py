"""The identity of a stream of batches: a state is accepted by the data that it was taken of, and by no other."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import pytest

from pipeline import Augment, ImageData, from_directory
from pipeline.dataset.identity import resolve_start
from pipeline.errors import InputError

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder


@pytest.fixture(scope="module")
def folder(photo_folder: PhotoFolder) -> Path:
    return photo_folder({"cats": 5, "dogs": 4})


def make(folder: Path, **options: Any) -> ImageData:
    return from_directory(folder, **{"image_size": 8, "batch_size": 4, "verify": "never", **options})


def test_a_state_is_a_few_words_of_json(folder: Path) -> None:
    state = make(folder).state(7)
    assert json.loads(json.dumps(state)) == state
    assert state["step"] == 7
    assert len(json.dumps(state)) < 300


def test_the_same_photos_elsewhere_are_the_same(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "moved" / "photos")
    assert make(tmp_path / "moved" / "photos", start=make(folder).state(5)).start == 5


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"seed": 1}, r"seed \(was 0, is 1\)\."),
        ({"batch_size": 3}, r"batch_size \(was 4, is 3\)\."),
        ({"shuffle": False}, r"shuffle \(was True, is False\)\."),
        ({"drop_remainder": True}, r"drop_remainder \(was False, is True\)\."),
        ({"image_size": 9}, r"the options of image or augment\."),
        ({"augment": Augment(rotation_range=1)}, r"the options of image or augment\."),
        ({"augment": keras.layers.RandomFlip()}, r"the options of image or augment\."),
        ({"class_names": ["dogs", "cats"]}, r"the training photos .*\."),
        ({"seed": 2, "batch_size": 3}, r"seed \(was 0, is 2\), batch_size \(was 4, is 3\)\."),
    ],
)
def test_what_differs_is_named(folder: Path, options: dict[str, Any], named: str) -> None:
    state = make(folder).state(1)
    with pytest.raises(InputError, match=f"these differ from them in {named} Put them back as they were"):
        make(folder, start=state, **options)


def test_what_decides_nothing_may_differ(folder: Path) -> None:
    state = make(folder, cache="none").state(2)
    assert make(folder, cache="disk", verify="always", start=state).start == 2


def test_photos_that_were_added_or_changed_are_other_photos(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "photos")
    state = make(tmp_path / "photos").state(1)
    shutil.copy(folder / "cats" / "0000.jpg", tmp_path / "photos" / "dogs" / "new.jpg")
    with pytest.raises(InputError, match="the training photos"):
        make(tmp_path / "photos", start=state)
    (tmp_path / "photos" / "dogs" / "new.jpg").unlink()
    assert make(tmp_path / "photos", start=state).start == 1
    with (tmp_path / "photos" / "dogs" / "0000.jpg").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(InputError, match="the training photos"):
        make(tmp_path / "photos", start=state)


def test_keras_layers_are_known_by_their_settings_not_by_how_many_there_were(folder: Path) -> None:
    def layers(factor: float) -> list[keras.layers.Layer]:
        return [keras.layers.RandomFlip("horizontal", seed=1), keras.layers.RandomRotation(factor, seed=1)]

    state = make(folder, augment=layers(0.1)).state(3)
    assert make(folder, augment=layers(0.1), start=state).start == 3
    with pytest.raises(InputError, match="image or augment"):
        make(folder, augment=layers(0.2), start=state)


@pytest.mark.parametrize("start", [-1, 1.0, True, "3", None, {}, {"step": "3"}, {"step": -2}])
def test_what_is_no_start_is_refused(start: Any) -> None:
    with pytest.raises(InputError, match=r"start must be an integer of at least 0 .* data\.state.*Received: "):
        resolve_start(start)
