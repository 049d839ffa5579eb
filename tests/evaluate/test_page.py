"""The page in a real browser, at a phone's width and a desk's, in both languages, for each kind of labels."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.evaluate.page import render
from pipeline.evaluate.plots import draw, draw_learning, letter
from pipeline.evaluate.record import Evaluation
from pipeline.evaluate.words import Words
from pipeline.images.fault import Fault
from pipeline.reading.unreadable import Unreadable
from pipeline.text.messages import LANGUAGES, Sentence, catalog
from tests.support.browser import slides_unseen, started, widen, words_torn
from tests.support.fonts import alone
from tests.support.measured import HOSTILE, LONG, UNDRAWABLE, answered, evaluation

WIDTHS = (380, 390, 1400)
MANY = tuple(f"{k}번째 고양이 {LONG if k % 7 == 0 else ''}" for k in range(20))
HISTORY = """epoch,accuracy,loss,val_accuracy,val_loss,seconds
1,0.55,0.7,0.6,0.68,1.0
2,0.8,0.5,0.7,0.6,1.0
3,0.95,0.2,0.65,0.9,1.0
"""


def page(found: Evaluation, lang: str, path: Path) -> Path:
    words = Words(lang)
    lettering = letter(found.run.class_names, words)
    pictures = {**draw(found.measures, lettering), **draw_learning(found.run, lettering)}
    path.write_text(render(found, pictures, lettering, words), encoding="utf-8")
    return path


def text_of(path: Path) -> str:
    """Return the text that people read, in the order of the page."""
    return re.sub(r"<(style|title)>.*?</\1>|<[^>]+>", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.fixture(scope="module")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A font with the Hangul of the page, and none with `UNDRAWABLE`."""
    with pytest.MonkeyPatch.context() as patch:
        alone(tmp_path_factory.mktemp("fonts"), patch).install_korean(
            [*catalog("ko", "evaluate").values(), "번째고양이"]
        )
        yield


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, fonts: None) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("pages")
    (root / "history.csv").write_text(HISTORY)
    hostile: dict[str, Any] = {
        "unreadable": (Unreadable(3, f"cats/{HOSTILE}.jpg", Fault("other", {"detail": "cut <b>short</b>"})),),
        "unreadable_classes": (HOSTILE,),
        "missing": (UNDRAWABLE,),
        "passed": (Sentence("passed_hidden", {"count": 3, "first": "<i>x</i>"}),),
    }
    names = ("cats", HOSTILE, LONG, UNDRAWABLE)
    return {
        "en": page(evaluation(root, names, **hostile), "en", root / "en.html"),
        "ko": page(evaluation(root, MANY), "ko", root / "ko.html"),
        "labels": page(evaluation(root, MANY[:5], "multi_label"), "en", root / "labels.html"),
        "values": page(evaluation(root, ("age", LONG), "regression"), "ko", root / "values.html"),
    }


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    yield from started(tmp_path_factory.mktemp("profile"))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["en", "ko", "labels", "values"])
def test_it_opens_without_an_error_and_fits(pages: dict[str, Path], browser: Any, name: str, width: int) -> None:
    widen(browser, width)
    browser.get(pages[name].as_uri())
    broken = browser.execute_script(
        "return [...document.images].filter(i => !i.complete || i.naturalWidth === 0).map(i => i.alt)"
    )
    assert broken == []
    assert browser.execute_script("return document.images.length") >= 2
    assert browser.get_log("browser") == []
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    outside = browser.execute_script(
        "return [...document.querySelectorAll('h1, h2, p, li, .card, .scroll')].filter(e => {"
        "const r = e.getBoundingClientRect(); return r.width && (r.right > innerWidth + 1 || r.left < -1)})"
        ".map(e => e.outerHTML.slice(0, 80))"
    )
    assert outside == []
    sizes = browser.execute_script(
        "return [...document.querySelectorAll('main *')].filter(e => [...e.childNodes].some("
        "n => n.nodeType === 3 && n.data.trim())).map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(sizes) >= 12


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["en", "ko", "labels", "values"])
def test_no_word_is_torn_and_what_slides_shows_it(pages: dict[str, Path], browser: Any, name: str, width: int) -> None:
    widen(browser, width)
    browser.get(pages[name].as_uri())
    assert words_torn(browser, "h1, h2, th, td") == []
    assert slides_unseen(browser) == []
    slides = "return [...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
    # Of values nothing is wide: their table has four columns, and mistakes are tiles.
    assert width == WIDTHS[-1] or name == "values" or browser.execute_script(slides) > 0


