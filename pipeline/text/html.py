"""A page that needs nothing beside it: rendered from its template, pictures inside it as `data:` addresses."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markupsafe import Markup

__all__ = ["breakable", "data_uri", "render_page"]

UNBROKEN = 16  # letters of a name that stay together on a line, however long the name is
# What every page shares. Words stay whole unless one is longer than its line. What is wider than the screen slides
# sideways, and a shadow lies on the side where there is more; it shows through pictures, which are white at their edge.
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
    """Bytes of a picture as an address that holds them.

    Args:
        data: of the file.
        kind: behind `image/`: `"png"`, `"jpeg"`, `"svg+xml"`.
    """
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def breakable(name: str) -> Markup:
    """A file's name as HTML that breaks behind `/`, `_`, `-` and blanks, and elsewhere where it has none for long."""
    from markupsafe import Markup, escape

    parts = re.findall(rf"[^/_\s-]{{1,{UNBROKEN}}}[/_\s-]*|[/_\s-]+", name)
    return Markup("<wbr>").join(escape(part) for part in parts)


def render_page(template: Path, **values: Any) -> str:
    """The HTML that a template makes of `values`: text in them is text, and a value that is missing is an error.

    `style` is there for its style sheet.
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
