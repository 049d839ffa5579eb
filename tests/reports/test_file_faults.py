"""One file's verdict, against what Pillow itself says of it."""

from __future__ import annotations

import io
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline.config import MAX_PIXELS
from pipeline.reports.file_faults import BROKEN, KINDS, judge, upright
from pipeline.reports.words import FileWords
from pipeline.text.messages import catalog
from tests.support.odd_photos import bomb, odd_folder, picture


def kinds(path: Path, listed: bool = True) -> list[str]:
    return [finding.kind for finding in judge(str(path), listed).findings]


def encoded(form: str, image: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.heic", b"\0\0\0\x18ftypheic" + bytes(50), [("foreign", "foreign_format")]),
        ("a.HEIF", b"", [("foreign", "foreign_format")]),
        ("a.jpg", b"\0\0\0\x18ftypheic" + bytes(50), [("unreadable", "is_heic")]),
        ("a.txt", b"text", []),
    ],
)
def test_a_photo_in_a_format_that_is_not_read_is_named(
    tmp_path: Path, name: str, content: bytes, says: list[tuple[str, str]]
) -> None:
    (tmp_path / name).write_bytes(content)
    found = judge(str(tmp_path / name), name.endswith("jpg")).findings
    assert [(one.kind, one.says) for one in found] == says


@pytest.mark.parametrize(("name", "kind"), [("a.dng", "foreign"), ("a.heic", "foreign"), ("b.heic", "not_listed")])
def test_a_camera_s_raw_data_are_no_photo_though_a_small_one_is_in_them(tmp_path: Path, name: str, kind: str) -> None:
    picture().save(tmp_path / name, format="JPEG" if name == "b.heic" else "TIFF")
    assert [one.kind for one in judge(str(tmp_path / name), listed=False).findings] == [kind]


def test_an_ordinary_photo_has_nothing_to_say(tmp_path: Path) -> None:
    picture(60, 80).save(tmp_path / "a.jpg")
    judged = judge(str(tmp_path / "a.jpg"))
    assert (judged.format, judged.mode, judged.width, judged.height, judged.orientation) == ("JPEG", "RGB", 80, 60, 1)
    assert judged.bytes == (tmp_path / "a.jpg").stat().st_size
    assert judged.findings == ()
    assert judged.is_image


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("cats/cut.jpg", "truncated"),
        ("cats/empty.png", "unreadable"),
        ("cats/text.jpg", "unreadable"),
        ("dogs <b>big/bomb.png", "too_large"),
        ("cats/really.jpg", "mislabelled"),
        ("cats/cmyk.jpg", "cmyk"),
        ("dogs <b>big/deep.png", "sixteen_bit"),
        ("dogs <b>big/moving.gif", "animated"),
        ("cats/tiny.png", "tiny"),
    ],
)
def test_each_kind_is_recognised(tmp_path: Path, name: str, kind: str) -> None:
    assert kinds(odd_folder(tmp_path) / name) == [kind]


def test_a_huge_picture_is_read_and_named(tmp_path: Path) -> None:
    Image.new("L", (8000, 5001)).save(tmp_path / "a.png")
    assert kinds(tmp_path / "a.png") == ["huge"]


@pytest.mark.parametrize(("width", "height"), [(20_000, 8_901), (60_000, 60_000)])
def test_what_claims_too_many_pixels_is_refused_before_it_is_decoded(tmp_path: Path, width: int, height: int) -> None:
    (tmp_path / "a.png").write_bytes(bomb(width, height))
    judged = judge(str(tmp_path / "a.png"))
    (found,) = judged.findings
    assert (found.kind, found.values["pixels"], found.values["limit"]) == ("too_large", width * height, MAX_PIXELS)
    assert judged.look is None


def test_a_sound_picture_of_more_than_max_pixels_is_not_called_unreadable(tmp_path: Path) -> None:
    for name in ("a.png", "a.jpg", "a.webp"):
        Image.new("RGB", (30, 20)).save(tmp_path / name)
        assert judge(str(tmp_path / name), max_pixels=600).broken is None
        finding = judge(str(tmp_path / name), max_pixels=599).broken
        assert finding is not None
        assert FileWords("en").why(finding) == "30×20 = 600 pixels, more than 599"


def test_16_bits_in_colour_are_named_though_pillow_reduces_them(pngsuite: Path) -> None:
    assert Image.open(pngsuite / "basn2c16.png").mode == "RGB"
    assert kinds(pngsuite / "basn2c16.png")[0] == "sixteen_bit"


def test_pngsuite_s_corrupt_files_are_broken_and_no_other(pngsuite: Path) -> None:
    found = {path.name: judge(str(path)) for path in pngsuite.glob("*.png")}
    broken = {name for name, judged in found.items() if judged.broken}
    damaged = {name for name, judged in found.items() if "damaged" in [one.kind for one in judged.findings]}
    assert damaged == {"xcsn0g01.png"}  # the checksum of its pixels is wrong, and Pillow does not ask
    assert broken | damaged == {path.name for path in pngsuite.glob("x*.png")}
    assert len(broken) >= 12


