"""The objects that the functions return: a command's answer, and its files, which are read on first use."""

from __future__ import annotations

import base64
import dataclasses
import functools
import html
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.text.plain_text import shown

if TYPE_CHECKING:
    import keras
    import pandas as pd

__all__ = ["Answer", "Comparison", "Evaluation", "Migration", "Predictions", "Training"]

SHOWN_ROWS = 20


def _html(title: str, text: str = "", plot: Path | None = None) -> str:
    """Return HTML for a notebook: a title, a text in columns, and a plot if there is one, in the notebook's colours."""
    parts = [f"<div><b>{html.escape(shown(title))}</b></div>"]
    if text.strip():
        lines = "\n".join(map(shown, text.strip("\n").splitlines()))
        parts.append(f'<pre style="background: none; color: inherit">{html.escape(lines)}</pre>')
    if plot is not None and plot.is_file():
        data = base64.b64encode(plot.read_bytes()).decode()
        parts.append(f'<img src="data:image/png;base64,{data}" alt="{html.escape(plot.stem)}" style="max-width: 100%">')
    return "".join(parts)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Answer:
    """The answer of a command.

    Args:
        record: the command's JSON object.
        ok: False if the command would end with exit code 1.
        text: its table, or "".
        folder: the folder of its files, or `None`.
        page: its HTML page, or `None`.
    """

    record: Mapping[str, Any]
    ok: bool = True
    text: str = ""
    folder: Path | None = None
    page: Path | None = None

    def __repr__(self) -> str:
        where = "" if self.folder is None else f" in {str(self.folder)!r}"
        return f"<{type(self).__name__}{where}{self._about()}{'' if self.ok else '; some of it failed, see .record'}>"

    def _about(self) -> str:
        """Return the part of `repr` that follows the folder."""
        return ""

    def _repr_html_(self) -> str:
        return _html(repr(self)[1:-1], self.text, self._plot())

    def _plot(self) -> Path | None:
        """Return the file of the plot that a notebook shows, or `None`."""
        return None

    def __fspath__(self) -> str:
        if self.folder is None:
            raise TypeError(f"{type(self).__name__} has no folder")
        return str(self.folder)


class Training:
    """A training run with the content of its folder. `Training("runs/first")` opens an existing run.

    Args:
        folder: the run's folder.
        ok: False if training diverged.

    Raises:
        InputError: the folder is not that of a run.
    """

    def __init__(self, folder: str | os.PathLike[str], ok: bool = True) -> None:
        self.folder, self.ok = Path(folder), ok
        _ = self.record

    @functools.cached_property
    def record(self) -> dict[str, Any]:
        """The content of `run.json`.

        Raises:
            InputError: the folder is not that of a run.
        """
        from pipeline.runs.run_folder import read_record

        return read_record(self.folder)

    @property
    def finished(self) -> bool:
        """True if training came to its end."""
        return bool(self.record.get("finished"))

    @property
    def accuracy(self) -> float | None:
        """Validation accuracy of the best epoch, whose model is `model`, or `None` without validation."""
        value = self.record.get("val_accuracy")
        return None if value is None else float(value)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes in the order of the model's outputs."""
        return tuple(self.record.get("classes", ()))

    @property
    def history(self) -> pd.DataFrame:
        """A table with a row for each epoch: losses, metrics, seconds."""
        import pandas as pd

        path = self.folder / "history.csv"
        return pd.read_csv(path).set_index("epoch") if path.is_file() else pd.DataFrame()

    @functools.cached_property
    def model(self) -> keras.Model:
        """The model of the best epoch, ready for `predict`, `evaluate` and `fit`.

        Raises:
            InputError: there is no model yet, or it is damaged.
        """
        from pipeline.runtime.startup import import_tensorflow

        import_tensorflow()
        from pipeline.models.saved import load_model
        from pipeline.runs.trained_run import read_run

        return load_model(read_run(self.folder).model_file)

    def __fspath__(self) -> str:
        return str(self.folder)

    def __repr__(self) -> str:
        epochs = self.record.get("epochs", 0)
        accuracy = "" if self.accuracy is None else f", validation accuracy {self.accuracy:g}"
        best = f", best epoch {self.record['best_epoch']}" if self.record.get("best_epoch") else ""
        state = "" if self.finished else "; not finished"
        return f"<Training in {str(self.folder)!r}: {epochs} epochs{best}{accuracy}{state}>"

    def _repr_html_(self) -> str:
        return _html(repr(self)[1:-1], plot=self.folder / "history.png")


