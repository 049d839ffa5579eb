"""Templates to pages."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from pipeline.web_page import data_uri, render_page


def test_text_in_a_value_is_text_and_a_missing_value_is_an_error(tmp_path: Path) -> None:
    template = tmp_path / "page.html"
    template.write_text("<p>{{ name }}</p>")
    assert render_page(template, name="<b>&") == "<p>&lt;b&gt;&amp;</p>"
    with pytest.raises(UndefinedError):
        render_page(template)


def test_a_picture_s_bytes_are_in_its_address() -> None:
    head, _, body = data_uri(b"\x89PNG", "png").partition(",")
    assert (head, base64.b64decode(body)) == ("data:image/png;base64", b"\x89PNG")
