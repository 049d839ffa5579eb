"""Read a configuration from YAML, and write one as YAML that reads back equal.

A loader of its own avoids the surprises of YAML 1.1, which reads 1e-3 as text, `yes` as true (though a class may have
that name), 010 as 8, and a date as a date object, and which ignores the first of two equal keys.
"""

import codecs
import dataclasses
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from pipeline.config import checks
from pipeline.errors import InputError, MissingPathError
from pipeline.text.plain_text import in_old_encoding

__all__ = ["dump", "read", "value"]

_TAG = "tag:yaml.org,2002:"
_SCALARS = {  # tag, pattern, first characters: YAML 1.2's core schema without hexadecimal and octal
    "bool": (r"(true|True|TRUE|false|False|FALSE)\Z", "tTfF"),
    "int": (r"[-+]?(0|[1-9]\d*)\Z", "-+0123456789"),
    "float": (
        r"([-+]?(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][-+]?\d+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\Z",
        "-+.0123456789",
    ),
}
_REPLACED = {_TAG + name for name in (*_SCALARS, "timestamp")}


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with the numbers and booleans of YAML 1.2. A key that occurs twice is an error."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (PyYAML's own class attribute)
        start: [(tag, pattern) for tag, pattern in resolvers if tag not in _REPLACED]
        for start, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"'{key.value}' is there twice", problem_mark=key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


class _Dumper(yaml.SafeDumper):
    """PyYAML's safe dumper with lists on one line and with quotes only where they are needed."""

    def ignore_aliases(self, data: Any) -> bool:
        return True  # a list that occurs twice is written twice, because `*id001` is hard to read

    def represent_list(self, data: Any) -> yaml.SequenceNode:
        return self.represent_sequence(_TAG + "seq", data, flow_style=True)

    def represent_str(self, data: str) -> yaml.ScalarNode:
        # In single quotes PyYAML folds line breaks and loses "\x85"; in double quotes it escapes them.
        style = None if data.isprintable() else '"'
        return self.represent_scalar(_TAG + "str", data, style=style)


for _name, (_pattern, _starts) in _SCALARS.items():
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(_pattern), list(_starts))
_Dumper.add_representer(list, _Dumper.represent_list)
_Dumper.add_representer(str, _Dumper.represent_str)
_Dumper.add_implicit_resolver(_TAG + "float", re.compile(_SCALARS["float"][0]), list(_SCALARS["float"][1]))


def read(path: str | Path) -> dict[str, Any]:
    """Read a YAML file that contains a mapping; a file without content gives an empty mapping.

    Raises:
        MissingPathError: The file does not exist.
        InputError: The file cannot be read, is not YAML, or contains no mapping.
    """
    path = Path(path).expanduser()
    shown = checks.shown(str(path))
    data = b""
    try:
        data = path.read_bytes()
        content = yaml.load(_text(data), _Loader)
    except FileNotFoundError as error:
        raise MissingPathError(f"config {shown} must be a YAML file; there is none of that name") from error
    except (OSError, UnicodeDecodeError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise InputError(f"config {shown} must be a readable YAML file; {_reason(error, data)}") from error
    if isinstance(content, Mapping):
        return dict(content)
    if content is None:
        return {}
    raise InputError(f"config {shown} must hold a mapping of fields to values. Received: {checks.shown(content)}")


def value(text: str) -> Any:
    """Return the value of a text as YAML, or the text itself if it is not YAML."""
    try:
        return yaml.load(text, _Loader)
    except (ValueError, RecursionError, yaml.YAMLError):
        return text


def dump(config: Any) -> str:
    """Return a configuration as YAML text; reading the text gives an equal configuration."""
    content = _plain(dataclasses.asdict(config))
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=sys.maxsize)


def _plain(item: Any) -> Any:
    if isinstance(item, dict):
        return {key: _plain(entry) for key, entry in item.items()}
    if isinstance(item, tuple):
        return [_plain(entry) for entry in item]
    return float(item) if isinstance(item, float) else item


def _text(data: bytes) -> str:
    """Decode a file: UTF-16 if it begins with the byte order mark that Windows writes, else UTF-8."""
    return data.decode("utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig")


def _reason(error: Exception, data: bytes) -> str:
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower()
    if isinstance(error, UnicodeDecodeError):
        return _not_utf_8(error, data)
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}"
        line = "".join(_text(data).split("\n")[mark.line : mark.line + 1])
        if "\t" in line[: mark.column + 1]:
            return f"{where}: a tab, which YAML does not take there: use spaces. Received: {checks.shown(line)}"
        return f"{where}: {error.problem}"
    return " ".join(str(error).split())


def _not_utf_8(error: UnicodeDecodeError, data: bytes) -> str:
    """Return the message for a line that is not UTF-8, with its text in the old encoding that fits best."""
    before = data.count(b"\n", 0, error.start)
    line = data.split(b"\n")[before]
    meant = in_old_encoding(line)
    how = "" if meant is None else f"; in {meant[1]} it reads {checks.shown(meant[0].strip())}"
    return f"line {before + 1} is not UTF-8 ({error.reason}){how}: save the file as UTF-8"
