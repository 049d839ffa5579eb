"""Pages that are rendered from templates."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from pipeline.text.html import breakable, data_uri, render_page


def test_text_in_a_value_is_text_and_a_missing_value_is_an_error(tmp_path: Path) -> None:
    template = tmp_path / "page.html"
    template.write_text("<p>{{ name }}</p>")
    assert render_page(template, name="<b>&") == "<p>&lt;b&gt;&amp;</p>"
    with pytest.raises(UndefinedError):
        render_page(template)


def test_a_picture_s_bytes_are_in_its_address() -> None:
    head, _, body = data_uri(b"\x89PNG", "png").partition(",")
    assert (head, base64.b64decode(body)) == ("data:image/png;base64", b"\x89PNG")


def test_a_name_of_html_stays_text_between_its_breaks() -> None:
    assert str(breakable("a/<b>_c")) == "a/<wbr>&lt;b&gt;_<wbr>c"
    assert str(breakable("")) == ""
    assert str(breakable("x" * 17)) == "x" * 16 + "<wbr>x"


def test_a_name_of_words_breaks_between_them_alone() -> None:
    assert str(breakable("a holiday at the sea.jpg")) == "a <wbr>holiday <wbr>at <wbr>the <wbr>sea.jpg"


def test_every_page_can_have_the_style_that_they_share(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<style>{{ style }}</style>")
    assert ".scroll img { mix-blend-mode: multiply; }" in render_page(tmp_path / "page.html")
