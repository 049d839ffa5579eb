"""A model file's options, beside it: how its data's images were made, what its outputs mean; no TensorFlow."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any, get_args

from pipeline.config import ImageConfig
from pipeline.errors import InputError, MissingPathError
from pipeline.files.atomic import write_text
from pipeline.files.shortage import why
from pipeline.sources.labels import LabelMode, Mode
from pipeline.text.json_text import json_text

__all__ = ["MODEL_SUFFIX", "Options", "options_file", "options_of", "read_options", "write_options"]

MODEL_SUFFIX = ".keras"


@dataclasses.dataclass(frozen=True)
class Options:
    """The options that a trained model needs beside its weights.

    Args:
        image: how a file becomes what the model takes.
        class_names: the classes in the order of the model's outputs.
        label_mode: what its labels look like.
    """

    image: ImageConfig
    class_names: tuple[str, ...]
    label_mode: Mode


def options_of(
    image: ImageConfig, class_names: tuple[str, ...], label_mode: LabelMode, span: tuple[float, float]
) -> Options:
    """Return the options of data, where photos can be read as their images were.

    Args:
        image, class_names, label_mode: the data's.
        span: the values, before `image.rescale`, that are black and white.

    Raises:
        InputError: there are no labels to tell outputs by, or the values are not a photo's levels 0-255.
    """
    if label_mode is None:
        raise InputError(
            "a model's outputs are told by the labels, and these data have none: build them with a label_mode. "
            "Received: label_mode=None"
        )
    if span != (0.0, 255.0):
        raise InputError(
            "photos have levels 0-255, and how x was made of photos is not known: build the data from levels 0-255 "
            f"(and rescale=1/255), or from files. Received: x with values from {span[0]:g} to {span[1]:g}"
        )
    return Options(image, class_names, label_mode)


def options_file(model: str | os.PathLike[str]) -> Path:
    """Return where a model file's options lie: `cats.options.json` beside `cats.keras`.

    Raises:
        InputError: it is not called as a model file is.
    """
    path = Path(os.fspath(model)).expanduser()
    if path.suffix != MODEL_SUFFIX:
        raise InputError(f"path must name the model's .keras file, such as 'cats.keras'. Received: {str(path)!r}")
    return path.with_suffix(".options.json")


def write_options(model: str | os.PathLike[str], options: Options) -> Path:
    """Write a model file's options, every default written out; the file is there whole or not at all.

    Raises:
        InputError: the name is not one of a model file, or the file cannot be written.
    """
    path = options_file(model)
    try:
        write_text(path, json_text(dataclasses.asdict(options), indent=2) + "\n")
    except OSError as error:
        raise InputError(f"the options cannot be written: {str(path)!r}: {why(error, path)}") from None
    return path


def read_options(model: Path) -> Options:
    """Read the options beside a model file.

    Raises:
        MissingPathError: they are not there.
        InputError: they are damaged, or lack a field.
    """
    path = options_file(model)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MissingPathError(
            f"{str(path)!r} is missing, which says how the images of {str(model)!r} were made and what its classes "
            f"are: write it where its data are, with data.save_options({str(model)!r}), or name the folder of a run"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{str(path)!r} cannot be read: {error}; write it again with data.save_options") from None
    return _checked(path, found)


def _checked(path: Path, found: Any) -> Options:
    wanted = {field.name for field in dataclasses.fields(Options)}
    _check_fields(path, "", found, wanted)
    _check_fields(path, "image.", found["image"], {field.name for field in dataclasses.fields(ImageConfig)})
    names, mode = found["class_names"], found["label_mode"]
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise InputError(f"class_names in {str(path)!r} must be a list of names. Received: {names!r}")
    if mode not in get_args(Mode):
        raise InputError(f"label_mode in {str(path)!r} must be one of {list(get_args(Mode))}. Received: {mode!r}")
    try:
        return Options(ImageConfig(**found["image"]), tuple(names), mode)
    except InputError as error:
        raise InputError(f"{str(path)!r}: {error}") from None


def _check_fields(path: Path, within: str, found: Any, wanted: set[str]) -> None:
    """Refuse a default in place of what the data had, and what is no option."""
    there = set(found) if isinstance(found, dict) else set()
    missing = [within + name for name in sorted(wanted - there)]
    unknown = [within + name for name in sorted(there - wanted)]
    if missing or unknown:
        what = f"{', '.join(missing)} is not in it" if missing else f"it has {', '.join(unknown)}, which is no option"
        raise InputError(f"{str(path)!r} is damaged: {what}; write it again with data.save_options")
