"""Tests of measuring real photos: the bottleneck that they have, and that each figure is that of its stage."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tensorflow as tf

from pipeline.config import Augment, DataConfig, ImageConfig, LoaderConfig, ModelConfig, TrainConfig
from pipeline.images.load import load_image
from pipeline.profile.limits import copying, jpeg_ratio, processor_cache
from pipeline.profile.measure import measure
from pipeline.profile.report import record
from pipeline.profile.stages import Columns, drawn
from pipeline.reading.reader import ImageReader
from pipeline.sources.directory import scan_directory
from tests.support.readers import file_reader

if TYPE_CHECKING:
    from tests.conftest import PhotoFolder

TINY = ModelConfig(filters=(2,), dense=())


@pytest.fixture(scope="module")
def large(photo_folder: PhotoFolder) -> Path:
    """Return a folder of photos that take long to decode and little time in other stages."""
    return photo_folder({"a": 4, "b": 4}, size=(900, 1200))


def configured(folder: Path, cache: str, **image: Any) -> TrainConfig:
    return TrainConfig(
        data=DataConfig(train=str(folder), validation_split=0.5),
        image=ImageConfig(size=32, **image),
        loader=LoaderConfig(batch_size=4, cache=cache),  # type: ignore[arg-type]
        model=TINY,
    )


# ---- the data sets of the stages


@pytest.fixture(scope="module")
def columns(photo_folder: PhotoFolder) -> Columns:
    folder = photo_folder({"a": 6, "b": 5})
    examples = scan_directory(str(folder))
    reader = ImageReader(examples.source, ImageConfig(size=(20, 30)))
    return Columns(reader, examples.labels, LoaderConfig(batch_size=4), Augment(), 3)


def first(stream: tf.data.Dataset, count: int = 6) -> list[Any]:
    return list(stream.take(count).as_numpy_iterator())


def test_a_column_cut_off_behind_any_stage_goes_through_the_same_photos(columns: Columns) -> None:
    """Check that it has zeros instead of images, and the same indices as the whole data set."""
    wanted = [index.tolist() for index in first(columns.positions())]
    assert (
        len({one for index in wanted[:2] for one in index}) == 8
    )  # of 11, since the partial batch of an epoch is left out
    for depth in ("order", "read", "decode", "resize"):
        batches = first(columns.cut_off(depth))
        assert [index.tolist() for _, index, _ in batches] == wanted
        assert all(not zeros.any() and zeros.shape == index.shape for zeros, index, _ in batches)


def test_a_cut_off_column_does_the_work_up_to_its_stage(columns: Columns, tmp_path: Path) -> None:
    """Check that a missing file fails from reading on, and a file that is not an image from decoding on."""
    (tmp_path / "bad.jpg").write_bytes(b"\xff\xd8\xff no picture")
    for name, fails in (("gone.jpg", ("read", "decode", "resize")), ("bad.jpg", ("decode", "resize"))):
        broken = dataclasses.replace(columns, reader=file_reader([tmp_path / name], columns.image), labels=None)
        for depth in ("order", "read", "decode", "resize"):
            stream = broken.cut_off(depth)
            if depth in fails:
                with pytest.raises(tf.errors.OpError):
                    first(stream, 1)
            else:
                first(stream, 1)


def test_pictures_are_those_of_training(columns: Columns) -> None:
    images, index, _ = first(columns.images(columns.pixels), 1)[0]
    wanted = [load_image(columns.reader.source.paths[one], (20, 30)) for one in index]
    np.testing.assert_array_equal(images, wanted)
    batch, labels = first(columns.whole(columns.pixels), 1)[0]
    np.testing.assert_allclose(batch, images / np.float32(255), atol=1e-6)
    assert columns.labels is not None
    np.testing.assert_array_equal(labels, columns.labels[index])


def test_stages_alone_go_on_without_end(columns: Columns) -> None:
    for stream in (columns.decode_alone(5), columns.resize_alone(5), columns.batch_alone(5)):
        assert drawn(stream, 4).draw(7) == 28
    assert first(columns.batch_alone(5), 1)[0].shape == (4, 20, 30, 3)


def test_a_probe_counts_its_images(columns: Columns) -> None:
    assert drawn(columns.positions(), 4).draw(3) == 12
    assert copying().draw(2) % 1024 == 0


@pytest.mark.parametrize(
    ("size", "resize", "decode", "ratio"),
    [
        (150, "stretch", "fast", 4), (150, "stretch", "exact", 1), (500, "stretch", "fast", 1),
        ((150, 300), "stretch", "fast", 4), ((150, 600), "stretch", "fast", 2), ((150, 600), "pad", "fast", 4),
    ],
)  # fmt: skip
def test_libjpeg_divides_as_decoding_does(large: Path, size: Any, resize: Any, decode: Any, ratio: int) -> None:
    image = ImageConfig(size=size, resize=resize, decode=decode)
    path = next(large.glob("a/*"))
    assert jpeg_ratio([str(path)], image) == (ratio, [str(path)])


def test_where_no_photo_is_a_jpeg_libjpeg_bounds_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n")
    assert jpeg_ratio([str(tmp_path / "a.png")], ImageConfig()) == (1, [])


# ---- measurements


@pytest.mark.slow
def test_large_photos_decoded_each_time_are_held_up_by_decoding(photo_folder: PhotoFolder) -> None:
    huge = photo_folder({"a": 4, "b": 4}, size=(1800, 2400))
    kept = record(measure(configured(huge, "none", decode="exact"), 2.0))
    shares = {row["name"]: row["share"] for row in kept["stages"]}
    assert sum(shares.values()) == pytest.approx(1)
    assert kept["bottleneck"] == "decode"
    assert kept["verdict"].startswith("decode is ")
    memory, fast = kept["changes"]
    assert (memory["option"], memory["advised"]) == ("--loader.cache memory", True)
    assert memory["times"] > 3
    assert 1.2 < fast["times"] < memory["times"]


@pytest.mark.slow
def test_the_same_photos_from_memory_are_held_up_by_a_larger_model(large: Path) -> None:
    config = configured(large, "memory", decode="exact")
    config = dataclasses.replace(config, model=ModelConfig(filters=(64, 64), dense=(256,)))
    kept = record(measure(config, 2.0))
    assert kept["bottleneck"] == "model step"
    assert kept["changes"] == []
    assert kept["fill_seconds"] > 0
    assert {"cache", "augment", "batch", "model step"} <= {row["name"] for row in kept["stages"]}


@pytest.mark.slow
def test_a_disk_cache_is_measured_in_a_folder_of_its_own(photo_folder: PhotoFolder, tmp_path: Path) -> None:
    """Check that nothing is left in the user's cache folder."""
    config = configured(photo_folder({"a": 6, "b": 6}), "disk")
    config = dataclasses.replace(
        config,
        loader=dataclasses.replace(config.loader, cache_folder=str(tmp_path)),
        data=dataclasses.replace(config.data, label_mode=None),
    )
    kept = record(measure(config, 0.5))
    assert kept["cache"] == "disk"
    assert kept["changes"][0]["option"] == "--loader.cache memory"
    assert [row["name"] for row in kept["stages"]] == ["cache", "augment", "batch"]
    assert list(tmp_path.iterdir()) == []


def test_the_processor_s_largest_cache_is_read_from_the_system(tmp_path: Path) -> None:
    for number, size in enumerate(["32K\n", "1024K\n", "33M\n", "what?\n"]):
        (tmp_path / f"index{number}").mkdir()
        (tmp_path / f"index{number}" / "size").write_text(size)
    assert processor_cache(tmp_path) == 33 << 20
    assert processor_cache(tmp_path / "nothing") == 0
