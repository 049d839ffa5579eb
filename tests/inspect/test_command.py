"""The command: what goes where, what is written, what is left alone, and its exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import InputError, MissingPathError
from pipeline.inspect import command
from pipeline.inspect.command import main
from pipeline.text.messages import Sentence
from tests.inspect.test_quarantine import tree
from tests.support.odd_photos import NOT_UTF8, PAYLOAD, odd_folder, picture
from tests.support.places import ROOT

BROKEN = 6  # in `odd_folder`
Captured = pytest.CaptureFixture[str]


def process(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C"}
    command = [sys.executable, "-m", "pipeline.inspect", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, check=False)


def result(text: str) -> dict[str, Any]:
    """The last line of stdout."""
    return dict(json.loads(text.splitlines()[-1]))


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves out what takes seconds to draw, for tests that look elsewhere."""
    from pipeline.inspect.page import Drawn

    nothing = Drawn([], {}, [], [], photo="", rows=[], fills=[], draws=[], cache=Sentence("none"), network=None)
    monkeypatch.setattr(command, "_draw", lambda *_: nothing)


def test_a_folder_in_a_page_and_a_table_out(tmp_path: Path) -> None:
    odd_folder(tmp_path / "photos")
    before = tree(tmp_path / "photos")
    done = process("photos", "--output", "report", "--lang", "ko", cwd=tmp_path)
    assert done.returncode == 1, done.stderr.decode()
    lines = done.stdout.decode().splitlines()
    assert "고양이" not in lines[0]
    assert lines[0].split() == ["클래스", "라벨", "학습용", "검증용"]
    found = result(done.stdout.decode())
    assert (found["broken"], found["classes"]) == (BROKEN, ["cats", "dogs <b>big"])
    assert b"page: report/inspect.html" in done.stderr
    assert sorted(os.listdir(tmp_path / "report")) == ["inspect.html", "inspect.json"]
    written = json.loads((tmp_path / "report" / "inspect.json").read_text(encoding="utf-8"))
    named = [problem["path"] for problem in written["problems_by_kind"]["unreadable"]]
    assert f"dogs <b>big/{PAYLOAD}" in named
    assert f"dogs <b>big/{NOT_UTF8}" in named
    assert tree(tmp_path / "photos") == before
    assert str(tmp_path) not in (tmp_path / "report" / "inspect.json").read_text(encoding="utf-8").replace(
        os.environ["XDG_CACHE_HOME"], ""
    )


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom pipeline.inspect.command import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = ('tensorflow', 'numpy', 'PIL', 'matplotlib', 'jinja2', 'jsonargparse')\n"
        "assert not [name for name in heavy if name in sys.modules]"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "DIR|CONFIG" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], b"the following arguments are required: DIR|CONFIG"),
        (["photos", "--lang", "fr"], b"argument --lang: invalid choice: 'fr'"),
        (["nowhere"], b"there is no folder or file 'nowhere'"),
        (["photos", "--output", "photos/report"], b"--output must lie outside the photos"),
        (["photos", "--model", "nowhere"], b"--model must name a run's folder or a .keras file"),
        (["photos", "--fix", "restore"], b"nothing was quarantined there"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(tmp_path: Path, arguments: list[str], message: bytes) -> None:
    (tmp_path / "photos" / "cats").mkdir(parents=True)
    picture().save(tmp_path / "photos" / "cats" / "a.jpg")
    done = process(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == b""
    assert message in done.stderr
    assert done.stderr.count(b"\n") == 1
    assert sorted(os.listdir(tmp_path)) == ["photos"]


def test_copies_are_the_same_figures_in_the_json_the_table_and_the_page(
    tmp_path: Path, undrawn: None, capsys: Captured
) -> None:
    """Three files the same, one of them in another class; two more that look alike."""
    for name in ("cats", "dogs"):
        (tmp_path / "photos" / name).mkdir(parents=True)
    for name in ("cats/a", "cats/b", "dogs/c"):
        picture(seed=1).save(tmp_path / "photos" / f"{name}.jpg")
    picture(seed=2).save(tmp_path / "photos" / "cats" / "d.jpg")
    picture(seed=2).save(tmp_path / "photos" / "cats" / "e.jpg", quality=50)
    main([str(tmp_path / "photos"), "--output", str(tmp_path / "report")])
    out = capsys.readouterr().out
    exact = {"groups": 1, "surplus_files": 2, "groups_across_splits": 0, "groups_across_classes": 1}
    near = {"groups": 1, "surplus_files": 1, "groups_across_splits": 0, "groups_across_classes": 0}
    written = json.loads((tmp_path / "report" / "inspect.json").read_text(encoding="utf-8"))
    for record in (result(out), written):
        assert (record["copies"], record["look_alikes"]) == (exact, near)
    assert [len(group["paths"]) for group in written["copies_of"]] == [3, 2]
    assert "Same bytes: 1 group, 2 surplus files; 1 group in more than one class\n" in out
    assert "Look alike: 1 group, 1 surplus file\n" in out
    page = (tmp_path / "report" / "inspect.html").read_text(encoding="utf-8")
    assert "<b>2</b>surplus copies" in page
    assert "Same bytes: 1 group, 2 surplus files</h3>" in page
    assert "Look alike: 1 group, 1 surplus file</h3>" in page
    assert page.count("1 group lies in more than one class") == 1


def photos_in(root: Path, **classes: int) -> Path:
    """A folder with so many photos of each class."""
    for seed, (name, count) in enumerate(classes.items()):
        (root / name).mkdir(parents=True)
        for k in range(count):
            picture(seed=100 * seed + k).save(root / name / f"{k}.jpg")
    return root


def looked_at(photos: Path, capsys: Captured, *options: str, code: int) -> tuple[dict[str, Any], str]:
    """The JSON and the page of a folder, whose exit code is this."""
    report = photos.parent / "report"
    assert main([str(photos), "--output", str(report), *options]) == code
    return result(capsys.readouterr().out), (report / "inspect.html").read_text(encoding="utf-8")


def test_without_a_broken_file_the_exit_code_is_0(tmp_path: Path, undrawn: None, capsys: Captured) -> None:
    found, _ = looked_at(photos_in(tmp_path / "photos", cats=2, dogs=2), capsys, code=0)
    assert (found["broken"], found["refused"]) == (0, None)


def test_a_single_class_is_refused_as_training_does(tmp_path: Path, undrawn: None, capsys: Captured) -> None:
    found, page = looked_at(photos_in(tmp_path / "photos", cats=2), capsys, code=1)
    assert found["refused"] == "one class: a classifier needs two or more"
    assert "Now there is one class, and a classifier needs two or more" in page
    assert "softmax" not in page
    assert "Perhaps" not in page


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_folder_that_was_meant_is_named(tmp_path: Path, undrawn: None, capsys: Captured, lang: str) -> None:
    photos = photos_in(tmp_path / "all" / "photos", cats=2, dogs=2)
    for given in (tmp_path / "all", photos / "cats"):
        _, page = looked_at(given, capsys, "--lang", lang, code=1)
        said = {"en": f"Perhaps {photos} was meant: it holds the folders cats, dogs.", "ko": f"혹시 {photos} 폴더를"}
        assert said[lang] in page


def test_a_class_without_a_photo_is_refused_by_name(tmp_path: Path, undrawn: None, capsys: Captured) -> None:
    photos = photos_in(tmp_path / "photos", cats=2, dogs=2)
    (photos / "owls").mkdir()
    found, page = looked_at(photos, capsys, code=1)
    assert found["refused"].startswith("class folders without a photo that can be read: owls.")
    assert "one output a class (softmax)" in page


def test_a_folder_of_a_phone_s_photos_names_them_and_the_cure(tmp_path: Path, undrawn: None, capsys: Captured) -> None:
    for name in ("cats/a.HEIC", "cats/b.heif", "dogs/c.heic"):
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "photos" / name).write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    found, page = looked_at(tmp_path / "photos", capsys, code=1)
    assert (found["problems"], found["photos"]) == ({"foreign": 3}, 0)
    assert found["refused"] == "There is no photo here that training could read."
    assert "In a format that training does not read: 3</h3>" in page
    assert "<b>3</b>unusable files" in page
    assert "Settings → Camera → Formats → Most Compatible" in page
    _, korean = looked_at(tmp_path / "photos", capsys, "--lang", "ko", code=1)
    assert "설정 → 카메라 → 포맷 → ‘높은 호환성’" in korean


def test_beside_photos_that_are_read_a_format_that_is_not_ends_nothing(
    tmp_path: Path, undrawn: None, capsys: Captured
) -> None:
    photos = photos_in(tmp_path / "photos", cats=2, dogs=2)
    (photos / "cats" / "a.heic").write_bytes(b"x")
    main([str(photos), "--output", str(tmp_path / "report")])
    assert "Most Compatible" in capsys.readouterr().out  # the table says it, too
    found, _ = looked_at(photos, capsys, "--fix", "quarantine", code=0)
    assert found["moved"] == 0  # training passes it over


@pytest.mark.parametrize(("broken", "ends"), [(1, False), (2, True)])
def test_what_skipping_would_come_to_is_said_with_the_folder_s_figures(
    tmp_path: Path, undrawn: None, capsys: Captured, broken: int, ends: bool
) -> None:
    """One of 20 training photos may be left out: a twentieth."""
    photos = tmp_path / "photos"
    photos_in(photos / "train", cats=10, dogs=10 - broken)
    photos_in(photos / "validation", cats=1, dogs=1)
    photos_in(photos / "test", cats=1, dogs=1)  # which training does not read
    (photos / "test" / "cats" / "bad.jpg").write_bytes(b"bad")
    for k in range(broken):
        (photos / "train" / "dogs" / f"bad{k}.jpg").write_bytes(b"bad")
    _, page = looked_at(photos, capsys, code=1)
    assert "as long as they are no more than 5\u00a0% of the photos" in page
    assert f"Of these photos (train) that is {broken} of 20, {5 * broken}.0\u00a0%: it would" in page
    assert ("it would end" in page, "it would go on" in page) == (ends, not ends)


def test_very_uneven_classes_are_a_caution(tmp_path: Path, undrawn: None, capsys: Captured) -> None:
    photos = photos_in(tmp_path / "photos", cats=15, dogs=5)
    told = "The classes are very uneven"
    assert told not in looked_at(photos, capsys, code=0)[1]
    assert "15 photos and the smallest" not in looked_at(photos, capsys, code=0)[1]  # of those that are trained on
    assert "The largest class, cats, has 12 photos and the smallest, dogs, 4" in looked_at(photos, capsys, code=0)[1]
    for k in range(15, 25):
        picture(seed=k).save(photos / "cats" / f"{k}.jpg")
    main([str(photos), "--output", str(tmp_path / "report")])
    assert f"{told}: cats has 20 photos and dogs 4, 5.0 times as many." in capsys.readouterr().out


@pytest.mark.parametrize(("lang", "says"), [("en", "8 for training, 2 kept for"), ("ko", "학습용 8장, 검증용 2장")])
def test_without_validation_photos_the_page_counts_as_training_does(
    tmp_path: Path, undrawn: None, capsys: Captured, lang: str, says: str
) -> None:
    photos = photos_in(tmp_path / "photos", cats=5, dogs=5)
    found, page = looked_at(photos, capsys, "--lang", lang, code=0)
    assert found["counts"] == {"train": 8, "validation": 2}
    assert says in page
    assert "150×150" in page


def test_with_a_run_s_folder_the_page_is_by_the_run_s_settings(tmp_path: Path, undrawn: None, capsys: Captured) -> None:
    photos, run = photos_in(tmp_path / "photos", cats=5, dogs=5), tmp_path / "run"
    run.mkdir()
    (run / "config.yaml").write_text(
        "image: {size: [40, 64], resize: pad}\nloader: {batch_size: 3}\ntrain: {epochs: 7}\nseed: 5\n"
        "model: {name: small}\ndata: {train: gone, validation: gone, class_names: [a, b]}\n"
    )
    (run / "run.json").write_text("{}")
    (run / "model.keras").write_bytes(b"")
    _, page = looked_at(photos, capsys, "--model", str(run), code=0)
    assert f"those of the run {run}: 40×64 pixels, pad, 3 photos a batch, 7 epochs, seed 5</p>" in page
    assert "7 epochs are 21 steps of learning" in page  # 8 photos by three
    assert "the one of these settings, small, is built otherwise" in page
    # Of a network alone nobody knows how its photos were read.
    _, page = looked_at(photos, capsys, "--model", str(run / "model.keras"), code=0)
    assert "the defaults of python -m pipeline.train: 150×150 pixels, stretch, 32 photos a batch" in page
    (tmp_path / "c.yaml").write_text(f"data: {{train: {photos}}}\nloader: {{batch_size: 4}}\n")
    _, page = looked_at(tmp_path / "c.yaml", capsys, "--model", str(run), code=0)
    assert f"those of {tmp_path}/c.yaml: 150×150 pixels, stretch, 4 photos a batch" in page


def test_quarantine_moves_the_broken_files_and_restore_gives_back_the_very_tree(
    tmp_path: Path, undrawn: None, capsys: Captured
) -> None:
    photos = odd_folder(tmp_path / "photos")
    before = tree(photos)
    output = ["--output", str(tmp_path / "report")]
    assert main([str(photos), *output, "--fix", "quarantine"]) == 0  # none is left to stumble over
    assert result(capsys.readouterr().out)["moved"] == BROKEN
    left = tree(photos)
    assert len(before) - len(left) == BROKEN
    assert all(before[name] == content for name, content in left.items())
    kept = tree(tmp_path / "photos-quarantine")
    assert set(before) - set(left) <= set(kept)
    assert "moved to" in (tmp_path / "report" / "inspect.html").read_text()
    assert main([str(photos), *output]) == 0
    capsys.readouterr()
    assert main([str(photos), "--fix", "restore"]) == 0
    assert result(capsys.readouterr().out) == {"restored": BROKEN, "not_restored": 0}
    assert tree(photos) == before
    assert not (tmp_path / "photos-quarantine").exists()


def test_a_configuration_s_folders_have_a_quarantine_each(tmp_path: Path, undrawn: None, capsys: Captured) -> None:
    for split in ("a", "b"):
        photos_in(tmp_path / split, cats=1, dogs=1)
        (tmp_path / split / "cats" / "bad.jpg").write_bytes(b"bad")
    config = tmp_path / "c.yaml"
    config.write_text(f"data: {{train: {tmp_path}/a, validation: {tmp_path}/b}}\n")
    before = tree(tmp_path)
    assert main([str(config), "--output", str(tmp_path / "report"), "--fix", "quarantine"]) == 0
    assert (tmp_path / "a-quarantine" / "cats" / "bad.jpg").exists()
    assert (tmp_path / "b-quarantine" / "cats" / "bad.jpg").exists()
    assert main([str(config), "--fix", "restore"]) == 0
    assert {name: content for name, content in tree(tmp_path).items() if not name.startswith("report")} == before
    capsys.readouterr()


def test_restore_names_what_stays_and_ends_with_1(tmp_path: Path, undrawn: None, capsys: Captured) -> None:
    (tmp_path / "photos" / "cats").mkdir(parents=True)
    bad = tmp_path / "photos" / "cats" / "bad.jpg"
    bad.write_bytes(b"bad")
    main([str(tmp_path / "photos"), "--output", str(tmp_path / "report"), "--fix", "quarantine"])
    bad.write_bytes(b"new")
    assert main([str(tmp_path / "photos"), "--fix", "restore"]) == 1
    assert "not moved: cats/bad.jpg: there is a file of that name again" in capsys.readouterr().err
    assert bad.read_bytes() == b"new"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_with_its_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: int, capsys: Captured
) -> None:
    from pipeline.inspect import reading
    from pipeline.reports import file_faults as files

    photos = odd_folder(tmp_path / "photos")

    def judge(path: str, listed: bool, max_pixels: int) -> files.Judged:
        if path.endswith("2.jpg"):
            os.kill(os.getpid(), number)
        return files.judge(path, listed, max_pixels)

    monkeypatch.setattr(reading, "judge", judge)
    assert main([str(photos), "--output", str(tmp_path / "report")]) == code
    assert "interrupted; no page was made" in capsys.readouterr().err
    assert not (tmp_path / "report").exists()


def test_an_output_that_cannot_be_written_is_one_error(tmp_path: Path) -> None:
    photos = odd_folder(tmp_path / "photos")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match=r"--output must be a folder that can be written to: '.*file': file exists"):
        main([str(photos), "--output", str(tmp_path / "file")])
    assert (tmp_path / "file").read_text() == "mine"


def test_other_files_in_the_output_are_left_alone(tmp_path: Path, undrawn: None, capsys: Captured) -> None:
    photos = odd_folder(tmp_path / "photos")
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "mine.txt").write_text("mine")
    main([str(photos), "--output", str(tmp_path / "report")])
    assert (tmp_path / "report" / "mine.txt").read_text() == "mine"
    capsys.readouterr()


def test_a_folder_that_is_not_there_is_a_missing_path(tmp_path: Path) -> None:
    with pytest.raises(MissingPathError):
        main([str(tmp_path / "nowhere")])
