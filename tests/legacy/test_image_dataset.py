"""`image_dataset_from_directory` beside Keras' own on the same files: pixels, labels, files, splits, refusals."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from pipeline import Augment, from_directory
from pipeline.errors import InputError, MissingPathError
from pipeline.legacy.image_dataset import builder
from pipeline.legacy.image_dataset.builder import image_dataset_from_directory
from pipeline.legacy.image_dataset.files import list_files, shuffle_files, split_files
from tests.support.places import ROOT
from tests.support.versions import KERAS_DATA_SET_HAS_FORMAT

if TYPE_CHECKING:
    from tests.conftest import Draw, PhotoFolder

LIGHT: dict[str, Any] = {"image_size": (9, 12), "batch_size": 4, "verbose": False}


def theirs(directory: Any, **options: Any) -> Any:
    return keras.utils.image_dataset_from_directory(directory, **{**LIGHT, **options})


def ours(directory: Any, **options: Any) -> Any:
    return image_dataset_from_directory(directory, **{**LIGHT, **options})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, draw_picture: Draw) -> Path:
    """Three classes of 5, 4 and 4 pictures: other shapes, colours, depths, cases of extension, nested and hidden."""
    root: Path = tmp_path_factory.mktemp("mixed")
    for name in ("ants/b-1", "ants/b/c", "bees/.hidden", "cows", ".git", "ants/empty"):
        (root / name).mkdir(parents=True)
    turned = Image.Exif()
    turned[0x0112] = 6
    draw_picture(40, 31, 1).save(root / "ants/z.jpg", exif=turned)
    draw_picture(20, 61, 2).save(root / "ants/B.JPEG", quality=80)
    draw_picture(9, 12, 3).save(root / "ants/b/one.png")
    draw_picture(31, 17, 4).convert("L").save(root / "ants/b-1/two.png")
    draw_picture(33, 25, 5).convert("P").save(root / "ants/b/c/three.png")
    alpha = draw_picture(30, 30, 6).convert("RGBA")
    alpha.putalpha(draw_picture(30, 30, 7).convert("L"))
    alpha.save(root / "bees/alpha.png")
    draw_picture(5, 4, 8).save(root / "bees/small.jpg")
    draw_picture(64, 48, 9).convert("L").save(root / "bees/grey.jpg")
    draw_picture(50, 50, 10).save(root / "bees/.hidden/.x.jpg")
    for k in range(4):
        draw_picture(30 + k, 50 - 7 * k, 11 + k).save(root / f"cows/{k}.jpg")
    (root / "cows/notes.txt").write_text("no picture")
    draw_picture(8, 8, 20).save(root / "loose.jpg")
    draw_picture(8, 8, 21).save(root / ".git/kept.jpg")
    return root


@pytest.fixture(scope="module")
def many(photo_folder: PhotoFolder) -> Path:
    """Two classes of 60 tiny JPEGs."""
    return photo_folder({"cats": 60, "dogs": 60}, size=(8, 8))


@pytest.fixture
def broken(photo_folder: PhotoFolder) -> Path:
    """Cats and dogs, 4 each, of which the second cat is text and the last dog is cut short."""
    root = photo_folder({"cats": 4, "dogs": 4})
    (root / "cats/0001.jpg").write_text("no picture")
    last = root / "dogs/0003.jpg"
    last.write_bytes(last.read_bytes()[:60])
    return root


def assert_same(ours: Any, theirs: Any, batches: int = -1) -> None:
    """Elements bit for bit with their dtypes, and all that can be asked of the data set itself."""
    assert ours.element_spec == theirs.element_spec
    assert int(ours.cardinality()) == int(theirs.cardinality())
    assert (ours.class_names, ours.file_paths) == (theirs.class_names, theirs.file_paths)
    pairs = list(zip(ours.take(batches), theirs.take(batches), strict=True))
    assert len(pairs) == (len(theirs) if batches < 0 else batches)
    for mine, original in pairs:
        for one, other in zip(tf.nest.flatten(mine), tf.nest.flatten(original), strict=True):
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)


def epoch_of(dataset: Any) -> list[int]:
    """The labels of one iteration; where each file has its own they say which file came when."""
    return [int(label) for _, labels in dataset for label in np.ravel(labels)]


def places(dataset: Any) -> list[int]:
    """Return the place in `file_paths` of each element of an iteration of numbered files."""
    number = {path: k for k, path in enumerate(sorted(dataset.file_paths))}
    place = {number[path]: k for k, path in enumerate(dataset.file_paths)}
    return [place[label] for label in epoch_of(dataset)]


def bag(dataset: Any) -> list[tuple[bytes, int]]:
    """Single (picture, label) pairs of one iteration whatever their order."""
    return sorted((image.numpy().tobytes(), int(label)) for image, label in dataset.unbatch())


def test_the_signature_begins_with_keras_and_the_rest_is_by_keyword() -> None:
    mine = list(inspect.signature(image_dataset_from_directory).parameters.values())
    original = list(inspect.signature(keras.utils.image_dataset_from_directory).parameters.values())
    pairs = [[(one.name, one.default) for one in parameters] for parameters in (mine, original)]
    pairs[0] = [pair for pair in pairs[0] if KERAS_DATA_SET_HAS_FORMAT or pair[0] != "format"]
    assert pairs[0][: len(original)] == pairs[1]
    assert {one.kind for one in mine[len(original) + (not KERAS_DATA_SET_HAS_FORMAT) :]} == {
        inspect.Parameter.KEYWORD_ONLY
    }


# ---- pixels, labels and shapes


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"batch_size": None},
        {"label_mode": None},
        {"label_mode": "categorical", "data_format": "channels_first"},
        {"labels": None, "batch_size": None, "data_format": "channels_first", "image_size": 7},
        {"color_mode": "grayscale"},
        {"crop_to_aspect_ratio": True},
        {"crop_to_aspect_ratio": True, "data_format": "channels_first", "interpolation": "nearest"},
        {"crop_to_aspect_ratio": True, "interpolation": "Lanczos5"},
        {"pad_to_aspect_ratio": True},
        {"pad_to_aspect_ratio": True, "interpolation": "nearest", "batch_size": None},
        {"class_names": ["cows", "ants"], "label_mode": "binary"},
        {"class_names": ("cows",), "label_mode": "categorical", "batch_size": None},
        {"labels": [k % 3 for k in range(15)]},
        {"labels": [k / 2 for k in range(15)]},
        {"labels": [1, 2, 1] * 5, "label_mode": "binary"},
        {"validation_split": 0.3, "subset": "validation"},
        {"validation_split": 0.3, "subset": "training"},
        *({"interpolation": name} for name in ("nearest", "bicubic", "area", "lanczos3", "mitchellcubic")),
    ],
    ids=str,
)
def test_elements_are_keras_bit_for_bit(folder: Path, options: dict[str, Any]) -> None:
    assert_same(ours(folder, shuffle=False, **options), theirs(folder, shuffle=False, **options))


def test_the_default_call_on_real_photos_is_keras_bit_for_bit(photos: Path) -> None:
    where = photos / "validation"
    default = image_dataset_from_directory(where, shuffle=False, verbose=False)
    assert default.element_spec[0].shape == (None, 256, 256, 3)
    assert_same(default, keras.utils.image_dataset_from_directory(where, shuffle=False, verbose=False), batches=2)


def test_bmp_and_gif_are_read_as_keras_reads_them(tmp_path: Path, draw_picture: Draw) -> None:
    draw_picture(20, 30, 1).save(tmp_path / "a.bmp")
    frames = [draw_picture(20, 30, k) for k in (2, 3)]
    frames[0].save(tmp_path / "b.gif", save_all=True, append_images=frames[1:])
    draw_picture(20, 30, 4).save(tmp_path / "c.webp")  # no format of Keras'
    dataset = ours(tmp_path, labels=None, shuffle=False)
    assert dataset.file_paths == [str(tmp_path / "a.bmp"), str(tmp_path / "b.gif")]
    assert_same(dataset, theirs(tmp_path, labels=None, shuffle=False))


def test_rgba_is_keras_for_png_and_opaque_where_the_format_has_no_alpha(tmp_path: Path, draw_picture: Draw) -> None:
    (tmp_path / "png").mkdir()
    (tmp_path / "other").mkdir()
    alpha = draw_picture(30, 30, 6).convert("RGBA")
    alpha.putalpha(draw_picture(30, 30, 7).convert("L"))
    alpha.save(tmp_path / "png/a.png")
    draw_picture(20, 30, 1).save(tmp_path / "png/b.png")
    options: dict[str, Any] = {"labels": None, "shuffle": False, "color_mode": "rgba"}
    assert_same(ours(tmp_path / "png", **options), theirs(tmp_path / "png", **options))
    draw_picture(20, 30, 1).save(tmp_path / "other/a.jpg")
    draw_picture(20, 30, 2).save(tmp_path / "other/b.gif")
    with pytest.raises(tf.errors.InvalidArgumentError):
        next(iter(theirs(tmp_path / "other", **options)))
    (images,) = ours(tmp_path / "other", **options)
    (rgb,) = ours(tmp_path / "other", labels=None, shuffle=False)
    np.testing.assert_array_equal(images[..., :3], rgb)
    assert set(np.unique(images[..., 3])) == {255.0}


def test_keras_data_format_is_the_default(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.config, "image_data_format", lambda: "channels_first")
    assert ours(folder).element_spec[0].shape == (None, 3, 9, 12)


@pytest.mark.parametrize(
    ("resize", "flags"),
    [("pad", {"pad_to_aspect_ratio": True}), ("crop", {"crop_to_aspect_ratio": True})],
)
def test_resize_is_keras_flags_in_one_word(folder: Path, resize: str, flags: dict[str, Any]) -> None:
    original = theirs(folder, shuffle=False, **flags)
    assert_same(ours(folder, shuffle=False, resize=resize, **(flags if resize == "crop" else {})), original)


# ---- files and splits


@pytest.mark.parametrize("follow_links", [False, True])
def test_links_are_followed_as_by_keras(folder: Path, tmp_path: Path, follow_links: bool) -> None:
    (tmp_path / "linked").symlink_to(folder / "bees")
    (tmp_path / "own").mkdir()
    (tmp_path / "own/inside").symlink_to(folder / "ants")
    (tmp_path / "own/file.jpg").symlink_to(folder / "cows/0.jpg")
    mine = ours(tmp_path, shuffle=False, follow_links=follow_links)
    if follow_links or KERAS_DATA_SET_HAS_FORMAT:  # the ones before follow links whatever is asked
        assert mine.file_paths == theirs(tmp_path, shuffle=False, follow_links=follow_links).file_paths
    assert len(mine.file_paths) == (10 if follow_links else 5)


def test_a_link_back_is_entered_once(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/0.jpg").symlink_to(folder / "cows/0.jpg")
    (tmp_path / "a/back").symlink_to(tmp_path)
    paths = ours(tmp_path, follow_links=True, shuffle=False).file_paths
    # `back` leads to the folder above, whose class `a` is on the way here already.
    assert paths == [str(tmp_path / "a/0.jpg")]


@pytest.mark.parametrize(
    "write", [str, Path, lambda path: f"{path}/", os.path.relpath], ids=["str", "Path", "/", "rel"]
)
def test_paths_begin_as_the_caller_wrote_the_directory(folder: Path, write: Callable[[Path], Any]) -> None:
    directory = write(folder)
    for labels in ("inferred", None):
        files = list_files(os.fspath(directory), labels, None, False)
        assert list(files.paths) == theirs(directory, labels=labels, shuffle=False).file_paths


def test_remote_folders_are_read_through_tensorflow(folder: Path) -> None:
    for path in (folder / "cows").glob("*.jpg"):
        for kind in ("a", "b/c"):
            tf.io.gfile.makedirs(f"ram://keras/{kind}")
            tf.io.gfile.copy(str(path), f"ram://keras/{kind}/{path.name}", overwrite=True)
    assert_same(ours("ram://keras", shuffle=False), theirs("ram://keras", shuffle=False))
    with pytest.raises(MissingPathError):
        ours("ram://nowhere")


def test_a_name_that_is_not_utf8_is_read(folder: Path, tmp_path: Path) -> None:
    name = os.fsdecode(os.path.join(os.fsencode(tmp_path), b"\xff.jpg"))
    os.symlink(folder / "cows/0.jpg", name)
    dataset = ours(tmp_path, labels=None)
    assert dataset.file_paths == [name]
    assert next(iter(dataset)).shape == (1, 9, 12, 3)


@pytest.mark.parametrize(("seed", "split"), [(0, None), (7, 0.2), (2**32 - 1, 0.999)])
def test_a_seed_gives_keras_files(many: Path, seed: int, split: float | None) -> None:
    for subset in ("training", "validation") if split else (None,):
        files = split_files(shuffle_files(list_files(str(many), "inferred", None, False), seed), split, subset)
        original = theirs(many, seed=seed, validation_split=split, subset=subset)
        assert list(files.paths) == original.file_paths


@pytest.mark.parametrize("shuffle", [False, True])
def test_both_are_the_two_subsets_and_validation_keeps_its_order(many: Path, shuffle: bool) -> None:
    options = {"validation_split": 0.25, "seed": 3, "shuffle": shuffle}
    train, validation = ours(many, subset="both", **options)
    original = theirs(many, subset="both", **options)
    assert train.file_paths == original[0].file_paths
    assert bag(train) == bag(original[0])
    assert_same(validation, original[1])
    assert not set(train.file_paths) & set(validation.file_paths)
    assert (len(train.file_paths), len(validation.file_paths)) == (90, 30)
    if not shuffle:
        assert_same(train, original[0])


@pytest.mark.parametrize("subset", ["training", "validation", "both"])
def test_a_split_that_leaves_a_side_empty_is_refused(folder: Path, subset: str) -> None:
    with pytest.raises(InputError, match=r"validation_split=0.05 of 13 files leaves no validation image"):
        ours(folder, validation_split=0.05, subset=subset, seed=1)


# ---- order


@pytest.fixture(scope="module")
def numbered(many: Path) -> dict[str, Any]:
    """Options under which each file's label is its own number."""
    return {"directory": many, "labels": list(range(120)), "seed": 5, "image_size": 2, "batch_size": 24}


