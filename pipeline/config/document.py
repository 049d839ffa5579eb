"""A configuration as YAML: text to nested plain values, a dataclass to text that reads back equal.

Read by a safe loader of its own, because YAML 1.1 surprises: it takes 1e-3 for text, `yes` for true (a class
may be called so), 010 for 8, a date for a date, and the second of two equal keys without a word.
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
_SCALARS = {  # tag, pattern, first characters: YAML 1.2's core schema, less hexadecimal and octal
    "bool": (r"(true|True|TRUE|false|False|FALSE)\Z", "tTfF"),
    "int": (r"[-+]?(0|[1-9]\d*)\Z", "-+0123456789"),
    "float": (
        r"([-+]?(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][-+]?\d+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\Z",
        "-+.0123456789",
    ),
}
_REPLACED = {_TAG + name for name in (*_SCALARS, "timestamp")}


class _Loader(yaml.SafeLoader):
    """YAML's safe loader with YAML 1.2's numbers and booleans; a key written twice is an error."""

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
    """YAML's safe dumper, for people and exact: a list on one line, text quoted where it has to be."""

    def ignore_aliases(self, data: Any) -> bool:
        return True  # a list that occurs twice is written twice: `*id001` is nothing for people

    def represent_list(self, data: Any) -> yaml.SequenceNode:
        return self.represent_sequence(_TAG + "seq", data, flow_style=True)

    def represent_str(self, data: str) -> yaml.ScalarNode:
        # PyYAML folds line breaks inside single quotes and loses a "\x85" there; double quotes escape them.
        style = None if data.isprintable() else '"'
        return self.represent_scalar(_TAG + "str", data, style=style)


for _name, (_pattern, _starts) in _SCALARS.items():
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(_pattern), list(_starts))
_Dumper.add_representer(list, _Dumper.represent_list)
_Dumper.add_representer(str, _Dumper.represent_str)
_Dumper.add_implicit_resolver(_TAG + "float", re.compile(_SCALARS["float"][0]), list(_SCALARS["float"][1]))


def read(path: str | Path) -> dict[str, Any]:
    """The mapping that the YAML file at `path` holds; a file of comments only is an empty one.

    Raises:
        MissingPathError: There is no such file.
        InputError: It cannot be read, is not YAML, or not a mapping.
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
    """The value that `text` is as YAML, or `text` itself where it is none."""
    try:
        return yaml.load(text, _Loader)
    except (ValueError, RecursionError, yaml.YAMLError):
        return text


def dump(config: Any) -> str:
    """The dataclass `config` as YAML; reading the text gives an equal configuration."""
    content = _plain(dataclasses.asdict(config))
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=sys.maxsize)


def _plain(item: Any) -> Any:
    if isinstance(item, dict):
        return {key: _plain(entry) for key, entry in item.items()}
    if isinstance(item, tuple):
        return [_plain(entry) for entry in item]
    return float(item) if isinstance(item, float) else item


def _text(data: bytes) -> str:
    """Return a file's text: UTF-8, or UTF-16 where it begins as Windows begins one."""
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
    """Return which line is not UTF-8, and how it reads in the encoding that an old editor saved it in."""
    before = data.count(b"\n", 0, error.start)
    line = data.split(b"\n")[before]
    meant = in_old_encoding(line)
    how = "" if meant is None else f"; in {meant[1]} it reads {checks.shown(meant[0].strip())}"
    return f"line {before + 1} is not UTF-8 ({error.reason}){how}: save the file as UTF-8"
