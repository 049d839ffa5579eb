"""A command's way in and out: arguments to a checked configuration, errors to one line and an exit code.

`jsonargparse` writes `--help` from the dataclasses and reads each option by its field's type. YAML files are
read by `pipeline.config.document`, and what may stand where is decided by the dataclasses alone: their
message names the field, the value received and what is allowed.

Exit codes: 0 done; 1 done, with failures named; 2 wrong use or bad input; 130 Ctrl-C; 141 stdout closed.
"""

import contextlib
import dataclasses
import difflib
import os
import sys
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from jsonargparse import ArgumentError, ArgumentParser

from pipeline.config import checks, document
from pipeline.config.document import dump
from pipeline.console import streams as command_line
from pipeline.errors import InputError
from pipeline.files.shortage import explained
from pipeline.runtime.notebook import in_ipython
from pipeline.runtime.progress import say

__all__ = ["configure", "dump", "parse", "run_command", "value_of"]

T = TypeVar("T")

_HELP = ("-h", "--help")
_PRINT_CONFIG = "--print_config"
_CURLY = ("“", "”", "‘", "’")
_NULLS = ("null", "Null", "NULL", "~")


def parse(config_class: type[T], argv: Sequence[str] | None = None, *, prog: str, description: str) -> T:
    """The configuration that the arguments ask for: defaults, then `--config` files, then single fields.

    A field given as `--GROUP.FIELD VALUE` wins over a file wherever it stands; of two files the later wins. A
    bool may be given without a value (`--overwrite`), a group as a YAML file or a mapping
    (`--image '{size: 64}'`).
    `--help` and `--print_config` write to stdout and leave with exit code 0.

    Args:
        config_class: A dataclass that checks itself; fields that are dataclasses are its groups.
        argv: The arguments; None means those of the process.
        prog: The command as people type it, for `--help`.
        description: What the command does, for `--help`.

    Raises:
        InputError: One line that names what is wrong; `run_command` prints it and exits with 2.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = _parser(config_class, prog, description)
    if any(argument in _HELP for argument in arguments):
        command_line.print_text(parser.format_help())
        raise SystemExit(0)
    kinds = _kinds(config_class)
    config = _build(config_class, _values(parser, kinds, _options(arguments, kinds)))
    if _PRINT_CONFIG in arguments:
        command_line.print_text(dump(config))
        raise SystemExit(0)
    return config


def configure(config_class: type[T], options: Mapping[str, Any], base: Any = None) -> T:
    """Build a configuration of Python values: defaults, then `base`, then `options`; checked as `parse` checks.

    Args:
        config_class: as for `parse`.
        options: fields by name; a group is a mapping of its fields or one of its own configurations, and a field of a
            group may also have its dotted name (`{"image.resize": "pad"}`).
        base: the path of a YAML file, a mapping of fields, or a whole configuration; `None`: the defaults alone.

    Raises:
        InputError: a name is no field, or a value is not allowed.
    """
    kinds = _kinds(config_class)
    if base is None:
        fields: Mapping[Any, Any] = {}
    elif isinstance(base, Mapping):
        fields = base
    elif isinstance(base, config_class):
        fields = _fields(base)
    elif isinstance(base, (str, os.PathLike)):
        fields = document.read(os.fspath(base))
    else:
        raise checks.refusal("config", f"a YAML file's path, a mapping or a {config_class.__name__}", base)
    return _build(config_class, {**_flat(fields, kinds), **_flat(options, kinds)})


def _fields(config: Any) -> dict[str, Any]:
    """A dataclass as a mapping of its own fields; groups stay as they are."""
    return {field.name: getattr(config, field.name) for field in dataclasses.fields(config)}


def value_of(config_class: type, argv: Sequence[str], name: str) -> Any:
    """What the arguments give for one field, looked at alone; `None` where they do not give it, or ask for help.

    Args:
        config_class: as for `parse`.
        argv: the arguments.
        name: the field's dotted name.

    Raises:
        InputError: an argument is no option, or names a file that cannot be read; values are not checked.
    """
    if any(argument in _HELP for argument in argv):
        return None
    kinds = _kinds(config_class)
    return _values(_parser(config_class, "", ""), kinds, _options(list(argv), kinds)).get(name)


def run_command(main: Callable[[], int]) -> None:
    """Runs `main` and leaves with its exit code; bad input becomes one line on stderr and 2.

    In a notebook (`%run -m pipeline.train`) there is no process to leave: an exit code other than 0 is said, and no
    `SystemExit` is raised, which IPython would show as an unknown failure.

    So does a stdout that is closed, before any work, or that cannot take the answer. An exception that is no
    `InputError` keeps its traceback: it is a bug, and bugs must be visible.
    """
    if sys.stderr is None:  # where file 2 is closed, what is said would go wherever the next file is opened
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115  # for the life of the process
    with contextlib.redirect_stderr(_Messages(sys.stderr)):
        try:
            with explained():
                code = _done(main)
        except InputError as error:
            print("error: " + " ".join(str(error).split()), file=sys.stderr)  # noqa: T201
            code = 2
        except KeyboardInterrupt:
            code = 130
        except BrokenPipeError:
            code = 141
    _let_go()
    if not in_ipython():
        sys.exit(code)
    if code:
        say(f"exit code {code}")


class _Messages:
    """A stderr whose full disk, or reader that left, ends no command: what is said then is lost."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, if that can be done."""
        with self._heard():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, likewise."""
        with self._heard():
            self._stream.flush()

    @contextlib.contextmanager
    def _heard(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            _silence(self._stream)


def _silence(stream: Any) -> None:
    """Send what a stream still holds, and what comes, nowhere."""
    with contextlib.suppress(AttributeError, OSError, ValueError):  # a stream that is no file, such as a notebook's
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _done(main: Callable[[], int]) -> int:
    """The exit code of `main`, whose answer has left this process."""
    if sys.stdout is None:
        raise InputError(command_line.CLOSED)
    try:
        code = main()
    except SystemExit as left:  # --help
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
    with command_line.answering():  # here, where a reader that left early is still ours to handle
        sys.stdout.flush()
    return code


def _let_go() -> None:
    """What is still buffered cannot be delivered; without this Python complains about it on its way out."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        _silence(sys.stdout)


