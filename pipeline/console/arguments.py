"""Read a command's arguments into a checked configuration, and turn errors into one line and an exit code.

`jsonargparse` writes `--help` from the dataclasses and reads each option by its field's type, and
`pipeline.config.document` reads YAML files. The dataclasses alone check the values; their message names the field, the
allowed values and the value received.

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
from pipeline.console import streams
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
    """Read the arguments into a configuration: defaults, then `--config` files, then single fields.

    A field given as `--GROUP.FIELD VALUE` overrides every file; of two files the later one overrides the first. A bool
    may be given without a value (`--overwrite`), and a group as a YAML file or a mapping (`--image '{size: 64}'`).

    Args:
        config_class: A dataclass that checks itself; fields that are dataclasses are its groups.
        argv: The arguments; None means those of the process.
        prog: The command as people type it, for `--help`.
        description: What the command does, for `--help`.

    Raises:
        InputError: Wrong use or bad input; `run_command` prints its one line and exits with 2.
        SystemExit: `--help` or `--print_config` was given and has been printed; the exit code is 0.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = _parser(config_class, prog, description)
    if any(argument in _HELP for argument in arguments):
        streams.print_text(parser.format_help())
        raise SystemExit(0)
    kinds = _field_types(config_class)
    config = _build(config_class, _values(parser, kinds, _options(arguments, kinds)))
    if _PRINT_CONFIG in arguments:
        streams.print_text(dump(config))
        raise SystemExit(0)
    return config


def configure(config_class: type[T], options: Mapping[str, Any], base: Any = None) -> T:
    """Build a configuration from Python values: defaults, then `base`, then `options`; `parse` makes the same checks.

    Args:
        config_class: a dataclass that checks itself; fields that are dataclasses are its groups.
        options: fields by name. A group is a mapping of its fields or an instance of its dataclass; a field of a group
            may also be given by its dotted name (`{"image.resize": "pad"}`).
        base: the path of a YAML file, a mapping of fields, or a whole configuration; `None` for the defaults.

    Raises:
        InputError: a name is not a field, or a value is not allowed.
    """
    kinds = _field_types(config_class)
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
    """Return the fields of a dataclass by name; groups stay dataclasses."""
    return {field.name: getattr(config, field.name) for field in dataclasses.fields(config)}


def value_of(config_class: type, argv: Sequence[str], name: str) -> Any:
    """Return the value that the arguments give for one field, unchecked.

    Args:
        config_class: a dataclass that checks itself; fields that are dataclasses are its groups.
        argv: the arguments.
        name: the field's dotted name.

    Returns:
        The value; `None` if the arguments do not contain the field, or ask for help.

    Raises:
        InputError: an argument is not an option, or names a file that cannot be read.
    """
    if any(argument in _HELP for argument in argv):
        return None
    kinds = _field_types(config_class)
    return _values(_parser(config_class, "", ""), kinds, _options(list(argv), kinds)).get(name)


def run_command(main: Callable[[], int]) -> None:
    """Run `main` and exit with its exit code. An `InputError` becomes one line on stderr and exit code 2.

    The exit code is also 2 if stdout is closed, which is checked before any work, or if the answer cannot be written to
    it. Any other exception keeps its traceback: it is a bug, and bugs must be visible.

    In a notebook (`%run -m pipeline.train`) the process goes on: an exit code other than 0 is printed, and
    `SystemExit` is not raised, because IPython would show it as an unknown failure.
    """
    if sys.stderr is None:  # if descriptor 2 is closed, the next opened file would get the messages
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115  # for the life of the process
    with contextlib.redirect_stderr(_Messages(sys.stderr)):
        try:
            with explained():
                code = _run_main(main)
        except InputError as error:
            print("error: " + " ".join(str(error).split()), file=sys.stderr)  # noqa: T201
            code = 2
        except KeyboardInterrupt:
            code = 130
        except BrokenPipeError:
            code = 141
    _flush_stdout()
    if not in_ipython():
        sys.exit(code)
    if code:
        say(f"exit code {code}")


