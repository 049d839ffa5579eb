"""YAML that is written reads back equal, and errors are named with their line."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import (
    Augment,
    DataConfig,
    FitConfig,
    ImageConfig,
    LoaderConfig,
    ModelConfig,
    TrainConfig,
    document,
)
from pipeline.errors import InputError, MissingPathError

# Text that some YAML reader takes for something else.
TRAPS = [
    "null",
    "~",
    "true",
    "yes",
    "off",
    "1",
    "1e3",
    "1e-3",
    ".5",
    "010",
    "0x1",
    "1:30",
    "2001-01-01",
    "=",
    "<<",
    "#",
    "&x",
    "a:",
]
TRAPS += ["caf\udce9", "a\x85", "a\u2028b", "a\n b ", "- x", "a: b"]
NAMES = st.one_of(st.sampled_from(TRAPS), st.text(st.characters(exclude_characters="\0"), min_size=1))
PATHS = st.one_of(st.none(), NAMES.filter(lambda name: "." not in name))
AMOUNTS = st.floats(0, 1e9)
FACTORS = st.tuples(st.floats(0.01, 1), st.floats(1, 100))
SHIFTS = st.one_of(AMOUNTS, st.integers(0, 1000), st.lists(st.floats(-9, 9), min_size=1).map(tuple))
SIDES = st.integers(1, 65_535)
CONFIGS = st.builds(
    TrainConfig,
    data=st.builds(
        DataConfig,
        train=PATHS,
        validation=PATHS,
        label_mode=st.sampled_from(["auto", "binary", "int", "categorical", None]),
        class_names=st.one_of(st.none(), st.lists(NAMES, min_size=1, unique=True).map(tuple)),
        download=st.booleans(),
    ),
    image=st.builds(
        ImageConfig,
        size=st.tuples(SIDES, SIDES),
        pad_value=st.one_of(st.just("edge"), st.integers(0, 255)),
        rescale=st.one_of(st.none(), st.floats(0, 1e300, exclude_min=True)),
    ),
    augment=st.builds(
        Augment,
        rotation_range=AMOUNTS,
        width_shift_range=SHIFTS,
        height_shift_range=SHIFTS,
        brightness_range=st.one_of(st.none(), FACTORS),
        zoom_range=st.one_of(st.floats(0, 0.99), FACTORS),
        fill_mode=st.sampled_from(["nearest", "constant", "reflect", "wrap"]),
        cval=st.floats(allow_nan=False, allow_infinity=False),
        horizontal_flip=st.booleans(),
    ),
    loader=st.builds(LoaderConfig, cache=st.sampled_from(["none", "memory", "auto"])),
    model=st.builds(
        ModelConfig,
        name=st.sampled_from(["cnn", "small"]),
        dense=st.lists(st.integers(1, 999)).map(tuple),
        dropout=st.floats(0, 0.99),
    ),
    train=st.builds(FitConfig, learning_rate=st.floats(1e-300, 1e300), early_stopping=st.sampled_from([None, 3])),
    seed=st.one_of(st.none(), st.integers(0, 2**31 - 1)),
    output=PATHS,
)


def rebuilt(content: dict[str, Any]) -> TrainConfig:
    groups = {
        "data": DataConfig,
        "image": ImageConfig,
        "augment": Augment,
        "loader": LoaderConfig,
        "model": ModelConfig,
        "train": FitConfig,
    }
    return TrainConfig(**{key: groups[key](**item) if key in groups else item for key, item in content.items()})


@given(CONFIGS)
def test_dump_reads_back_equal(config: TrainConfig) -> None:
    content = document.value(document.dump(config))
    again = rebuilt(content)
    assert again == config
    # 2 and 2.0 are equal, but mean whole pixels and pixels.
    assert type(again.augment.width_shift_range) is type(config.augment.width_shift_range)


def test_a_pretrained_network_s_levels_read_back() -> None:
    config = TrainConfig(model=ModelConfig(name="mobilenet_v2", unfreeze=3), train=FitConfig(fine_tune_epochs=2))
    assert rebuilt(document.value(document.dump(config))) == config


def test_dump_is_text_for_people() -> None:
    text = document.dump(TrainConfig(data=DataConfig(class_names=("고양이", "개"))))
    assert "고양이" in text
    assert "!!" not in text
    assert text.index("data:") < text.index("image:") < text.index("seed:")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1.5E+2", 150.0),
        (".5", 0.5),
        ("2.", 2.0),
        ("-1", -1),
        ("yes", "yes"),
        ("off", "off"),
        ("true", True),
        ("2001-01-01", "2001-01-01"),
        ("010", "010"),
        ("1_000", "1_000"),
        ("null", None),
        ("none", "none"),
        ("[1, 2.0]", [1, 2.0]),
        ("[1, 2", "[1, 2"),
        ("!!python/name:os.system", "!!python/name:os.system"),
    ],
)
def test_value_reads_yaml_without_its_surprises(text: str, value: Any) -> None:
    found = document.value(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"image: {size: [1,\n b: 2", "line 2"),
        (b"image:\n\tsize: 3\n", "line 2"),
        (b"seed: 1\nimage:\n  size: 3\nseed: 2\n", "line 4, column 1: 'seed' is there twice"),
        (b"seed: !!python/object/apply:os.system ['true']\n", "python/object"),
        (
            b"seed: 1\noutput: caf\xe9\n",
            "line 2 is not UTF-8 (invalid continuation byte); in cp1252 it reads 'output",
        ),
        ("# 강아지\ndata: {train: 사진}\n".encode("cp949"), "in cp949 it reads '# 강아지': save the file as UTF-8"),
        (
            b"seed: 1\nimage:\n \tsize: 3\n",
            r"a tab, which YAML does not take there: use spaces. Received: ' \tsize",
        ),
        (b"seed: 1\nimage:\t{size: 3}\n", "line 2, column 7: a tab, which YAML does not take there: use spaces"),
        (b"\x00\x01", "#x0000"),
        (b"- a\n- b\n", "Received: ['a', 'b']"),
        (b"42\n", "Received: 42"),
        (b"seed: 2001-02-30\nseed\n", "line"),
    ],
)
def test_read_refuses_and_names_the_place(tmp_path: Path, content: bytes, named: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        document.read(path)
    assert named in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_read_takes_what_windows_saves_as_unicode(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "c.yaml").write_text("output: 강아지\n", encoding=encoding)
    assert document.read(tmp_path / "c.yaml") == {"output": "강아지"}


def test_read_finds_a_file_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "c.yaml").write_text("seed: 3\n")
    assert document.read("~/c.yaml") == {"seed": 3}


def test_read_refuses_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(MissingPathError, match=r"none\.yaml"):
        document.read(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="is a directory"):
        document.read(tmp_path)


def test_read_takes_a_file_of_comments_for_an_empty_mapping(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("# seed: 3\n")
    assert document.read(tmp_path / "c.yaml") == {}
