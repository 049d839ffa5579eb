"""Moved out and put back: the very tree, nothing overwritten, nothing lost."""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError, MissingPathError
from pipeline.inspect.quarantine import quarantine, quarantine_folder, restore
from pipeline.reports.listing import LIST
from pipeline.text.messages import Sentence


def tree(root: Path) -> dict[str, bytes | str]:
    """Every file, link and folder below, and what it holds."""
    found: dict[str, bytes | str] = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        found[name] = os.readlink(path) if path.is_symlink() else "folder" if path.is_dir() else path.read_bytes()
    return found


names = st.binary(min_size=1, max_size=12).map(
    lambda raw: os.fsdecode(raw.translate(None, b"\0/")) or "x"
).filter(lambda name: name not in (".", ".."))  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(files=st.dictionaries(st.tuples(st.sampled_from(["cats", "dogs/more"]), names), st.booleans(), max_size=12))
def test_quarantine_then_restore_gives_the_very_tree(
    tmp_path_factory: pytest.TempPathFactory, files: dict[tuple[str, str], bool]
) -> None:
    root = tmp_path_factory.mktemp("q") / "photos"
    for folder in ("cats", "dogs/more"):
        (root / folder).mkdir(parents=True)
    for k, (folder, name) in enumerate(files):
        (root / folder / name).write_bytes(str(k).encode())
    before = tree(root)
    broken = [(f"{folder}/{name}", 'why\nnot, "so"') for (folder, name), is_broken in files.items() if is_broken]
    moved = quarantine(str(root), broken)
    assert [one.problem for one in moved] == [None] * len(broken)
    assert set(before) - set(tree(root)) == {path for path, _ in broken}
    if broken:
        assert [one.problem for one in restore(str(root))] == [None] * len(broken)
    assert tree(root) == before
    assert not quarantine_folder(str(root)).exists()
    shutil.rmtree(root.parent)


def two(tmp_path: Path) -> Path:
    root = tmp_path / "photos"
    (root / "cats").mkdir(parents=True)
    (root / "cats" / "a.jpg").write_bytes(b"bad a")
    (root / "cats" / "b.jpg").write_bytes(b"bad b")
    return root


def test_the_list_says_what_and_why(tmp_path: Path) -> None:
    root = two(tmp_path)
    quarantine(str(root), [("cats/a.jpg", "cut short")])
    with (tmp_path / "photos-quarantine" / LIST).open(newline="") as file:
        assert list(csv.reader(file)) == [["path", "kept_as", "reason"], ["cats/a.jpg", "cats/a.jpg", "cut short"]]
    assert (tmp_path / "photos-quarantine" / "cats" / "a.jpg").read_bytes() == b"bad a"


def test_the_same_name_twice_is_kept_twice(tmp_path: Path) -> None:
    root = two(tmp_path)
    quarantine(str(root), [("cats/a.jpg", "one")])
    (root / "cats" / "a.jpg").write_bytes(b"another")
    (moved,) = quarantine(str(root), [("cats/a.jpg", "two")])
    assert moved.kept_as == "cats/a-2.jpg"
    first, second = restore(str(root))
    assert (first.problem, second.problem) == (None, Sentence("name_taken"))
    assert (root / "cats" / "a.jpg").read_bytes() == b"bad a"
    assert (tmp_path / "photos-quarantine" / "cats" / "a-2.jpg").read_bytes() == b"another"


def test_restore_never_overwrites_and_keeps_the_rest_on_the_list(tmp_path: Path) -> None:
    root = two(tmp_path)
    quarantine(str(root), [("cats/a.jpg", "x"), ("cats/b.jpg", "x")])
    (root / "cats" / "a.jpg").write_bytes(b"mended")
    a, b = restore(str(root))
    assert a.problem == Sentence("name_taken")
    assert not b.problem
    assert (root / "cats" / "a.jpg").read_bytes() == b"mended"
    (root / "cats" / "a.jpg").unlink()
    (again,) = restore(str(root))
    assert not again.problem
    assert (root / "cats" / "a.jpg").read_bytes() == b"bad a"