def _parser(config_class: type, prog: str, description: str) -> ArgumentParser:
    parser = ArgumentParser(
        prog=prog,
        usage=f"{prog} [--config FILE] [--GROUP.FIELD VALUE ...]",
        description=description,
        exit_on_error=False,
        allow_abbrev=False,
        print_config=None,
    )
    parser.add_argument("--config", metavar="FILE", help="YAML file of fields; single fields given beside it win.")
    parser.add_argument(_PRINT_CONFIG, action="store_true", help="Print the resolved configuration and exit.")
    parser.add_argument(command_line.JSON, action="store_true", help=command_line.JSON_HELP)
    parser.add_class_arguments(config_class, None)
    return parser


def _kinds(config_class: type, prefix: str = "") -> dict[str, Any]:
    """The type of every field by its dotted name; groups are there beside their own fields."""
    kinds: dict[str, Any] = {}
    hints = typing.get_type_hints(config_class)
    for field in dataclasses.fields(config_class):
        kinds[prefix + field.name] = hints[field.name]
        if dataclasses.is_dataclass(hints[field.name]):
            kinds |= _kinds(hints[field.name], f"{prefix}{field.name}.")
    return kinds


def _options(arguments: list[str], kinds: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The arguments as (dotted name, text), in order; every option takes one value."""
    options: list[tuple[str, str]] = []
    rest = [argument for argument in arguments if argument not in (_PRINT_CONFIG, command_line.JSON)]
    while rest:
        name, separator, text = rest.pop(0).partition("=")
        if not name.startswith("--"):
            hint = " (a path or a list with spaces is written in quotes)" if options else ""
            raise InputError(f"an option must start with --{hint}. Received: {checks.shown(name + separator + text)}")
        name = _known(name[2:], [*kinds, "config"], "--")
        if not separator and rest and not rest[0].startswith("--"):
            separator, text = "=", rest.pop(0)
        if not separator and kinds.get(name) is not bool:
            raise InputError(f"--{name} must be followed by a value. Received: nothing")
        if text.startswith(_CURLY) and not os.path.lexists(text):
            raise InputError(f"--{name}: a shell takes straight quotes alone, '…' or \"…\". Received: {text}")
        options.append((name, text if separator else "true"))
    return options


def _known(name: str, names: Sequence[str], prefix: str = "") -> str:
    if name in names:
        return name
    close = _close(name, names)
    hint = f"did you mean {prefix}{close[0]}?" if close else f"it must be one of those that {_HELP[1]} lists."
    raise InputError(f"{prefix}{name} is not a field; {hint} Received: {checks.shown(prefix + name)}")


def _close(name: str, names: Sequence[str]) -> list[str]:
    """Names that were most likely meant: of the same group first, there by their words' first letters too."""
    group, _, last = name.rpartition(".")
    within = {one.rpartition(".")[2]: one for one in names if group and one.rpartition(".")[0] == group}
    letters = [one for field, one in within.items() if "".join(word[:1] for word in field.split("_")) == last]
    alike = [within[field] for field in difflib.get_close_matches(last, within)]
    return letters or alike or difflib.get_close_matches(name, names) or [n for n in names if n.endswith("." + name)]


def _values(parser: ArgumentParser, kinds: Mapping[str, Any], options: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The value of each field that a file or an option gives, by its dotted name."""
    values: dict[str, Any] = {}
    for name, text in options:
        if name == "config":
            values |= _flat(document.read(text), kinds)
    for name, text in options:
        if name != "config" and dataclasses.is_dataclass(kinds[name]):
            group = document.value(text) if text.startswith("{") else document.read(text)
            values |= _flat({name: group}, kinds)
        elif name != "config":
            values[name] = _typed(parser, name, text)
    return values


def _flat(mapping: Mapping[Any, Any], kinds: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A file's nested mapping as values by dotted name; a key that is no field is an error."""
    values: dict[str, Any] = {}
    for key, value in mapping.items():
        name = _known(f"{prefix}{key}", list(kinds))
        if not dataclasses.is_dataclass(kinds[name]):
            values[name] = value
        elif isinstance(value, Mapping):
            values |= _flat(value, kinds, f"{name}.")
        elif isinstance(value, kinds[name]):
            values |= _flat(_fields(value), kinds, f"{name}.")
        else:
            raise checks.refusal(name, "a mapping of its fields to values", value)
    return values


def _typed(parser: ArgumentParser, name: str, text: str) -> Any:
    """The text of an option as its field's type; where it is none, as YAML, for the dataclass to refuse."""
    try:
        value = parser.parse_args([f"--{name}={text}"], defaults=False)[name]
    except ArgumentError:
        return document.value(text)
    # For a `str | None` jsonargparse takes whatever YAML has for null, such as a folder called "# 1".
    return text if value is None and text not in _NULLS else value


def _build(config_class: type[T], values: Mapping[str, Any], prefix: str = "") -> T:
    """The dataclass with its defaults and, in their place, the given values."""
    given: dict[str, Any] = {}
    hints = typing.get_type_hints(config_class)
    for field in dataclasses.fields(config_class):  # type: ignore[arg-type]
        name = prefix + field.name
        if dataclasses.is_dataclass(hints[field.name]):
            given[field.name] = _build(typing.cast(type, hints[field.name]), values, name + ".")
        elif name in values:
            given[field.name] = values[name]
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise InputError(f"{name} must be given: --{name} VALUE. Received: nothing")
    return config_class(**given)
