"""Keras' arguments as `from_directory`'s: none that it would refuse, and a note on what gets lost."""

from __future__ import annotations

import ast

import pytest

from pipeline.migrate.arguments import arguments
from pipeline.migrate.imports import Changes
from pipeline.migrate.options import as_augment, as_options
from pipeline.migrate.text import Text
from tests.support.migrated import scopes_of


def read(source: str) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """Options, augmentation and notes of `ImageDataGenerator(...).flow_from_directory(...)`."""
    scopes = scopes_of(source)
    assert isinstance(scopes.module.node, ast.Module)
    last = scopes.module.node.body[-1]
    assert isinstance(last, ast.Expr)
    assert isinstance(last.value, ast.Call)
    assert isinstance(last.value.func, ast.Attribute)
    assert isinstance(last.value.func.value, ast.Call)
    flow = arguments(last.value, "flow_from_directory", scopes) or {}
    settings = arguments(last.value.func.value, "ImageDataGenerator", scopes) or {}
    told = Changes()
    options = as_options(flow, settings, Text(source), scopes, told)
    augment, _ = as_augment(settings, Text(source), scopes, told)
    return options, augment, [note.text for note in told.notes]


def flow(arguments: str, settings: str = "") -> tuple[dict[str, str], dict[str, str], list[str]]:
    return read(f"ImageDataGenerator({settings}).flow_from_directory('d', {arguments})")


def test_keras_defaults_are_written_out() -> None:
    options, augment, notes = flow("")
    assert options == {"image_size": "(256, 256)", "label_mode": '"categorical"', "rescale": "None"}
    assert augment == {}
    assert notes == [
        'photos were resized with interpolation="nearest", Keras\' default; here they are resized bilinear'
    ]


@pytest.mark.parametrize(
    ("arguments", "name", "value"),
    [
        ("(150, 150)", "image_size", "(150, 150)"),
        ("target_size=SIZE", "image_size", "SIZE"),
        ("batch_size=2 * N", "batch_size", "2 * N"),
        ("color_mode='grayscale'", "color_mode", "'grayscale'"),
        ("classes=['a', 'b']", "class_names", "['a', 'b']"),
        ("classes=None", "class_names", None),
        ("shuffle=False", "shuffle", "False"),
        ("seed=3", "seed", "3"),
        ("seed=None", "seed", None),
        ("follow_links=True", "follow_links", "True"),
        ("keep_aspect_ratio=True", "resize", '"crop"'),
        ("keep_aspect_ratio=False", "resize", None),
        ("class_mode='binary'", "label_mode", '"binary"'),
        ("class_mode='sparse'", "label_mode", '"int"'),
        ("class_mode=None", "label_mode", "None"),
        ("class_mode='input'", "label_mode", "None"),
        ("class_mode='multi_output'", "label_mode", None),
        ("class_mode=mode", "label_mode", None),
        ("batch_size=0", "batch_size", None),
        ("color_mode='hsv'", "color_mode", None),
    ],
)
def test_arguments_of_the_flow(arguments: str, name: str, value: str | None) -> None:
    assert flow(arguments)[0].get(name) == value


@pytest.mark.parametrize(
    ("settings", "value"),
    [
        ("rescale=1./255", "1./255"),
        ("rescale=None", "None"),
        ("rescale=0", "None"),
        ("rescale=R", "R"),
        ("rescale=-1", "None"),
    ],
)
def test_rescale(settings: str, value: str) -> None:
    assert flow("", settings)[0]["rescale"] == value


def test_a_class_mode_that_a_name_holds_is_read() -> None:
    source = "MODE = 'binary'\nImageDataGenerator().flow_from_directory('d', class_mode=MODE)"
    assert read(source)[0]["label_mode"] == '"binary"'


def test_augmentation_is_kept_as_it_is_written() -> None:
    settings = "rotation_range=40, zoom_range=[0.8, 1.2], fill_mode='reflect', cval=0., vertical_flip=True"
    expected = ["40", "[0.8, 1.2]", "'reflect'", "0.", "True"]
    assert list(flow("", settings)[1].values()) == expected


@pytest.mark.parametrize(
    "settings", ["fill_mode='nearest'", "rotation_range=0", "zoom_range=0.0, horizontal_flip=False"]
)
def test_what_changes_no_picture_is_no_augmentation(settings: str) -> None:
    assert flow("", settings)[1] == {}


@pytest.mark.parametrize(
    ("arguments", "settings", "told"),
    [
        ("interpolation='bicubic'", "", 'interpolation="bicubic"; here they are resized bilinear'),
        ("interpolation=how", "", "the interpolation given"),
        ("save_to_dir='x'", "", "save_to_dir has no equivalent"),
        ("seed=1", "", "the same seed gives another order"),
        ("class_mode=mode", "", "class_mode is not written out here"),
        ("class_mode='raw'", "", "class_mode is 'raw', which a folder of photos cannot have"),
        ("batch_size=0", "", "batch_size is left out, because loader.batch_size must be"),
        ("keep_aspect_ratio=k", "", "taken to be True"),
        ("", "rescale=-1", "rescale is left out, because image.rescale must be"),
        ("", "zoom_range=1.5", "zoom_range is left out, because augment.zoom_range must be"),
        ("", "featurewise_center=True", "featurewise_center has no equivalent"),
        ("", "samplewise_std_normalization=s", "samplewise_std_normalization has no equivalent"),
        ("", "zca_whitening=True", "zca_whitening has no equivalent"),
        ("", "data_format='channels_first'", "data_format has no equivalent"),
        ("", "dtype='float16'", "dtype has no equivalent"),
        ("", "interpolation_order=3", "interpolation_order has no equivalent"),
    ],
)
def test_what_gets_lost_is_told(arguments: str, settings: str, told: str) -> None:
    assert any(told in note for note in flow(arguments, settings)[2])


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        ("interpolation='bilinear', save_to_dir=None, save_prefix='', seed=None", ""),
        ("interpolation='bilinear'", "featurewise_center=False, preprocessing_function=None, data_format=None"),
        (
            "interpolation='bilinear'",
            "data_format='channels_last', dtype=None, interpolation_order=1, zca_epsilon=1e-6",
        ),
    ],
)
def test_what_means_the_same_is_not(arguments: str, settings: str) -> None:
    assert flow(arguments, settings)[2] == []