class _Messages:
    """A wrapper of stderr that drops messages if they cannot be written, so that a full disk ends no command."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write the text, or drop it if it cannot be written."""
        with self._heard():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush the stream, or drop what it holds if that cannot be written."""
        with self._heard():
            self._stream.flush()

    @contextlib.contextmanager
    def _heard(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            _silence(self._stream)


def _silence(stream: Any) -> None:
    """Send the content of a stream's buffer, and all that follows, to /dev/null."""
    with contextlib.suppress(AttributeError, OSError, ValueError):  # a notebook's stream is not a file
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _run_main(main: Callable[[], int]) -> int:
    """Run `main`, flush its answer, and return the exit code."""
    if sys.stdout is None:
        raise InputError(streams.CLOSED)
    try:
        code = main()
    except SystemExit as left:  # --help
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
    with streams.answering():  # flush here, so that a reader that has left is handled like any other error
        sys.stdout.flush()
    return code


def _flush_stdout() -> None:
    """Flush stdout, or drop what it holds; otherwise Python would print an error at its exit."""
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
    parser.add_argument(streams.JSON, action="store_true", help=streams.JSON_HELP)
    parser.add_class_arguments(config_class, None)
    return parser


def _field_types(config_class: type, prefix: str = "") -> dict[str, Any]:
    """Return the type of every field by its dotted name; groups are included."""
    kinds: dict[str, Any] = {}
    hints = typing.get_type_hints(config_class)
    for field in dataclasses.fields(config_class):
        kinds[prefix + field.name] = hints[field.name]
        if dataclasses.is_dataclass(hints[field.name]):
            kinds |= _field_types(hints[field.name], f"{prefix}{field.name}.")
    return kinds


def _options(arguments: list[str], kinds: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the arguments in order as (dotted name, text); every option takes one value."""
    options: list[tuple[str, str]] = []
    rest = [argument for argument in arguments if argument not in (_PRINT_CONFIG, streams.JSON)]
    while rest:
        name, separator, text = rest.pop(0).partition("=")
        if not name.startswith("--"):
            hint = " (a path or a list with spaces is written in quotes)" if options else ""
            raise InputError(f"an option must start with --{hint}. Received: {checks.shown(name + separator + text)}")
        name = _full_name(name[2:], [*kinds, "config"], "--")
        if not separator and rest and not rest[0].startswith("--"):
            separator, text = "=", rest.pop(0)
        if not separator and kinds.get(name) is not bool:
            raise InputError(f"--{name} must be followed by a value. Received: nothing")
        if text.startswith(_CURLY) and not os.path.lexists(text):
            raise InputError(f"--{name}: a shell takes straight quotes alone, '…' or \"…\". Received: {text}")
        options.append((name, text if separator else "true"))
    return options


def _full_name(name: str, names: Sequence[str], prefix: str = "") -> str:
    if name in names:
        return name
    close = _similar_names(name, names)
    hint = f"did you mean {prefix}{close[0]}?" if close else f"it must be one of those that {_HELP[1]} lists."
    raise InputError(f"{prefix}{name} is not a field; {hint} Received: {checks.shown(prefix + name)}")


def _similar_names(name: str, names: Sequence[str]) -> list[str]:
    """Return the names that were most likely meant: those of the same group first, also by their words' initials."""
    group, _, last = name.rpartition(".")
    within = {one.rpartition(".")[2]: one for one in names if group and one.rpartition(".")[0] == group}
    letters = [one for field, one in within.items() if "".join(word[:1] for word in field.split("_")) == last]
    alike = [within[field] for field in difflib.get_close_matches(last, within)]
    return letters or alike or difflib.get_close_matches(name, names) or [n for n in names if n.endswith("." + name)]


def _values(parser: ArgumentParser, kinds: Mapping[str, Any], options: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return the values that files and options give, by the field's dotted name."""
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
    """Return the values of a nested mapping by the field's dotted name.

    Raises:
        InputError: a key is not a field.
    """
    values: dict[str, Any] = {}
    for key, value in mapping.items():
        name = _full_name(f"{prefix}{key}", list(kinds))
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
    """Convert an option's text to its field's type, or else to its YAML value, which the dataclass then refuses."""
    try:
        value = parser.parse_args([f"--{name}={text}"], defaults=False)[name]
    except ArgumentError:
        return document.value(text)
    # For `str | None` jsonargparse takes all that YAML reads as null for None, such as a folder called "# 1".
    return text if value is None and text not in _NULLS else value


def _build(config_class: type[T], values: Mapping[str, Any], prefix: str = "") -> T:
    """Build the dataclass from the given values, and its defaults for the other fields."""
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