PLACES = "return [...document.querySelectorAll('#curves img')].map(i => i.getBoundingClientRect())"


@pytest.mark.parametrize(("width", "beside"), [(390, False), (1400, True)])
def test_the_curves_stand_beside_each_other_where_there_is_room(
    pages: dict[str, Path], browser: Any, width: int, beside: bool
) -> None:
    widen(browser, width)
    browser.get(pages["en"].as_uri())
    roc, precision_recall = browser.execute_script(PLACES)
    assert (roc["right"] <= precision_recall["left"]) == beside
    assert (roc["bottom"] <= precision_recall["top"]) == (not beside)
    assert max(roc["right"], precision_recall["right"]) <= width
    for text in (catalog(lang, "evaluate") for lang in LANGUAGES):
        said = text["explain_roc"] + text["explain_pr"]
        assert not re.search("Left|Right|왼쪽|오른쪽 그림", said)


@pytest.mark.parametrize(("width", "columns"), [(380, 2), (1400, 7)])
@pytest.mark.parametrize("name", ["ko", "values"])
def test_mistakes_reflow_and_each_has_its_image_and_its_answers(
    pages: dict[str, Path], browser: Any, name: str, width: int, columns: int
) -> None:
    widen(browser, width)
    browser.get(pages[name].as_uri())
    tiles = browser.execute_script(
        "return [...document.querySelectorAll('#mistakes .tiles li')].map(e => "
        "[Math.round(e.getBoundingClientRect().x), e.querySelector('img').alt, e.innerText])"
    )
    assert len({x for x, _, _ in tiles}) == columns
    assert len(tiles) == 25
    for number, (_, alternative, text) in enumerate(tiles, 1):
        assert alternative.startswith(f"틀린 것 {number}: 정답 ")
        assert all(word in text for word in ("정답:", "예측:", "example "))
    assert browser.execute_script("return document.querySelectorAll('#mistakes table, #mistakes .scroll').length") == 0


def test_the_curve_of_the_epochs_is_whole_at_any_width(pages: dict[str, Path], browser: Any) -> None:
    for width in WIDTHS:
        widen(browser, width)
        browser.get(pages["ko"].as_uri())
        place = browser.execute_script(
            "const r = document.querySelector('#overfitting img').getBoundingClientRect(); return [r.left, r.right]"
        )
        assert 0 <= place[0] < place[1] <= width
        assert place[1] - place[0] > 300
    assert browser.execute_script("return document.querySelector('#overfitting img').alt")


def test_a_matrix_of_twelve_classes_is_whole_on_a_phone(tmp_path: Path, browser: Any) -> None:
    widen(browser, 390)
    browser.get(page(evaluation(tmp_path, tuple(f"class {k}" for k in range(12))), "ko", tmp_path / "p.html").as_uri())
    place = browser.execute_script("return document.querySelector('#confusion img').getBoundingClientRect()")
    assert (place["left"] >= 0, place["right"] <= 390) == (True, True)


