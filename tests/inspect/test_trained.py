"""What training refuses is what `pipeline.load_image` refuses, file by file."""

from __future__ import annotations

from pathlib import Path

from odd_photos import odd_folder, picture

from pipeline.config import ImageConfig
from pipeline.errors import InputError
from pipeline.images.load import load_image
from pipeline.inspect.files import judge
from pipeline.inspect.listing import list_files, roots_of
from pipeline.inspect.trained import with_trained


def refused(path: str) -> bool:
    try:
        load_image(path, 32)
    except InputError:
        return True
    return False


def test_every_picture_that_training_refuses_is_named_and_no_other(tmp_path: Path) -> None:
    cats = odd_folder(tmp_path) / "cats"
    picture(seed=1).convert("P").save(cats / "palette.bmp")
    picture(seed=2).convert("P").save(cats / "palette.png")
    picture(seed=3).convert("P").save(cats / "palette.gif")
    picture(seed=4).save(cats / "tiff.jpg", format="TIFF")
    frames = [picture(seed=5 + k) for k in range(2)]
    frames[0].save(cats / "moving.webp", save_all=True, append_images=frames[1:])
    picture(seed=7).convert("RGBA").save(cats / "alpha.webp")
    picture(seed=8).convert("1").save(cats / "bits.png")
    picture(seed=9).convert("LA").save(cats / "grey.png")
    found = list_files(roots_of(str(tmp_path)), None, False).files
    judged = [judge(one.path, one.listed) for one in found]
    verdicts = with_trained(found, judged, ImageConfig(), "reading")
    read = [(one, verdict) for one, verdict in zip(found, verdicts, strict=True) if one.listed and verdict.is_picture]
    assert len(read) > 15
    for one, verdict in read:
        named = any(finding.kind == "not_trained" for finding in verdict.findings)
        assert named == refused(one.path), one.name
    without = [tuple(f for f in verdict.findings if f.kind != "not_trained") for verdict in verdicts]
    assert without == [verdict.findings for verdict in judged]


def test_ordinary_photos_are_not_asked_again(tmp_path: Path) -> None:
    (tmp_path / "cats").mkdir()
    picture().save(tmp_path / "cats" / "a.jpg")
    found = list_files(roots_of(str(tmp_path)), None, False).files
    judged = [judge(one.path) for one in found]
    (tmp_path / "cats" / "a.jpg").unlink()
    assert with_trained(found, judged, ImageConfig(), "reading") == judged
