"""A run directory is made once, never taken for another folder, and its files are written whole."""

from __future__ import annotations

import csv
import json
import os
import re
import threading
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.files.atomic import write_text
from pipeline.images.fault import Fault
from pipeline.reading.unreadable import Unreadable
from pipeline.runs.run_folder import (
    check_output,
    new_run,
    read_record,
    write_classes,
    write_record,
    write_skipped,
)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make `runs/` in the current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(output: Path | str, overwrite: bool = False) -> str:
    """Refuse a folder both when it is checked and when it is made, and change nothing."""
    with pytest.raises(InputError) as checked:
        check_output(str(output), overwrite)
    with pytest.raises(InputError) as made:
        new_run(str(output), overwrite, "")
    assert str(checked.value) == str(made.value)
    assert "\n" not in str(made.value)
    assert repr(str(output)) in str(made.value)
    return str(made.value)


# ---- a new folder


def test_a_run_begins_unfinished_with_its_configuration(tmp_path: Path) -> None:
    folder = new_run(str(tmp_path / "deep" / "run"), False, "seed: 1\n")
    assert folder == tmp_path / "deep" / "run"
    assert sorted(tree(folder)) == ["config.yaml", "run.json"]
    assert (folder / "config.yaml").read_text() == "seed: 1\n"
    assert json.loads((folder / "run.json").read_text()) == {"finished": False, "directory": os.getcwd()}


def test_an_empty_folder_may_be_used(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    check_output(str(tmp_path / "run"), False)
    assert (new_run(str(tmp_path / "run"), False, "") / "run.json").is_file()


def test_without_a_name_it_is_called_by_date_and_time() -> None:
    folder = new_run(None, False, "")
    assert folder.parent == Path("runs")
    assert re.fullmatch(r"\d{8}-\d{6}", folder.name)


def test_runs_that_begin_in_the_same_second_have_a_folder_each() -> None:
    """Start two runs in the same second, as a shell loop over seeds does."""
    folders: list[Path] = []
    at_once = threading.Barrier(8)

    def begin() -> None:
        at_once.wait()
        folders.append(new_run(None, False, ""))

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(folders)) == 8
    assert all((folder / "run.json").is_file() for folder in folders)


# ---- what must not be written to


def test_something_there_is_refused_with_the_way_out(tmp_path: Path) -> None:
    folder = new_run("run", False, "old")
    before = tree(folder)
    assert "--overwrite" in refused("run")
    assert tree(folder) == before


def test_overwrite_replaces_an_earlier_run_and_all_of_it() -> None:
    (new_run("run", False, "old") / "model.keras").write_bytes(b"old")
    check_output("run", True)
    folder = new_run("run", True, "new")
    assert tree(folder)["config.yaml"] == b"new"
    assert "model.keras" not in tree(folder)


def test_overwrite_of_nothing_is_a_new_run() -> None:
    assert (new_run("run", True, "") / "run.json").is_file()


def test_overwrite_deletes_nothing_that_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.tex").write_text("years of work")
    before = tree(tmp_path)
    assert "holds no run.json" in refused("thesis", overwrite=True)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_file_and_a_link_to_nowhere_are_no_folders(tmp_path: Path, overwrite: bool) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("file", "link"):
        assert "must be a folder" in refused(name, overwrite)
    assert (tmp_path / "file").read_text() == "x"


def cannot_be_made(output: str | None, overwrite: bool = False) -> str:
    check_output(output, overwrite)
    with pytest.raises(InputError) as caught:
        new_run(output, overwrite, "")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert "'file/run': Not a directory" in cannot_be_made("file/run")
    assert "File name too long" in cannot_be_made("x" * 300)
    (tmp_path / "runs").write_text("x")
    assert "'runs'" in cannot_be_made(None)


def test_a_link_to_a_run_is_not_deleted(tmp_path: Path) -> None:
    folder = new_run("run", False, "old")
    (tmp_path / "latest").symlink_to("run")
    assert "'latest'" in cannot_be_made("latest", overwrite=True)
    assert tree(folder)["config.yaml"] == b"old"


# ---- what lies in it


def test_a_text_is_there_whole_and_alone(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "one")
    write_text(tmp_path / "a.txt", "둘\n")
    assert tree(tmp_path) == {"a.txt": "둘\n".encode()}


NAME = os.fsdecode(b"caf\xe9")


def test_records_keep_names_in_any_script_and_in_none(tmp_path: Path) -> None:
    record = {"classes": ["고양이", NAME], "output": NAME}
    write_record(tmp_path, record)
    assert json.loads((tmp_path / "run.json").read_text(encoding="utf-8")) == record
    assert "고양이" in (tmp_path / "run.json").read_text(encoding="utf-8")
    write_classes(tmp_path, ("고양이", NAME), "binary")
    classes = json.loads((tmp_path / "classes.json").read_text(encoding="utf-8"))
    assert classes == {"class_names": ["고양이", NAME], "label_mode": "binary"}


def test_skipped_photos_are_listed_where_there_are_some(tmp_path: Path) -> None:
    write_skipped(tmp_path, ())
    assert not tree(tmp_path)
    bad = [
        Unreadable(3, f"a/{NAME}, x.jpg", Fault("other", {"detail": 'says "no"'})),
        Unreadable(9, "b.jpg", Fault("other", {"detail": "empty"})),
    ]
    write_skipped(tmp_path, bad)
    with (tmp_path / "skipped.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["path", "reason"],
            [r"a/caf\udce9, x.jpg", 'says "no"'],
            ["b.jpg", "empty"],
        ]


def test_who_names_no_run_is_told_which_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"there is none in runs/ yet, and python -m pipeline.train trains one"):
        read_record(Path("photo.jpg"))
    for age, name in enumerate(("mine", "runs/second", "runs/first")):
        (tmp_path / name).mkdir(parents=True)
        write_record(tmp_path / name, {})
        os.utime(tmp_path / name / "run.json", (1e9 - age, 1e9 - age))
    with pytest.raises(InputError, match=r"there are 'mine', 'runs/second', 'runs/first'$"):
        read_record(Path("photo.jpg"))
    for k in range(4):
        write_record(new_run(f"runs/{k}", False, ""), {})
    with pytest.raises(InputError, match=r"'mine' and 2 more$"):
        read_record(Path("photo.jpg"))
