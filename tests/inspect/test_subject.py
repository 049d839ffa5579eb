"""A folder or a configuration, and what is wrong with other things."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import InputError, MissingPathError
from pipeline.inspect.subject import NOTEBOOK, settle
from tests.support.odd_photos import picture
from tests.support.places import ROOT


def folder(path: Path) -> Path:
    (path / "cats").mkdir(parents=True)
    picture().save(path / "cats" / "a.jpg")
    return path


def test_a_folder_is_read_with_the_defaults_and_shown_the_notebook_s_augmentation(tmp_path: Path) -> None:
    subject = settle(str(folder(tmp_path / "photos")))
    assert subject.folders == [str(tmp_path / "photos")]
    assert subject.config.image.image_size == (150, 150)
    assert subject.augment == NOTEBOOK


def test_a_configuration_brings_its_folders_and_options(tmp_path: Path) -> None:
    train, validation = folder(tmp_path / "a"), folder(tmp_path / "b")
    (tmp_path / "c.yaml").write_text(
        f"data: {{train: {train}, validation: {validation}}}\nimage: {{size: 64, resize: pad}}\n"
        "augment: {rotation_range: 10}\nloader: {batch_size: 5}\n"
    )
    subject = settle(str(tmp_path / "c.yaml"))
    assert [(root.path, root.split) for root in subject.roots] == [
        (str(train), "train"),
        (str(validation), "validation"),
    ]
    assert subject.folders == [str(train), str(validation)]
    assert subject.config.image.resize == "pad"
    assert subject.augment.rotation_range == 10
    assert subject.from_config


def test_the_repository_s_own_configurations_can_be_read() -> None:
    for path in sorted((ROOT / "configs").glob("*.yaml")):
        with pytest.raises((InputError, MissingPathError), match=r"data\.train in |data\.dataset names arrays"):
            settle(str(path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("data: {}\n", r"data\.train in '.*c\.yaml' must name a folder of photos"),
        ("data: {train: nowhere}\n", r"data\.train in '.*c\.yaml' names a folder that is not there: 'nowhere'"),
        ("dota: {}\n", "dota is not a field; did you mean data"),
        ("image: {size: 0}\n", r"image\.size must be"),
        ("[1, 2]\n", "must hold a mapping"),
    ],
)
def test_a_wrong_configuration_is_one_error(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "c.yaml").write_text(text)
    with pytest.raises(InputError, match=message):
        settle(str(tmp_path / "c.yaml"))


def test_anything_else_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    with pytest.raises(InputError, match=r"must be a folder of photos or a YAML configuration\. Received: '.*a\.jpg'"):
        settle(str(tmp_path / "a.jpg"))
    with pytest.raises(MissingPathError, match=r"there is no folder or file '.*nowhere'"):
        settle(str(tmp_path / "nowhere"))