def test_a_move_that_a_kill_cut_short_is_found_done(tmp_path: Path) -> None:
    """The line is written before the file is moved."""
    root = two(tmp_path)
    quarantine(str(root), [("cats/a.jpg", "x")])
    with (tmp_path / "photos-quarantine" / LIST).open("a", newline="") as file:
        csv.writer(file).writerow(["cats/b.jpg", "cats/b.jpg", "x"])
    assert [one.problem for one in restore(str(root))] == [None, None]
    assert sorted(path.name for path in (root / "cats").iterdir()) == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize("row", [["../../stolen", "cats/a.jpg", ""], ["/tmp/stolen", "cats/a.jpg", ""]])
def test_a_list_that_leads_elsewhere_is_not_followed(tmp_path: Path, row: list[str]) -> None:
    root = two(tmp_path)
    quarantine(str(root), [("cats/a.jpg", "x")])
    with (tmp_path / "photos-quarantine" / LIST).open("w", newline="") as file:
        csv.writer(file).writerows([["path", "kept_as", "reason"], row])
    (one,) = restore(str(root))
    assert one.problem == Sentence("place_outside")
    assert (tmp_path / "photos-quarantine" / "cats" / "a.jpg").exists()


def test_nor_is_one_that_takes_from_elsewhere(tmp_path: Path) -> None:
    root = two(tmp_path)
    (tmp_path / "mine").write_text("mine")
    quarantine(str(root), [("cats/a.jpg", "x")])
    with (tmp_path / "photos-quarantine" / LIST).open("w", newline="") as file:
        csv.writer(file).writerows([["path", "kept_as", "reason"], ["cats/c.jpg", "../mine", ""]])
    assert restore(str(root))[0].problem
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_file_behind_a_link_to_elsewhere_stays(tmp_path: Path) -> None:
    root = two(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "c.jpg").write_bytes(b"bad c")
    (root / "dogs").symlink_to(tmp_path / "elsewhere")
    (moved,) = quarantine(str(root), [("dogs/c.jpg", "x")])
    assert moved.problem == Sentence("behind_link")
    assert (tmp_path / "elsewhere" / "c.jpg").read_bytes() == b"bad c"


def test_a_link_that_leads_nowhere_is_moved_itself(tmp_path: Path) -> None:
    root = two(tmp_path)
    (root / "cats" / "c.jpg").symlink_to("nowhere.jpg")
    before = tree(root)
    assert not quarantine(str(root), [("cats/c.jpg", "x")])[0].problem
    restore(str(root))
    assert tree(root) == before


def test_what_cannot_be_moved_is_named(open_folder: Path, as_nobody: object) -> None:
    root = two(open_folder)
    os.chmod(open_folder, 0o777)
    with as_nobody():  # type: ignore[operator]
        (moved,) = quarantine(str(root), [("cats/a.jpg", "x")])
    assert moved.problem == Sentence("no_permission")
    assert (root / "cats" / "a.jpg").read_bytes() == b"bad a"


def test_a_folder_that_cannot_be_made_is_one_error(open_folder: Path, as_nobody: object) -> None:
    root = two(open_folder)
    with as_nobody(), pytest.raises(InputError, match="photos-quarantine' cannot be written: Permission denied"):  # type: ignore[operator]
        quarantine(str(root), [("cats/a.jpg", "x")])


def test_nothing_to_restore_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingPathError, match=r"there is no quarantine\.csv in .*photos-quarantine"):
        restore(str(two(tmp_path)))


@pytest.mark.parametrize("text", ["", "a,b\n", "path,kept_as,reason\nx\n", "\0"])
def test_a_damaged_list_is_one_error(tmp_path: Path, text: str) -> None:
    root = two(tmp_path)
    (tmp_path / "photos-quarantine").mkdir()
    (tmp_path / "photos-quarantine" / LIST).write_text(text)
    with pytest.raises(InputError, match=r"quarantine\.csv' (cannot be read|must have the columns)"):
        restore(str(root))


def test_the_root_of_the_file_system_has_nothing_beside_it() -> None:
    with pytest.raises(InputError, match=r"Received: '/'"):
        quarantine_folder("/")
