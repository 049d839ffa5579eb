"""Tests of a run's report: its files, its page, its command."""

from __future__ import annotations

import contextlib
import html.parser
import importlib.util
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from bench.arms.cells import CENTRE
from bench.measure.rows import read
from bench.report.command import main
from bench.report.compare import main as compare_main
from bench.report.floors import main as floors_main
from bench.report.tables import everything
from pipeline.errors import InputError
from tests.support.places import ROOT
from tests.support.results_file import RunFile, realistic

HOSTILE = "<script>alert('x')</script>|`a`"
VOID = {"meta", "img", "br", "link"}
OURS = {"report.html", "results.md", "results.csv"}
KINDS = ("throughput", "memory", "growth", "waiting", "accuracy")


class Page(html.parser.HTMLParser):
    """A parser that checks that tags close in order, and keeps the text and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with `run.json`, its report in `out`, and the printed output in `said`."""
    folder = tmp_path_factory.mktemp("report")
    run = realistic()
    run.throughput("files augmented", HOSTILE, 300.0)
    run.not_measured.append({"row": HOSTILE, "why": HOSTILE})
    run.foreign = [{"fullname": HOSTILE, "stats": {"data": [1.0, 2.0]}}]
    (folder / "out" / "folder").mkdir(parents=True)
    (folder / "out" / "mine.png").write_text("mine")
    (folder / "out" / "report.html").write_text("old")
    with (folder / "said").open("w") as said, contextlib.redirect_stdout(said):
        assert main([str(run.write(folder / "run.json")), "--output", str(folder / "out")]) == 0
    return folder


@pytest.fixture(scope="module")
def page(report: Path) -> str:
    return (report / "out" / "report.html").read_text()


def test_it_writes_its_own_names_and_leaves_the_rest(report: Path) -> None:
    out = report / "out"
    rest = {path.name for path in out.iterdir()} - OURS - {"folder", "mine.png"}
    assert {name.partition("-")[0] for name in rest} == set(KINDS)
    assert all(name.endswith(".png") for name in rest)
    assert (out / "mine.png").read_text() == "mine"
    assert (out / "report.html").read_text() != "old"


def test_the_terminal_has_the_targets_and_the_comparisons(report: Path) -> None:
    said = (report / "said").read_text()
    assert "missed by 0.0" in said
    assert "pipeline-memory" in said
    assert "axis side" not in said
    assert str(report / "out") in said


def test_the_page_needs_nothing_beside_it(page: str) -> None:
    parsed = Page(page)
    assert re.search(r"https?:|url\(|@import", page) is None
    for tag, attributes in parsed.seen:
        assert tag not in ("link", "script", "iframe")
        address = attributes.get("src") or attributes.get("href") or ""
        assert address == "" or address.startswith(("data:image/png;base64,", "#"))
    images = [attributes for tag, attributes in parsed.seen if tag == "img"]
    assert len(images) == len({attributes["src"] for attributes in images}) >= 8
    assert sum(tag == "figcaption" for tag, _ in parsed.seen) == len(images)
    anchors = {attributes.get("id") for _, attributes in parsed.seen}
    links = [str(attributes["href"])[1:] for tag, attributes in parsed.seen if tag == "a"]
    assert len(links) == 14
    assert set(links) <= anchors


def test_what_is_in_a_run_is_text_on_the_page(page: str, report: Path) -> None:
    assert "<script" not in page
    assert HOSTILE in Page(page).words
    text = (report / "out" / "results.md").read_text()
    assert "<script" not in text
    rows = [line for line in text.splitlines() if line.startswith("|") and "alert" in line]
    assert len(rows) >= 4
    assert all("\\|" in line for line in rows)


def test_it_says_everything(page: str) -> None:
    words = "\n".join(Page(page).words)
    for said in (
        "Model Processor 3000",
        "suite: name",
        "missed by",
        "not measured: not installed: nvidia.dali",
        "no GPU: not measured",
        "workers 1: 500; workers 2: 980",
        "libjpeg-turbo",
        "waiting, %",
        "0.710, 0.730, 0.720",
        "exponent",
        "96: ",
        "pytest bench/ --benchmark-only --benchmark-json=run.json",
        "scan memory",
    ):
        assert said in words, said


def test_each_column_is_explained_to_a_new_reader(page: str) -> None:
    words = Page(page).words
    for column in ("of its limit", "first batch, s", "peak, MB", "95 % of the ratio", "÷ generator", "PSS, MB"):
        assert words.count(column) >= 2, column  # as a heading, and where it is explained


