"""A page that needs nothing beside it: rendered from its template, pictures inside it as `data:` addresses."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

__all__ = ["data_uri", "render_page"]


def data_uri(data: bytes, kind: str) -> str:
    """Bytes of a picture as an address that holds them.

    Args:
        data: of the file.
        kind: behind `image/`: `"png"`, `"jpeg"`, `"svg+xml"`.
    """
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def render_page(template: Path, **values: Any) -> str:
    """The HTML that a template makes of `values`: text in them is text, and a value that is missing is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    templates = Environment(
        loader=FileSystemLoader(template.parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return templates.get_template(template.name).render(**values)
