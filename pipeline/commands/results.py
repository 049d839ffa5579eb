"""What the functions return: what a command printed, with its files read when they are asked for."""

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


def _html(title: str, text: str = "", picture: Path | None = None) -> str:
    """A line, a text in columns, and a picture if there is one; in the colours of the page around it."""
    parts = [f"<div><b>{html.escape(shown(title))}</b></div>"]
    if text.strip():
        lines = "\n".join(map(shown, text.strip("\n").splitlines()))
        parts.append(f'<pre style="background: none; color: inherit">{html.escape(lines)}</pre>')
    if picture is not None and picture.is_file():
        data = base64.b64encode(picture.read_bytes()).decode()
        parts.append(
            f'<img src="data:image/png;base64,{data}" alt="{html.escape(picture.stem)}" style="max-width: 100%">'
        )
    return "".join(parts)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Answer:
    """What a command answered.

    Args:
        record: the command's JSON object.
        ok: whether nothing failed: False where the command ends with exit code 1.
        text: its table, where it has one.
        folder: where its files are, where there are any.
        page: its page, where it makes one.
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
        """What `repr` says beside the folder."""
        return ""

    def _repr_html_(self) -> str:
        return _html(repr(self)[1:-1], self.text, self._picture())

    def _picture(self) -> Path | None:
        """The picture that a notebook shows."""
        return None

    def __fspath__(self) -> str:
        if self.folder is None:
            raise TypeError(f"{type(self).__name__} has no folder")
        return str(self.folder)


class Training:
    """A training run: its folder and what is in it. `Training("runs/first")` opens one that is there.

    Args:
        folder: of the run.
        ok: False where training diverged.

    Raises:
        InputError: the folder is no run's.
    """

    def __init__(self, folder: str | os.PathLike[str], ok: bool = True) -> None:
        self.folder, self.ok = Path(folder), ok
        _ = self.record

    @functools.cached_property
    def record(self) -> dict[str, Any]:
        """The content of `run.json`.

        Raises:
            InputError: the folder is no run's.
        """
        from pipeline.runs.run_folder import read_record

        return read_record(self.folder)

    @property
    def finished(self) -> bool:
        """Whether it ended by itself."""
        return bool(self.record.get("finished"))

    @property
    def accuracy(self) -> float | None:
        """Validation accuracy of the best epoch, which `model` is of; `None` where there is none."""
        value = self.record.get("val_accuracy")
        return None if value is None else float(value)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes in the order of the model's outputs."""
        return tuple(self.record.get("classes", ()))

    @property
    def history(self) -> pd.DataFrame:
        """A row an epoch: losses, metrics, seconds."""
        import pandas as pd

        path = self.folder / "history.csv"
        return pd.read_csv(path).set_index("epoch") if path.is_file() else pd.DataFrame()

    @functools.cached_property
    def model(self) -> keras.Model:
        """The model of the best epoch, ready for `predict`, `evaluate` and `fit`.

        Raises:
            InputError: there is none yet, or it is damaged.
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
        return _html(repr(self)[1:-1], picture=self.folder / "history.png")


class Evaluation(Answer):
    """How good a model is: figures in `record`, a row an example in `predictions`."""

    @property
    def accuracy(self) -> float | None:
        """The share of examples that are answered right; `None` for regression."""
        value = self.record.get("accuracy")
        return None if value is None else float(value)

    @functools.cached_property
    def details(self) -> dict[str, Any]:
        """The content of `evaluate.json`: confusion, calibration, the worst mistakes."""
        found: dict[str, Any] = json.loads((Path(self) / "evaluate.json").read_text(encoding="utf-8"))
        return found

    @property
    def confusion(self) -> pd.DataFrame | None:
        """Counts by true class (rows) and predicted class (columns), where there are such."""
        import pandas as pd

        counts, names = self.details.get("confusion"), self.details["class_names"]
        index = pd.Index(names, name="true")
        return None if counts is None else pd.DataFrame(counts, index=index, columns=pd.Index(names, name="predicted"))

    @property
    def predictions(self) -> pd.DataFrame:
        """A row an example, from `predictions.csv`."""
        import pandas as pd

        return pd.read_csv(Path(self) / "predictions.csv", encoding_errors="surrogateescape")

    def _about(self) -> str:
        accuracy = "" if self.accuracy is None else f", accuracy {self.accuracy:.4g}"
        return f": {self.record['examples']:,} examples{accuracy}"

    def _picture(self) -> Path | None:
        return Path(self) / "confusion.png"


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Predictions(Answer):
    """What is in new photos: a row each in `table`, in the order asked.

    Args:
        rows: JSON lines, as the command writes them with `--format jsonl`.
        output: the file that they went to instead.
    """

    rows: bytes = b""
    output: Path | None = None

    @functools.cached_property
    def table(self) -> pd.DataFrame:
        """A row an input: `path`, `class`, `probability` (or `values`), `error`, and what else was asked for.

        `probabilities` are a column each, `probability: NAME`.
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
    """Runs side by side: the table is `text`, figures are in `record`, every epoch in `epochs`."""

    @property
    def epochs(self) -> pd.DataFrame:
        """A row an epoch of each run."""
        import pandas as pd

        return pd.read_csv(Path(self) / "compare.csv", encoding_errors="surrogateescape")

    def _about(self) -> str:
        return f": {len(self.record['runs'])} runs"

    def _picture(self) -> Path | None:
        return Path(self) / "compare.png"


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Migration:
    """A script or notebook, and how it moves away from Keras' `ImageDataGenerator`.

    Args:
        path: of the file.
        diff: the change of its imports.
        code: the same data with `pipeline.from_directory`, to copy by hand.
        notes: what needs a look, a line each.
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