def test_losing_rows_stay_in_order_of_their_rates(tmp_path: Path) -> None:
    run = RunFile(noise=0)
    run.comparison("comparison", {"generator": 1, "pipeline": 0.5, "dali": 3}, CENTRE)
    main([str(run.write(tmp_path / "run.json")), "--output", str(tmp_path)])
    rows = [line.split(" | ") for line in (tmp_path / "results.md").read_text().splitlines() if "| augmented |" in line]
    assert [row[1] for row in rows][:3] == ["dali", "generator", "pipeline"]
    assert [row[4] for row in rows][:3] == ["3.00", "1.00", "0.500"]


def test_a_comparison_whose_points_have_different_references_says_so(tmp_path: Path) -> None:
    run = RunFile(noise=0)
    run.comparison("comparison", {"generator": 1, "pipeline": 7}, CENTRE)
    run.comparison("comparison", {"dali": 2, "pipeline": 7}, CENTRE.changed(side=224))
    main([str(run.write(tmp_path / "run.json")), "--output", str(tmp_path)])
    assert "| ÷ generator, or else the first |" in (tmp_path / "results.md").read_text()


def test_the_csv_comes_back_as_it_was(report: Path) -> None:
    written = pd.read_csv(report / "out" / "results.csv")
    table = everything(read(report / "run.json"))
    pd.testing.assert_frame_equal(written, table, check_dtype=False)
    assert HOSTILE in written["arm"].to_list()


def test_a_file_of_others_records_makes_a_report(tmp_path: Path) -> None:
    run = RunFile()
    run.foreign = [{"fullname": "x.py::test_other", "stats": {"data": [0.5, 0.25]}}]
    run.not_measured = []
    main([str(run.write(tmp_path / "run.json")), "--output", str(tmp_path)])
    text = (tmp_path / "results.md").read_text()
    assert "| x.py::test_other |" in text
    assert "0.375" in text
    assert "0 met, 0 missed, 21 not measured" in text
    assert not list(tmp_path.glob("*.png"))


def test_a_folder_that_cannot_be_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="--output must be a folder"):
        main([str(realistic().write(tmp_path / "run.json")), "--output", str(tmp_path / "file")])


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def test_help_is_quick_and_imports_nothing_heavy() -> None:
    begun = time.perf_counter()
    done = command("bench.report", "--help")
    assert time.perf_counter() - begun < 3
    assert done.returncode == 0
    assert "results.csv" in done.stdout
    code = "import sys, bench.report, bench.report.compare, bench.report.floors; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not {"tensorflow", "keras", "pandas", "matplotlib", "scipy", "jinja2"} & set(loaded.split())


@pytest.mark.parametrize("arguments", [["absent.json"], [], ["a", "b", "c"], ["--no-such-option"]])
@pytest.mark.parametrize("command", [main, compare_main, floors_main])
def test_wrong_use_is_one_line(command: Callable[[list[str]], int], arguments: list[str]) -> None:
    with pytest.raises(InputError, match=r"absent\.json|--help says how it is used"):
        command(arguments)


@pytest.mark.parametrize(
    "arguments", [["bench.report", "no.json"], ["bench.report.compare", "no.json", "no.json"], ["bench.report.floors"]]
)
def test_the_commands_leave_with_2(arguments: list[str]) -> None:
    done = command(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("error: ")


@pytest.mark.slow
def test_the_document_holds_each_picture_under_its_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("docs_benchmarks", ROOT / "docs" / "benchmarks.py")
    assert spec is not None
    assert spec.loader is not None
    document = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(document)
    monkeypatch.setattr(document, "DOCS", tmp_path)
    monkeypatch.setattr(document, "IMAGES", tmp_path / "images" / "benchmarks")
    (tmp_path / "images" / "benchmarks").mkdir(parents=True)
    (tmp_path / "images" / "benchmarks" / "old.png").write_bytes(b"of the run before")
    first, again = realistic().write(tmp_path / "run.json"), realistic().write(tmp_path / "again.json")
    document.main([str(first), str(again)])
    text = (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    shown = re.findall(r"\*\*(.+)\.\*\* (.+\.)\n\n!\[(.+)\]\((.+)\)", text)
    assert len(shown) == text.count("![") >= 8
    assert all(title == alternative for title, _, alternative, _ in shown)
    assert {path.name for path in (tmp_path / "images" / "benchmarks").iterdir()} == {
        Path(file).name for _, _, _, file in shown
    }
    assert all((tmp_path / file).is_file() for _, _, _, file in shown)
