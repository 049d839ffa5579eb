"""The page in a real browser, and what it needs no browser to show."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import ImageConfig, ModelConfig
from pipeline.inspect.command import main
from pipeline.models.cnn import build_cnn
from pipeline.models.head import head_for
from pipeline.text.messages import LANGUAGES, catalog
from tests.support.browser import slides_unseen, started, widen, words_torn
from tests.support.odd_photos import PAYLOAD, odd_folder, picture

WIDTHS = (380, 390, 1400)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page in each language about hostile photos and a small network."""
    root = tmp_path_factory.mktemp("page")
    photos = odd_folder(root / "photos")
    for k in range(3):
        picture(40 + k, 400, seed=50 + k).save(photos / "cats" / f"wide{k}.png")
    picture(seed=60).save(photos / "cats" / "<script>document.title=2<!--.jpg")
    picture(seed=60).save(photos / "dogs <b>big" / ("long" * 50 + ".jpg"))
    picture(seed=61).save(photos / "cats" / "one.jpg")
    picture(seed=61).save(photos / "dogs <b>big" / "a_copy_of_it-with_a_long_name_2024-01-01.jpg")
    height, width = ImageConfig().image_size
    model = build_cnn(ModelConfig(filters=(4, 4), dense=(8,)), (height, width, 3), head_for("binary", 2))
    model.save(root / "model.keras")
    for lang in LANGUAGES:
        main([str(photos), "--output", str(root / lang), "--lang", lang, "--model", str(root / "model.keras")])
    return {lang: root / lang / "inspect.html" for lang in LANGUAGES}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    yield from started(tmp_path_factory.mktemp("profile"))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_opens_without_an_error_and_every_picture_loads(
    pages: dict[str, Path], browser: Any, lang: str, width: int
) -> None:
    widen(browser, width)
    browser.get(pages[lang].as_uri())
    broken = browser.execute_script(
        "return [...document.images].filter(i => !i.complete || i.naturalWidth === 0).map(i => i.alt)"
    )
    assert broken == []
    assert browser.execute_script("return document.images.length") > 60
    assert browser.get_log("browser") == []
    assert browser.execute_script("return document.documentElement.lang") == lang


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_is_readable_at_any_width(pages: dict[str, Path], browser: Any, lang: str, width: int) -> None:
    widen(browser, width)
    browser.get(pages[lang].as_uri())
    assert browser.execute_script("return innerWidth") == width
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    sizes = browser.execute_script(
        "return [...document.querySelectorAll('main *')].filter(e => [...e.childNodes].some("
        "n => n.nodeType === 3 && n.data.trim())).map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(sizes) >= 12
    outside = browser.execute_script(
        "return [...document.querySelectorAll('figure, h2, h3, p, li, img')].filter(e => {"
        "const r = e.getBoundingClientRect(); return r.width && (r.right > innerWidth + 1 || r.left < -1)})"
        ".map(e => e.outerHTML.slice(0, 80))"
    )
    assert outside == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_word_is_torn_and_what_slides_shows_it(pages: dict[str, Path], browser: Any, lang: str, width: int) -> None:
    widen(browser, width)
    browser.get(pages[lang].as_uri())
    assert words_torn(browser, "h1, h2, h3, th, td") == []
    assert slides_unseen(browser) == []


BROKEN_WITHIN = """
return [...document.querySelectorAll('#copies figcaption, #problems td:first-child, #stretch p.soft')].flatMap(e =>
  [...e.childNodes].filter(n => n.nodeType === 3 && n.data.trim() && !n.data.includes(' ')).filter(n => {
    const range = document.createRange();
    range.selectNodeContents(n);
    return range.getClientRects().length > 1;
  }).map(n => n.data));
"""


@pytest.mark.parametrize("width", WIDTHS)
def test_names_break_between_their_parts_alone(pages: dict[str, Path], browser: Any, width: int) -> None:
    widen(browser, width)
    browser.get(pages["en"].as_uri())
    assert browser.execute_script(BROKEN_WITHIN) == []
    assert browser.execute_script("return document.querySelectorAll('#copies wbr').length") > 0
    name = "dogs <b>big/a_copy_of_it-with_a_long_name_2024-01-01.jpg"
    captions = browser.execute_script("return [...document.querySelectorAll('figcaption')].map(e => e.textContent)")
    assert name in captions


def test_names_that_are_html_are_text_and_nothing_ran(pages: dict[str, Path], browser: Any) -> None:
    browser.get(pages["en"].as_uri())
    assert browser.title.startswith(catalog("en", "inspect", "network")["title"])
    text = browser.execute_script("return document.body.innerText")
    assert f"dogs <b>big/{PAYLOAD}" in text
    assert "cats/<script>document.title=2<!--.jpg" in text
    assert "caf\\udce9.jpg" in text
    assert (
        browser.execute_script("return document.querySelectorAll('script, td b, figcaption b, [onerror]').length") == 0
    )


def test_every_link_leads_to_a_place_on_the_page(pages: dict[str, Path], browser: Any) -> None:
    browser.get(pages["ko"].as_uri())
    dead = browser.execute_script(
        "return [...document.links].map(a => a.getAttribute('href'))"
        ".filter(h => !h.startsWith('#') || !document.getElementById(h.slice(1)))"
    )
    assert dead == []
    assert browser.execute_script("return document.links.length") >= 18


def test_nothing_is_fetched(pages: dict[str, Path], browser: Any) -> None:
    browser.get(pages["en"].as_uri())
    fetched = browser.execute_script("return performance.getEntriesByType('resource').map(e => e.name.slice(0, 5))")
    assert set(fetched) <= {"data:"}


def test_it_prints(pages: dict[str, Path], browser: Any) -> None:
    browser.get(pages["ko"].as_uri())
    pdf = base64.b64decode(browser.print_page())
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) >= 3