def test_names_that_are_html_are_text_and_nothing_ran(pages: dict[str, Path], browser: Any) -> None:
    browser.get(pages["en"].as_uri())
    assert browser.title.startswith(catalog("en", "evaluate")["title"])
    text = browser.execute_script("return document.body.innerText")
    assert text.count(HOSTILE) >= 3  # a class, a mistake, a file
    assert "cut <b>short</b>" in text
    assert browser.execute_script("return document.querySelectorAll('script, td b, li i, [onerror]').length") == 0
    fetched = browser.execute_script("return performance.getEntriesByType('resource').map(e => e.name.slice(0, 5))")
    assert set(fetched) <= {"data:"}


def test_every_link_leads_to_a_place_on_the_page_and_it_prints(pages: dict[str, Path], browser: Any) -> None:
    browser.get(pages["ko"].as_uri())
    dead = browser.execute_script(
        "return [...document.links].map(a => a.getAttribute('href'))"
        ".filter(h => !h.startsWith('#') || !document.getElementById(h.slice(1)))"
    )
    assert dead == []
    assert browser.execute_script("return document.links.length") == 8
    pdf = base64.b64decode(browser.print_page())
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) >= 3


def test_it_names_no_address_but_its_own(pages: dict[str, Path]) -> None:
    for path in pages.values():
        outside = re.sub(r"data:image/[^\"]*", "", path.read_text(encoding="utf-8"))
        assert not re.search(r"https?://|url\(|@import|src=\"(?!\")", outside)


@pytest.mark.parametrize(("lang", "kind", "row"), [("en", "pictures", r"row\s+\d+"), ("ko", "그림", r"\d+행")])
def test_of_arrays_nothing_is_called_a_photo_or_a_file(tmp_path: Path, lang: str, kind: str, row: str) -> None:
    found = evaluation(tmp_path, ("a", "b", "c"), source=Sentence("source_dataset", {"name": "digits"}), arrays=True)
    words = Words(lang, found.subject.arrays)
    (tmp_path / "page.html").write_text(render(found, {}, letter(("a", "b", "c"), words), words), encoding="utf-8")
    told = text_of(tmp_path / "page.html")
    assert told.count(kind) > 10
    assert re.search(row, told)
    assert not re.search("photo|사진|example", told)


def test_the_korean_page_says_nothing_in_english(pages: dict[str, Path]) -> None:
    """But names of files, options, and what is called so in Korean, too."""
    told = text_of(pages["ko"]).replace(LONG.strip(), "").replace(LONG[:60], "")
    prose = [line for line in told.splitlines() if re.search(r"[a-z]+ [a-z]+ [a-z]+", line)]
    assert [line for line in prose if not re.search("[가-힣]", line)] == []


def test_it_explains_itself_with_its_own_figures(pages: dict[str, Path], tmp_path: Path) -> None:
    text = pages["en"].read_text(encoding="utf-8")
    # Question 12: epoch 2 was the best, and epoch 3 shows what overfitting is.
    assert "In epoch 2, the one that was kept, the model was right on 80.0\u00a0%" in text
    assert "In the last epoch it is 30.0 percentage points better on the photos that it learned from" in text
    assert "pictures name classes by number: 0 = cats, 1 = &lt;img" in text
    assert "apt-get install fonts-noto-core" in text
    found = evaluation(tmp_path, ("cats", "dogs"))
    told = page(found, "en", tmp_path / "page.html").read_text(encoding="utf-8")
    (cats, dogs) = found.measures.classes  # type: ignore[union-attr]
    one = max((cats, dogs), key=lambda row: row.wrong + row.missed)
    assert f"Of {one.support}, it found {one.right}: {one.recall:.3f}." in told
    assert "history.csv of the run does not say how accuracy went (it is missing or damaged)" in told


def test_where_nothing_is_wrong_a_sentence_says_so(tmp_path: Path) -> None:
    right = np.eye(2, dtype=np.float32)
    told = page(answered(tmp_path, ("cats", "dogs"), [0, 1], right), "en", tmp_path / "page.html").read_text("utf-8")
    assert catalog("en", "evaluate")["no_mistakes"] in told
    assert catalog("en", "evaluate")["summary_faultless"] in told
