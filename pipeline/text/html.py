"""Render self-contained HTML pages from templates; images are inside the page as `data:` URIs."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markupsafe import Markup

__all__ = ["breakable", "data_uri", "render_page"]

UNBROKEN = 16  # characters of a name that always stay together on a line
# The style sheet of every page. Words are broken only if they are longer than a line. Content wider than the screen
# scrolls sideways, and a shadow marks the side with more; it shows through images, whose edges are white.
STYLE = """
  :is(h1, h2, h3, p, li, th, td, figcaption, .card) { word-break: keep-all; }
  h1, th, td { overflow-wrap: break-word; }
  td:not(.words) { white-space: nowrap; }
  .scroll {
    overflow-x: auto; margin: .75rem 0;
    background:
      linear-gradient(to right, #fff 40%, #fff0) 0 0 / 2.5rem 100% no-repeat local,
      linear-gradient(to left, #fff 40%, #fff0) 100% 0 / 2.5rem 100% no-repeat local,
      linear-gradient(to right, #0006, #0000) 0 0 / 1rem 100% no-repeat scroll,
      linear-gradient(to left, #0006, #0000) 100% 0 / 1rem 100% no-repeat scroll,
      #fff;
  }
  .scroll img { mix-blend-mode: multiply; }
  @media print { .scroll { overflow: visible; background: none; } }
"""


def data_uri(data: bytes, kind: str) -> str:
    """Return a `data:` URI that contains an image.

    Args:
        data: the bytes of the image file.
        kind: its type: `"png"`, `"jpeg"` or `"svg+xml"`.
    """
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def breakable(name: str) -> Markup:
    """Return a file name as HTML that may break after `/`, `_`, `-`, blanks, and `UNBROKEN` other characters."""
    from markupsafe import Markup, escape

    parts = re.findall(rf"[^/_\s-]{{1,{UNBROKEN}}}[/_\s-]*|[/_\s-]+", name)
    return Markup("<wbr>").join(escape(part) for part in parts)


def render_page(template: Path, **values: Any) -> str:
    """Render a Jinja template.

    Args:
        template: its path.
        values: the template's variables. Text is escaped unless it is `Markup`. `style` is the shared style sheet.

    Returns:
        The HTML.

    Raises:
        jinja2.UndefinedError: the template uses a variable that is not given.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    templates = Environment(
        loader=FileSystemLoader(template.parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return templates.get_template(template.name).render(**values, style=Markup(STYLE))