class _Addresses(HTMLParser):
    """Every address in the page's HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("src", "href", "action", "srcset")]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_names_no_address_but_its_own(pages: dict[str, Path], lang: str) -> None:
    html = pages[lang].read_text(encoding="utf-8")
    addresses = _Addresses()
    addresses.feed(html)
    assert {address.split(":")[0].split("#")[0] for address in addresses.found} == {"data", ""}
    outside = re.sub(r"data:image/[^\"]*", "", html)
    assert not re.search(r"https?://|url\(|@import", outside)


def test_every_section_and_every_question_is_there(pages: dict[str, Path]) -> None:
    for lang, path in pages.items():
        html = path.read_text(encoding="utf-8")
        for number in (1, 2, 3, 4, 10, 11, 13, 14):
            assert f'id="q{number}"' in html
        for key, text in catalog(lang, "inspect", "network").items():
            if key.startswith("section_"):
                assert text in html, key
        assert "conv2d" in html


def test_the_korean_page_says_nothing_in_english(pages: dict[str, Path]) -> None:
    """But names, options, and what stands in quotes because a decoder said it."""
    html = pages["ko"].read_text(encoding="utf-8")
    cells = re.findall(r'<td class="words">(?:[^<]|<wbr>)*</td><td class="words">([^<]+)</td>', html)
    assert len(cells) > 12
    assert [cell for cell in cells if not re.search(r"[가-힣]|^\w+$", cell)] == []
    text = re.sub(r"<(style|code|td|figcaption)\b.*?</\1>|<[^>]+>", "\n", html, flags=re.DOTALL)
    prose = [line for line in re.sub("“[^”]*”", "", text).splitlines() if re.search(r"[a-z]+ [a-z]+ [a-z]+", line)]
    assert [line for line in prose if not re.search("[가-힣]", line)] == []
    assert re.search(r"cache=auto의 선택: (메모리|디스크|캐시 없음)", html)


def test_of_a_network_alone_the_page_says_that_its_settings_are_others(pages: dict[str, Path]) -> None:
    english, korean = (pages[lang].read_text(encoding="utf-8") for lang in ("en", "ko"))
    assert "The layers are those of model.keras; all else on this page goes by the settings" in english
    assert "층은 model.keras의 것이고" in korean
    assert "설정은 python -m pipeline.train의 기본값입니다: 150×150픽셀, stretch" in korean


def test_the_same_photos_give_the_same_figures_in_both_languages(pages: dict[str, Path]) -> None:
    counts = [len(re.findall(r"<img ", path.read_text(encoding="utf-8"))) for path in pages.values()]
    assert counts[0] == counts[1]
