"""Examples that cannot be read, in words."""

from __future__ import annotations

import pytest

from pipeline.errors import InputError
from pipeline.images.fault import Fault
from pipeline.reading.unreadable import Unreadable, refuse_too_many, refuse_unreadable


def test_none_found_is_no_error() -> None:
    refuse_unreadable([], 5)


def test_the_error_names_the_first_three_and_counts_the_rest() -> None:
    found = [Unreadable(k, f"/photos/{k}.jpg", Fault("other", {"detail": f"reason {k}"})) for k in range(5)]
    with pytest.raises(InputError) as caught:
        refuse_unreadable(found, 100)
    text = str(caught.value)
    assert text.startswith("5 of 100 photos cannot be read: /photos/0.jpg: reason 0; /photos/1.jpg: reason 1;")
    assert "/photos/3.jpg" not in text
    assert "and 2 more" in text
    assert "on_error='skip'" in text
    with pytest.raises(InputError) as caught:
        refuse_unreadable(found[:3], 100)
    assert "more" not in str(caught.value)


LARGE = Fault("too_large", {"claim": "30 x 20 = 600", "limit": 599})
CUT = Fault("damaged", {"detail": "cut"})


@pytest.mark.parametrize(
    ("faults", "says", "way_out"),
    [
        ([LARGE], "1 of 9 photos is larger than max_pixels: /0.jpg: it claims 30 x 20", "Save the large ones smaller"),
        ([LARGE] * 2, "2 of 9 photos are larger than max_pixels: ", "Save the large ones smaller or raise max_pixels"),
        ([CUT, LARGE], "2 of 9 photos cannot be read or are larger than max_pixels: ", "Mend or remove what cannot"),
        ([CUT], "1 of 9 photos cannot be read: ", "Mend or remove them, or leave them out"),
    ],
)
def test_a_photo_that_is_too_large_is_not_called_unreadable(faults: list[Fault], says: str, way_out: str) -> None:
    found = [Unreadable(k, f"/{k}.jpg", fault) for k, fault in enumerate(faults)]
    with pytest.raises(InputError) as caught:
        refuse_unreadable(found, 9)
    assert str(caught.value).startswith(says)
    assert way_out in str(caught.value)
    assert "--data.on_error skip" in str(caught.value)


def test_where_memory_is_short_for_every_image_the_images_are_not_blamed() -> None:
    short = Fault("out_of_memory", {"detail": "OOM when allocating tensor with shape[9,9]"})
    with pytest.raises(InputError, match="not enough memory for a single image"):
        refuse_unreadable([Unreadable(k, f"/{k}.jpg", short) for k in range(2)], 2)
    with pytest.raises(InputError, match="2 of 3 photos cannot be read"):
        refuse_unreadable([Unreadable(k, f"/{k}.jpg", short) for k in range(2)], 3)


def test_more_than_the_share_is_refused_and_each_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    found = [Unreadable(0, "/a.jpg", CUT), Unreadable(1, "/b.jpg", LARGE)]
    refuse_too_many(found, 4, 0.5)
    assert capsys.readouterr().err == ""
    with pytest.raises(InputError, match="2 of 4 photos cannot be read or are larger than max_pixels, more than"):
        refuse_too_many(found, 4, 0.49)
    assert capsys.readouterr().err.splitlines() == [
        "cannot be read: /a.jpg: damaged: cut",
        f"larger than max_pixels: /b.jpg: {LARGE}",
    ]