def test_a_picture_of_another_name_is_named_and_another_file_is_not(tmp_path: Path) -> None:
    picture().save(tmp_path / "a.tiff")
    (tmp_path / "b.txt").write_text("text")
    assert kinds(tmp_path / "a.tiff", listed=False) == ["not_listed"]
    assert kinds(tmp_path / "b.txt", listed=False) == []


def test_what_cannot_be_opened_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere")
    assert kinds(tmp_path / "gone.jpg") == ["unreadable"]


@pytest.mark.parametrize("turn", range(1, 9))
def test_exif_s_orientation_is_seen_and_the_look_is_that_of_the_upright_photo(tmp_path: Path, turn: int) -> None:
    straight = picture(64, 96, seed=3)
    exif = Image.Exif()
    exif[0x0112] = turn
    back = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}[turn]
    upright(straight, back).save(tmp_path / "a.jpg", exif=exif, quality=95)
    straight.save(tmp_path / "b.jpg", quality=95)
    turned, plain = judge(str(tmp_path / "a.jpg")), judge(str(tmp_path / "b.jpg"))
    assert (turned.orientation, turned.width, turned.height) == (turn, 96, 64)
    assert turned.look is not None
    assert plain.look is not None
    assert (turned.look ^ plain.look).bit_count() <= 1


def test_an_absurd_orientation_is_none(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 77
    picture().save(tmp_path / "a.jpg", exif=exif)
    assert judge(str(tmp_path / "a.jpg")).orientation == 1


def test_a_flat_picture_looks_like_nothing(tmp_path: Path) -> None:
    Image.new("RGB", (50, 50), (9, 99, 199)).save(tmp_path / "a.png")
    assert judge(str(tmp_path / "a.png")).look is None


def test_16_bit_grey_is_compared_by_its_levels(tmp_path: Path) -> None:
    grey = np.asarray(picture(seed=5).convert("L"))
    Image.fromarray(grey).save(tmp_path / "a.png")
    Image.fromarray(grey.astype(np.uint16) * 257).save(tmp_path / "b.png")
    assert judge(str(tmp_path / "a.png")).look == judge(str(tmp_path / "b.png")).look is not None


WHOLE = {
    "JPEG": encoded("JPEG", picture(seed=1)),
    "PNG": encoded("PNG", picture(seed=1)),
    "GIF": encoded("GIF", picture(seed=1)),
    "BMP": encoded("BMP", picture(seed=1)),
    "WEBP": encoded("WEBP", picture(seed=1)),
    "TIFF": encoded("TIFF", picture(seed=1)),
}


@pytest.mark.parametrize("form", WHOLE)
def test_a_file_that_lacks_its_second_half_is_broken(tmp_path: Path, form: str) -> None:
    for share in (0.05, 0.3, 0.5, 0.9):
        path = tmp_path / "a.jpg"
        path.write_bytes(WHOLE[form][: int(len(WHOLE[form]) * share)])
        assert judge(str(path)).broken is not None, share


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    form=st.sampled_from(sorted(WHOLE)), cut=st.integers(0, 5000), flips=st.lists(st.integers(0, 40_000), max_size=4)
)
def test_whatever_the_bytes_there_is_a_verdict_with_words(
    tmp_path: Path, form: str, cut: int, flips: list[int]
) -> None:
    data = bytearray(WHOLE[form][: len(WHOLE[form]) - cut])
    for place in flips:
        if data:
            data[place // 8 % len(data)] ^= 1 << place % 8
    path = tmp_path / "a.jpg"
    path.write_bytes(bytes(data))
    judged = judge(str(path))
    for finding in judged.findings:
        assert finding.kind in KINDS
        assert catalog("ko", "inspect")[finding.says].format(**finding.values)
    assert judged.is_image == (judged.broken is None and bool(judged.format))
    assert len([finding for finding in judged.findings if finding.kind in BROKEN]) <= 1


def test_no_program_is_run_for_a_file(tmp_path: Path) -> None:
    """Pillow reads EPS by running Ghostscript."""
    (tmp_path / "a.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n")
    assert kinds(tmp_path / "a.jpg") == ["unreadable"]


def test_a_bmp_that_claims_more_than_there_is_is_cut(tmp_path: Path) -> None:
    data = bytearray(WHOLE["BMP"])
    data[2:6] = struct.pack("<I", len(data))
    (tmp_path / "a.bmp").write_bytes(bytes(data[:60]))
    assert kinds(tmp_path / "a.bmp") == ["truncated"]


def test_permissions_are_named(open_folder: Path, as_nobody: object) -> None:
    path = open_folder / "a.jpg"
    picture().save(path)
    os.chmod(path, 0)
    with as_nobody():  # type: ignore[operator]
        assert kinds(path) == ["unreadable"]