class Evaluation(Answer):
    """The evaluation of a model: figures in `record`, and a row for each example in `predictions`."""

    @property
    def accuracy(self) -> float | None:
        """The share of examples that are classified correctly, or `None` for regression."""
        value = self.record.get("accuracy")
        return None if value is None else float(value)

    @functools.cached_property
    def details(self) -> dict[str, Any]:
        """The content of `evaluate.json`: confusion, calibration, the worst mistakes."""
        found: dict[str, Any] = json.loads((Path(self) / "evaluate.json").read_text(encoding="utf-8"))
        return found

    @property
    def confusion(self) -> pd.DataFrame | None:
        """Counts by true class (rows) and predicted class (columns), or `None` if each example has no single class."""
        import pandas as pd

        counts, names = self.details.get("confusion"), self.details["class_names"]
        index = pd.Index(names, name="true")
        return None if counts is None else pd.DataFrame(counts, index=index, columns=pd.Index(names, name="predicted"))

    @property
    def predictions(self) -> pd.DataFrame:
        """A table with a row for each example, from `predictions.csv`."""
        import pandas as pd

        return pd.read_csv(Path(self) / "predictions.csv", encoding_errors="surrogateescape")

    def _about(self) -> str:
        accuracy = "" if self.accuracy is None else f", accuracy {self.accuracy:.4g}"
        return f": {self.record['examples']:,} examples{accuracy}"

    def _plot(self) -> Path | None:
        return Path(self) / "confusion.png"


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Predictions(Answer):
    """The predictions for new photos; `table` has a row for each, in the given order.

    Args:
        rows: JSON lines, as the command writes them with `--format jsonl`.
        output: the file to which they were written instead, or `None`.
    """

    rows: bytes = b""
    output: Path | None = None

    @functools.cached_property
    def table(self) -> pd.DataFrame:
        """A table with a row for each input: `path`, `class`, `probability` (or `values`), `error`, and `top` if given.

        The probability of each class is a column `probability: NAME`.
        """
        import pandas as pd

        if self.output is not None and self.output.suffix != ".jsonl":
            return pd.read_csv(self.output, encoding_errors="surrogateescape")
        content = self.rows if self.output is None else self.output.read_bytes()
        lines = [json.loads(line) for line in content.splitlines()]
        names = dict.fromkeys(name for line in lines for name in line.get("probabilities") or ())
        for line in lines:
            each = line.pop("probabilities", None) or {}
            line |= {f"probability: {name}": each.get(name) for name in names}
        return pd.DataFrame(lines)

    def _about(self) -> str:
        return f": {self.record['inputs']:,} inputs, {self.record['failed']:,} failed"

    def _repr_html_(self) -> str:
        table = self.table
        more = f"<div>and {len(table) - SHOWN_ROWS:,} more rows: see .table</div>" if len(table) > SHOWN_ROWS else ""
        head = table.head(SHOWN_ROWS).rename(columns=shown)
        rows: str = head.map(lambda cell: shown(cell) if isinstance(cell, str) else cell).to_html()
        return _html(repr(self)[1:-1]) + rows + more


class Comparison(Answer):
    """A comparison of runs: the table is `text`, the figures are in `record`, every epoch is in `epochs`."""

    @property
    def epochs(self) -> pd.DataFrame:
        """A table with a row for each epoch of each run."""
        import pandas as pd

        return pd.read_csv(Path(self) / "compare.csv", encoding_errors="surrogateescape")

    def _about(self) -> str:
        return f": {len(self.record['runs'])} runs"

    def _plot(self) -> Path | None:
        return Path(self) / "compare.png"


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Migration:
    """The migration of a script or notebook away from Keras' `ImageDataGenerator`.

    Args:
        path: the path of the file.
        diff: the change of its imports.
        code: code for the same data with `pipeline.from_directory`, to copy by hand.
        notes: what to check, in one line each.
        written: whether the file was changed.
        ok: whether every line could be read.
    """

    path: Path
    diff: str
    code: str
    notes: tuple[str, ...]
    written: bool
    ok: bool

    def __repr__(self) -> str:
        did = "imports changed" if self.written else "imports to change" if self.diff else "no import to change"
        return f"<Migration of {str(self.path)!r}: {did}, {len(self.notes)} notes>"

    def _repr_html_(self) -> str:
        return _html(repr(self)[1:-1], "\n".join(part for part in (self.diff, self.code, *self.notes) if part))