def test_every_iteration_has_every_file_once_in_another_order(numbered: dict[str, Any]) -> None:
    dataset = ours(**numbered)
    epochs = [epoch_of(dataset) for _ in range(3)]
    assert all(sorted(epoch) == list(range(120)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3
    again = ours(**numbered)
    assert [epoch_of(again) for _ in range(3)] == epochs
    again.epoch.assign(1)
    assert epoch_of(again) == epochs[1]
    assert int(again.epoch) == 2
    assert places(ours(**{**numbered, "seed": 6})) != places(ours(**numbered))  # not the files' shuffle alone
    assert sorted(epoch_of(ours(**{**numbered, "seed": 2**32 - 1}))) == list(range(120))
    single = ours(**{**numbered, "batch_size": None})
    assert [epoch_of(single) for _ in range(2)] == epochs[:2]  # the size of a batch has no say
    assert int(single.cardinality()) == 120


@pytest.mark.slow
def test_the_order_is_the_same_in_another_process(numbered: dict[str, Any]) -> None:
    code = (
        "import json, sys; from pipeline.legacy.image_dataset.builder import image_dataset_from_directory as f\n"
        "d = f(**json.loads(sys.argv[1]))\n"
        "print(json.dumps([[int(n) for _, y in d for n in y] for _ in range(2)]))"
    )
    options = json.dumps({**LIGHT, **numbered, "directory": str(numbered["directory"])})
    done = subprocess.run([sys.executable, "-c", code, options], cwd=ROOT, capture_output=True, text=True, check=True)
    dataset = ours(**numbered)
    assert json.loads(done.stdout) == [epoch_of(dataset), epoch_of(dataset)]


def test_without_a_seed_numpys_state_decides_and_the_callers_labels_stay(many: Path) -> None:
    labels = tuple(range(120))
    drawn = []
    for _ in range(2):
        keras.utils.set_random_seed(11)
        dataset = ours(many, labels=labels, image_size=2)
        drawn.append((dataset.file_paths, epoch_of(dataset)))
    assert drawn[0] == drawn[1]
    keras.utils.set_random_seed(11)
    given = list(labels)
    assert theirs(many, labels=given).file_paths == drawn[0][0]
    assert given != list(labels)  # Keras shuffles the caller's list; and a tuple, which it promises to take, it cannot
    kept = list(labels)
    ours(many, labels=kept)
    assert kept == list(labels)


# ---- cache


CACHES = ("memory", "disk")


def kept_files(cache_folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of last change of each file of pictures below a cache folder."""
    found = {str(path): path.stat() for path in cache_folder.rglob("pixels")}
    return {path: (status.st_size, status.st_mtime_ns) for path, status in found.items()}


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"batch_size": None, "data_format": "channels_first"},
        {"crop_to_aspect_ratio": True},
        {"pad_to_aspect_ratio": True},
        {"color_mode": "rgba", "label_mode": "categorical"},
        {"interpolation": "nearest"},
        {"interpolation": "bicubic"},
        {"interpolation": "lanczos5", "color_mode": "grayscale"},
    ],
    ids=str,
)
def test_cached_pictures_are_keras_bit_for_bit(
    photo_folder: PhotoFolder, tmp_path: Path, cache: str, options: dict[str, Any]
) -> None:
    root = photo_folder({"a": 5, "b": 4})
    for path in root.glob("*/*.jpg"):
        Image.open(path).save(path.with_suffix(".png"))  # Keras reads no JPEG with alpha
        path.unlink()
    stripes = np.zeros((40, 30, 3), np.uint8)
    stripes[::9] = 255
    Image.fromarray(stripes).save(root / "a/stripes.png")
    original = theirs(root, shuffle=False, **options)
    expected = list(original)
    if "lanczos5" in options.values():
        levels = np.concatenate([images for images, _ in expected])
        assert levels.min() < 0  # what bytes cannot hold
    mine = ours(root, shuffle=False, cache=cache, cache_folder=tmp_path, **options)
    assert mine.element_spec == original.element_spec
    (root / "a/0000.png").unlink()  # the cache has it
    for found, one in zip(mine, expected, strict=True):
        for part, other in zip(found, one, strict=True):
            assert part.dtype == other.dtype
            np.testing.assert_array_equal(part, other)


@pytest.mark.parametrize("cache", CACHES)
def test_a_cached_epoch_is_the_same_order(numbered: dict[str, Any], tmp_path: Path, cache: str) -> None:
    cached, plain = ours(**numbered, cache=cache, cache_folder=tmp_path), ours(**numbered)
    for _ in range(2):
        for (images, labels), (original, expected) in zip(cached, plain, strict=True):
            np.testing.assert_array_equal(labels, expected)
            np.testing.assert_array_equal(images, original)


def test_a_later_call_finds_what_is_on_disk_and_reads_what_changed(
    photo_folder: PhotoFolder, tmp_path: Path, draw_picture: Draw
) -> None:
    root, options = photo_folder({"a": 5, "b": 4}), {"shuffle": False, "cache": "disk", "cache_folder": tmp_path}
    ours(root, **options)
    first = kept_files(tmp_path)
    assert [size for size, _ in first.values()] == [9 * 9 * 12 * 3 * 4]
    draw_picture(31, 44, 99).save(root / "b/0002.jpg")
    assert_same(ours(root, **options), theirs(root, shuffle=False))
    second = kept_files(tmp_path)
    assert second != first
    expected = list(theirs(root, shuffle=False))
    again = ours(root, **options)
    assert kept_files(tmp_path) == second  # nothing was added
    (root / "a/0001.jpg").unlink()
    for (images, _), (original, _) in zip(again, expected, strict=True):
        np.testing.assert_array_equal(images, original)


def test_ways_of_reading_are_kept_apart_on_disk(photo_folder: PhotoFolder, tmp_path: Path) -> None:
    """All of one size and most of one type: each would fit where another's pictures are looked for."""
    root = photo_folder({"a": 2, "b": 2})
    alike: dict[str, Any] = {"decode": "exact", "exif": False, "rescale": None}
    from_directory(root, image_size=LIGHT["image_size"], cache="disk", cache_folder=tmp_path, **alike)
    ways: list[dict[str, Any]] = [
        {"interpolation": "nearest"},
        {"interpolation": "nearest", "crop_to_aspect_ratio": True},
        {"interpolation": "nearest", "pad_to_aspect_ratio": True},
        {"interpolation": "bilinear"},
        {"interpolation": "bicubic"},
        {"interpolation": "bilinear", "crop_to_aspect_ratio": True},
        {"interpolation": "bilinear", "pad_to_aspect_ratio": True},
    ]
    for options in ways:
        mine = ours(root, shuffle=False, cache="disk", cache_folder=tmp_path, **options)
        assert_same(mine, theirs(root, shuffle=False, **options))
    assert len(kept_files(tmp_path)) == 1 + len(ways)


def test_the_disk_cache_lies_in_the_users_cache_folder_unless_told(many: Path) -> None:
    ours(many, cache="disk")
    assert len(kept_files(Path(os.environ["XDG_CACHE_HOME"]))) == 1


def test_a_folder_that_cannot_be_written_warns_and_decodes_each_time(
    many: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("no folder")
    mine = ours(many, shuffle=False, cache="disk", cache_folder=tmp_path / "file")
    assert capsys.readouterr().err.count("warning: disk cache") == 1
    assert_same(mine, theirs(many, shuffle=False))


def test_memory_needs_what_the_pixels_take(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for interpolation, size in (("bilinear", 156), ("nearest", 39)):  # 13 pictures
        ours(folder, cache="memory", verbose=True, image_size=1000, interpolation=interpolation)
        assert f"cache: memory, as asked: {size} MB of " in capsys.readouterr().err


def test_auto_takes_the_disk_where_memory_is_short(
    many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    needed = 120 * 9 * 12 * 3 * 4
    for free, chosen in ((2 * needed, "memory"), (2 * needed - 1, "disk")):
        monkeypatch.setattr(builder, "available_memory", lambda free=free: free)
        mine = ours(many, shuffle=False, cache="auto", cache_folder=tmp_path, verbose=True)
        assert f"cache: {chosen} (auto): " in capsys.readouterr().err
        assert bool(kept_files(tmp_path)) == (chosen == "disk")
        assert_same(mine, theirs(many, shuffle=False))


def test_another_machines_files_are_cached_in_memory_alone(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (folder / "cows").glob("*.jpg"):
        tf.io.gfile.makedirs("ram://cached/a")
        tf.io.gfile.copy(str(path), f"ram://cached/a/{path.name}", overwrite=True)
    for cache in ("none", "memory"):
        mine = ours("ram://cached", labels=None, shuffle=False, cache=cache)
        assert_same(mine, theirs("ram://cached", labels=None, shuffle=False))
    with pytest.raises(InputError, match=r"cache='memory'.*Received: cache='disk', directory='ram://cached'"):
        ours("ram://cached", labels=None, cache="disk")
    monkeypatch.setattr(builder, "available_memory", lambda: 1)
    ours("ram://cached", labels=None, cache="auto", cache_folder=tmp_path, verbose=True)
    assert "cache: none (auto): " in capsys.readouterr().err


def test_auto_says_what_it_chose(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours(folder, cache="auto", verbose=True, validation_split=0.5, subset="both", seed=1)
    out, err = capsys.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert lines[0] == "Found 13 files belonging to 3 classes."
    assert lines[1:3] == ["Using 7 files for training.", "Using 6 files for validation."]
    assert lines[3].startswith("cache: memory (auto)")


def test_verbose_false_is_silent(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours(folder, validation_split=0.5, subset="training", seed=1, cache="auto")
    assert capsys.readouterr() == ("", "")


# ---- files that cannot be read


@pytest.mark.parametrize("cache", ["none", *CACHES])
def test_skip_leaves_out_what_keras_cannot_read(broken: Path, cache: str) -> None:
    with pytest.warns(UserWarning, match=r"2 of 8 images cannot be read.*cats/0001\.jpg: ") as caught:
        dataset = ours(broken, labels=list(range(8)), shuffle=False, on_error="skip", max_bad=0.25, cache=cache)
    assert caught[0].filename == __file__
    assert [path[-13:] for path in dataset.file_paths] == [
        "cats/0000.jpg",
        "cats/0002.jpg",
        "cats/0003.jpg",
        "dogs/0000.jpg",
        "dogs/0001.jpg",
        "dogs/0002.jpg",
    ]
    assert int(dataset.cardinality()) == 2
    assert epoch_of(dataset) == [0, 2, 3, 4, 5, 6]
    for name in ("cats/0001.jpg", "dogs/0003.jpg"):
        (broken / name).unlink()
    for (images, _), (original, _) in zip(dataset, theirs(broken, shuffle=False), strict=True):
        np.testing.assert_array_equal(images, original)


def test_raise_is_keras_without_a_cache_and_names_the_file_with_one(broken: Path) -> None:
    for make in (ours, theirs):
        with pytest.raises(tf.errors.InvalidArgumentError):
            list(make(broken, shuffle=False))
    for cache in (*CACHES, "disk"):  # what can be read is on disk the second time
        with pytest.raises(InputError, match=r"2 of 8 photos cannot be read: .*cats/0001.jpg: .*on_error='skip'"):
            ours(broken, shuffle=False, cache=cache)


def test_skip_refuses_more_than_max_bad(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match=r"2 of 8 photos cannot be read, more than max_bad = 0\.2 of them"):
        ours(broken, shuffle=False, on_error="skip", max_bad=0.2)
    assert [line for line in capsys.readouterr().err.splitlines() if "cats/0001.jpg" in line]


def test_skip_refuses_where_nothing_is_left(broken: Path) -> None:
    with pytest.raises(InputError, match=r"none of 1 images can be read \(the first: .*dogs/0003.jpg: "):
        ours(broken, shuffle=False, on_error="skip", validation_split=0.125, subset="validation")


# ---- augmentation


@pytest.mark.parametrize("cache", ["none", *CACHES])
def test_training_pictures_change_and_validation_ones_do_not(many: Path, cache: str) -> None:
    options: dict[str, Any] = {"validation_split": 0.25, "seed": 2, "cache": cache, "batch_size": 30}
    augment = Augment(horizontal_flip=True)
    train, validation = ours(many, subset="both", augment=augment, **options)
    plain, measured = ours(many, subset="both", **options)
    assert_same(validation, measured)
    assert bag(ours(many, subset="validation", augment=augment, **options)) == bag(measured)
    assert train.element_spec == plain.element_spec
    turned = 0
    for (images, labels), (original, expected) in zip(train, plain, strict=True):
        np.testing.assert_array_equal(labels, expected)
        for image, one in zip(np.asarray(images), np.asarray(original), strict=True):
            is_flipped = not np.allclose(image, one, atol=1e-3)
            np.testing.assert_allclose(image, one[:, ::-1] if is_flipped else one, atol=1e-3)
            turned += is_flipped
    assert 25 < turned < 65


def test_a_seed_repeats_the_augmentation_and_an_epoch_changes_it(many: Path) -> None:
    def one_set() -> Any:
        return ours(many, labels=None, batch_size=60, seed=1, augment=Augment(brightness_range=(0.2, 2)))

    def means(dataset: Any) -> list[float]:
        return sorted(float(mean) for images in dataset for mean in np.mean(images, axis=(1, 2, 3)))

    first, again = one_set(), one_set()
    epochs = [means(first), means(first)]
    assert epochs == [means(again), means(again)]
    assert epochs[0] != epochs[1]


def test_keras_layers_augment_single_pictures_in_channels_first(many: Path) -> None:
    options: dict[str, Any] = {"seed": 2, "batch_size": None, "data_format": "channels_first"}
    dataset = ours(many, augment=[keras.layers.Rescaling(2.0)], interpolation="nearest", **options)
    plain = ours(many, interpolation="nearest", **options)
    assert (dataset.element_spec[0].dtype, plain.element_spec[0].dtype) == (tf.float32, tf.uint8)
    assert dataset.element_spec[0].shape == (3, 9, 12)
    for (image, _), (original, _) in zip(dataset.take(5), plain.take(5), strict=True):
        np.testing.assert_array_equal(image, 2.0 * tf.cast(original, tf.float32))


def test_fit_takes_both(many: Path) -> None:
    train, validation = ours(
        many, label_mode="categorical", validation_split=0.5, subset="both", seed=1, cache="memory"
    )
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(2, activation="softmax")])
    model.compile(loss="categorical_crossentropy", optimizer="sgd")
    assert "val_loss" in model.fit(train, validation_data=validation, epochs=1, verbose=0).history


# ---- refusals


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": "folder"}, "`labels` argument should be.*Received: labels='folder'"),
        ({"labels": 3}, "`labels` argument should be.*Received: labels=3"),
        ({"labels": [0] * 15, "class_names": ["a"]}, "You can only pass `class_names` if"),
        ({"labels": None, "class_names": ["ants"]}, "argument `class_names` cannot be specified. Received"),
        ({"label_mode": None, "class_names": ["ants"]}, "argument `class_names` cannot be specified. Received"),
        ({"labels": [0, 1]}, "len\\(labels\\) is 2 while we found 15 files"),
        ({"label_mode": "both"}, "`label_mode` argument must be one of .*Received: label_mode='both'"),
        ({"label_mode": "binary"}, "there must be exactly 2 class_names. Received: class_names=\\['ants', 'bees'"),
        ({"class_names": ["ants", "dogs"]}, r"Expected: \['ants', 'bees', 'cows'\].*but received: .*'dogs'"),
        ({"color_mode": "bgr"}, "`color_mode` must be one of.*Received: color_mode='bgr'"),
        ({"image_size": (3,)}, "image_size.*Received: image_size=\\(3,\\)"),
        ({"image_size": 3.5}, "image_size.*Received: image_size=3.5"),
        ({"interpolation": "cubic"}, "`interpolation` should be one of.*Received: interpolation='cubic'"),
        ({"interpolation": "gaussian", "crop_to_aspect_ratio": True}, "cropped. Received: interpolation='gaussian'"),
        ({"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True}, "Only one of `pad_to_aspect_ratio`, `crop_to"),
        ({"data_format": "NCHW"}, "The `data_format` argument must be one of.*Received: data_format='NCHW'"),
        ({"format": "numpy"}, "`format` should be .*Received: format='numpy'"),
        ({"validation_split": 1.5, "subset": "both"}, "`validation_split` must be.*received: 1.5"),
        ({"validation_split": 0.5}, "must be set, and inversely. Received: subset=None"),
        ({"subset": "training"}, "must be set, and inversely. Received: subset='training'"),
        ({"validation_split": 0.5, "subset": "test"}, "`subset` must be .*received: 'test'"),
        ({"validation_split": 0.5, "subset": "both", "seed": None}, "must provide a `seed` argument"),
        ({"seed": -1}, "Seed must be between .* Received: seed=-1"),
    ],
    ids=str,
)
def test_what_keras_refuses_is_refused_with_the_value(folder: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(
        ValueError if KERAS_DATA_SET_HAS_FORMAT or "format" not in options else TypeError
    ):  # Keras' words are Keras' own
        theirs(folder, **{"seed": 1, **options})
    with pytest.raises(InputError, match=message):
        ours(folder, **{"seed": 1, **options})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"resize": "squash"}, "resize must be one of .*Received: 'squash'"),
        ({"resize": "pad", "crop_to_aspect_ratio": True}, "resize='pad' contradicts crop_to_aspect_ratio=True"),
        ({"resize": "stretch", "pad_to_aspect_ratio": True}, "resize='stretch' contradicts pad_to_aspect_ratio"),
        ({"cache": "ssd"}, "cache must be one of .*Received: 'ssd'"),
        ({"cache": "disk", "cache_folder": 3}, "cache_folder must be the path of a folder.*Received: 3"),
        ({"on_error": "ignore"}, "on_error must be one of .*Received: 'ignore'"),
        ({"batch_size": 0}, "batch_size must be .*Received: 0"),
        ({"format": "grain"}, "keras.utils.image_dataset_from_directory makes those of Grain"),
        ({"augment": "flip"}, "augment must be a pipeline.Augment.*Received: 'flip'"),
        ({"augment": Augment(vertical_flip=True), "shuffle": False}, "shuffle=False asks for pictures to measure"),
        ({"class_names": ["ants", "ants"]}, "class_names must be a list of distinct"),
        ({"labels": ["a"] * 15, "label_mode": "categorical"}, "label_mode='categorical' needs labels that are int"),
        ({"labels": [0, "a", 1] * 5}, "labels must be numbers of one kind"),
    ],
    ids=str,
)
def test_what_is_ours_is_refused_by_name(folder: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ours(folder, **options)


def test_augment_that_does_nothing_may_stand_beside_shuffle_false(folder: Path) -> None:
    assert_same(ours(folder, shuffle=False, augment=Augment()), theirs(folder, shuffle=False))


def test_a_folder_that_is_not_there_a_file_and_a_folder_without_pictures(tmp_path: Path, folder: Path) -> None:
    # Keras' versions without `format` raise TensorFlow's own errors here.
    for make in (theirs, ours) if KERAS_DATA_SET_HAS_FORMAT else (ours,):
        with pytest.raises(FileNotFoundError):
            make(tmp_path / "nowhere")
        with pytest.raises(NotADirectoryError):
            make(folder / "loose.jpg")
        for labels in ("inferred", None):
            with pytest.raises(ValueError, match="No images found in directory"):
                make(tmp_path, labels=labels)
        with pytest.raises(ValueError, match="No images found in directory"):
            make(folder / "cows")  # pictures, but no classes
        with pytest.raises(ValueError, match="nowhere"):
            make(tmp_path / "nowhere", labels=None)


def test_a_folder_that_cannot_be_opened_is_named(open_folder: Path, folder: Path, as_nobody: Callable[[], Any]) -> None:
    for name in ("a", "b"):
        (open_folder / name).mkdir()
        (open_folder / name / "0.jpg").write_bytes((folder / "cows/0.jpg").read_bytes())
    (open_folder / "b").chmod(0)
    with as_nobody(), pytest.raises(PermissionError, match="/b"):
        ours(open_folder)


def test_labels_that_are_no_column_warn_and_give_zeros_as_with_keras(folder: Path) -> None:
    options: dict[str, Any] = {"labels": [1, 2, 3] * 5, "label_mode": "categorical", "shuffle": False}
    with pytest.warns(UserWarning, match=r"3 different labels has columns for 0 to 2; .* zeros.*: \[3\]") as caught:
        mine = ours(folder, **options)
    assert caught[0].filename == __file__
    assert_same(mine, theirs(folder, **options))
