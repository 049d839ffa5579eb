"""Damaged JPEGs that are read all the same: found by name, and libjpeg's nameless lines kept away."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from pipeline.errors import InputError
from pipeline.images.jpeg_warnings import damaged_jpegs, file_content, hear
from pipeline.images.load import load_image
from pipeline.reports.file_faults import judge
from tests.support.places import ROOT


def jpeg(seed: int, **options: object) -> bytes:
    coarse = np.random.default_rng(seed).integers(0, 255, (20, 25, 3)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(coarse.repeat(4, 0).repeat(4, 1)).save(file, "JPEG", quality=90, **options)
    return file.getvalue()


def spoiled(data: bytes) -> bytes:
    """With an end of the picture in its middle: libjpeg fills the rest with grey, and warns."""
    return data[: len(data) * 2 // 3] + b"\xff\xd9"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("cats", "dogs"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for k in range(20):
            (tmp_path / "photos" / name / f"{k:02}.jpg").write_bytes(jpeg(k))
    (tmp_path / "photos" / "cats" / "17.jpg").write_bytes(spoiled(jpeg(1)))
    (tmp_path / "photos" / "dogs" / "03.jpg").write_bytes(spoiled(jpeg(2, progressive=True)))
    return tmp_path / "photos"


def test_each_damaged_file_is_found(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    paths = sorted(map(str, folder.rglob("*.jpg")))
    (folder / "cut.jpg").write_bytes(jpeg(3)[:1000])
    (folder / "text.jpg").write_text("no picture")
    files = [*paths, str(folder / "cut.jpg"), str(folder / "text.jpg"), str(folder / "gone.jpg")]
    found = damaged_jpegs(len(files), lambda index: file_content(files[index]))
    assert [os.path.relpath(paths[index], folder) for index in found] == ["cats/17.jpg", "dogs/03.jpg"]
    assert all(said.startswith("Corrupt JPEG data: ") for said in found.values())
    assert "Corrupt" not in capfd.readouterr().err


def test_what_others_write_is_passed_on(capfd: pytest.CaptureFixture[str]) -> None:
    with hear() as heard:
        os.write(2, b"before\nCorrupt JPEG data: premature end of data segment\nbehind\n")
        heard.take()
        os.write(2, b"no end of line")
        with hear() as second:
            os.write(2, b"!\n")
    assert heard.lines == ["Corrupt JPEG data: premature end of data segment"]
    assert second.lines == []
    assert capfd.readouterr().err == "before\nbehind\nno end of line!\n"


@pytest.mark.slow
@pytest.mark.parametrize("cache", ["memory", "disk", "none"])
def test_training_names_them_once_a_start(folder: Path, tmp_path: Path, cache: str) -> None:
    """Two starts of two epochs each, in one process; TensorFlow's own lines come where each epoch decodes anew."""
    code = f"""if True:
        import pipeline
        for start in range(2):
            data = pipeline.from_directory({str(folder)!r}, image_size=16, cache={cache!r})
            for epoch in range(2):
                for batch in data.train: pass
    """
    home = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "home"), "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=home, capture_output=True, text=True, check=True)
    lines = done.stderr.splitlines()
    named = [line for line in lines if line.startswith("note: 2 photos are damaged and read all the same")]
    assert len(named) == (1 if cache == "disk" else 2)  # from the disk cache nothing is decoded the second time
    assert all("17.jpg: Corrupt JPEG data" in line and "03.jpg: Corrupt JPEG data" in line for line in named)
    assert any(line.startswith("Corrupt JPEG data") for line in lines) == (cache == "none")


def test_inspection_names_them(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.inspect.command import _look
    from pipeline.inspect.subject import settle
    from pipeline.reports.words import FileWords

    inspection = _look(settle(str(folder)), FileWords("en"))
    odd = {
        photo.found.name: finding
        for photo in inspection.photos
        for finding in photo.judged.findings
        if finding.kind == "damaged"
    }
    assert sorted(odd) == ["cats/17.jpg", "dogs/03.jpg"]
    for lang in ("en", "ko"):
        assert "Corrupt JPEG data" in FileWords(lang).why(odd["cats/17.jpg"])
    assert not inspection.broken


@pytest.mark.parametrize("switch", [False, True])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "BMP", "GIF"])
def test_a_cut_file_is_refused_whatever_pillow_s_switch_says(
    tmp_path: Path, form: str, switch: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", switch)
    file = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 255, (40, 50, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(file, form)
    path = tmp_path / f"cut.{form.lower()}"
    path.write_bytes(file.getvalue()[: len(file.getvalue()) // 2])
    with pytest.raises(InputError, match="cannot read the picture"):
        load_image(path)
    assert judge(str(path)).broken is not None
    assert switch is ImageFile.LOAD_TRUNCATED_IMAGES


def test_what_is_no_picture_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"PK\x03\x04" + b"\0" * 100)
    with pytest.raises(InputError, match="it is a zip archive, and no picture: unpack it first"):
        load_image(tmp_path / "a.jpg")
    (tmp_path / "b.jpg").write_bytes(b"\0\0\0\x18ftypheic" + b"\0" * 100)
    with pytest.raises(InputError, match=r"convert it to JPEG first; .* Settings > Camera > Formats > Most Compatible"):
        load_image(tmp_path / "b.jpg")
