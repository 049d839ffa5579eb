"""The functions: keywords to what a command takes, its body run, and its answer as an object."""

from __future__ import annotations

import dataclasses
import io
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pipeline.commands.arguments import to_arguments, to_paths
from pipeline.commands.results import Answer, Comparison, Evaluation, Migration, Predictions, Training
from pipeline.config import TrainConfig, checks
from pipeline.console.arguments import configure
from pipeline.console.how_to import call, said_in_python
from pipeline.errors import InputError
from pipeline.runtime.interrupt import Interrupted, Interrupts, called

__all__ = ["compare", "evaluate", "export", "inspect", "migrate", "predict", "prepare", "profile", "train"]

T = TypeVar("T")
PathLike = str | os.PathLike[str]
Config = PathLike | Mapping[str, Any] | TrainConfig | None


def _run(work: Callable[[Interrupts], T], said: str) -> T:
    """Do the work, with messages in words of Python."""
    with said_in_python():
        return called(work, said)


def train(config: Config = None, /, **options: Any) -> Training:
    """Train a classifier on images, one folder a class, as `python -m pipeline.train` does.

    `train(data={"train": "photos"}, train={"epochs": 14})`; without a folder it draws a sample and trains on that.

    Args:
        config: a YAML file, a mapping, or a `pipeline.config.TrainConfig` below the options.
        options: the command's options. Groups are mappings (`image={"resize": "pad"}`) or objects
            (`augment=pipeline.Augment(rotation_range=40)`); dotted names work as well
            (`**{"image.resize": "pad"}`). `resume=FOLDER` goes on with a run.

    Returns:
        The run: folder, history, model, accuracy.

    Raises:
        InputError: an option, a folder or an image cannot be used.
        KeyboardInterrupt: Ctrl-C or a notebook's stop button, after the run was saved; the message says how to go on.
    """
    from pipeline.train.command import ready, run

    resume = options.get("resume")
    if resume is not None and config is not None:
        raise InputError("resume goes on with the run's own configuration: leave out the one beside it")

    def read(file: str | None) -> TrainConfig:
        return configure(TrainConfig, options, config if file is None else file)

    def work(interrupts: Interrupts) -> Training:
        settled, ended = ready(read, None if resume is None else os.fspath(resume))
        if ended is not None:
            return Training(Path(str(settled.resume)))
        code, record = run(settled, interrupts)
        folder = record["output"] if settled.resume is None else settled.resume
        if interrupts.received is not None and not record["finished"]:
            raise Interrupted(f"interrupted; saved. Go on with {call('train', resume=str(folder))}")
        return Training(Path(folder), ok=code == 0)

    return _run(work, "interrupted before training began; nothing was saved")


def prepare(config: Config = None, /, *, clear: bool = False, **options: Any) -> Answer:
    """Fill the disk cache before training, or clear it, as `python -m pipeline.prepare cache` does.

    Args:
        config: as for `train`.
        clear: delete what the cache's folder holds instead.
        options: those of `train`: `data={"train": "photos"}`, `loader={"cache_folder": "cache", "cache_limit": 20}`.

    Returns:
        `record` says what was decoded and kept; `ok` is False where an image cannot be read or the disk is full.

    Raises:
        InputError: an option or a folder cannot be used.
        KeyboardInterrupt: Ctrl-C; what was decoded until then is kept.
    """
    from pipeline.prepare.command import cleared, prepared, ready

    settled = configure(TrainConfig, options, config)
    if checks.flag("clear", clear):
        record = cleared(settled)
        return Answer(record, folder=Path(record["folder"]))

    def work(interrupts: Interrupts) -> Answer:
        code, record = prepared(ready(settled), interrupts)
        interrupts.check()
        return Answer(record, code == 0, folder=Path(record["folder"]))

    return _run(work, "interrupted; what was decoded is kept, and the same call goes on from there")


def profile(config: Config = None, /, *, seconds: float = 25.0, trace: bool = False, **options: Any) -> Answer:
    """Measure where the time of a training goes, as `python -m pipeline.profile` does.

    Args:
        config: as for `train`.
        seconds: what measuring may take, about.
        trace: write a TensorFlow profile as well.
        options: those of `train`.

    Returns:
        `record["verdict"]` is the answer in a sentence; `folder` has the picture.

    Raises:
        InputError: an option or a folder cannot be used.
        KeyboardInterrupt: Ctrl-C; nothing was written.
    """
    from pipeline.profile.command import PLOT, Asked, profiled, ready

    if not checks.is_finite(seconds) or seconds <= 0:
        raise checks.refusal("seconds", "a number greater than 0", seconds)
    asked = Asked(configure(TrainConfig, options, config), float(seconds), checks.flag("trace", trace))
    record = _run(lambda _: profiled(ready(asked)), "interrupted; nothing was written")
    folder = Path(record["output"])
    return _Pictured(record, text=record["verdict"], folder=folder, picture=folder / PLOT)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class _Pictured(Answer):
    """An answer with a picture."""

    picture: Path | None = None

    def _picture(self) -> Path | None:
        return self.picture


def inspect(
    folder: PathLike,
    *,
    output: PathLike = "report",
    lang: Literal["en", "ko"] = "en",
    model: PathLike | None = None,
    fix: Literal["quarantine", "restore"] | None = None,
) -> Answer:
    """Look at a folder of images before training, as `python -m pipeline.inspect` does.

    Args:
        folder: of images; or the YAML file of a training run.
        output: the folder of the page.
        lang: the page's language.
        model: a run's folder or a `.keras` file: show its layers as well.
        fix: `"quarantine"` moves unusable files aside; `"restore"` puts them back.

    Returns:
        `text` is the table, `page` the page, `record` the figures; `ok` is False where training would stumble.

    Raises:
        InputError: the folder, the configuration, the network or the output folder cannot be used.
        KeyboardInterrupt: Ctrl-C; no page was made.
    """
    from pipeline.inspect.command import PAGE, RESTORE, arguments, inspected, restored

    options = {"output": output, "lang": lang, "model": model, "fix": fix}
    asked = arguments(to_arguments({"folder": [folder]}, options))
    if asked.fix == RESTORE:
        back = _run(lambda _: restored(asked.given), "interrupted; some files are still in quarantine")
        return Answer(back, back["not_restored"] == 0)
    record, table, code = _run(lambda _: inspected(asked), "interrupted; no page was made")
    made = Path(asked.output)
    return Answer(record, code == 0, table, made, made / PAGE)


def evaluate(
    run: PathLike,
    *,
    validation: PathLike | None = None,
    split: Literal["validation", "test"] = "validation",
    output: PathLike | None = None,
    probabilities: bool = False,
    lang: Literal["en", "ko"] = "en",
) -> Evaluation:
    """Measure how good a trained model is, as `python -m pipeline.evaluate` does.

    Args:
        run: the folder of a training run, or what `train` returned.
        validation: images to measure on; `None`: the run's validation images. The command calls it `--data.validation`.
        split: which of the run's own images: those it was validated on, or those that `split=` kept for a test.
        output: the folder of the page; `None`: `RUN/evaluate`.
        probabilities: also write every class's probability into `probabilities.npy`.
        lang: the page's language.

    Returns:
        Accuracy, confusion, a row an example; `ok` is False where images could not be read.

    Raises:
        InputError: the run, the images or the output folder cannot be used.
        KeyboardInterrupt: Ctrl-C; no page was made.
    """
    from pipeline.evaluate.command import PAGE, arguments, evaluated, summary_of

    options = {
        "data.validation": validation,
        "split": split,
        "output": output,
        "probabilities": probabilities,
        "lang": lang,
    }
    asked = arguments(to_arguments({"run": [run]}, options))
    found, folder, table = _run(lambda _: evaluated(asked), "interrupted; no page was made")
    return Evaluation(summary_of(found, folder), not found.subject.unreadable, table, folder, folder / PAGE)


def predict(
    run: PathLike,
    inputs: PathLike | Iterable[PathLike],
    *,
    top: int | None = None,
    output: PathLike | None = None,
    resume: bool = False,
    overwrite: bool = False,
) -> Predictions:
    """Say what is in new images, as `python -m pipeline.predict` does.

    Args:
        run: the folder of a training run, or what `train` returned.
        inputs: paths of images, folders, or patterns such as `"new/**/*.jpg"`; one, or a list.
        top: name the so many most probable classes.
        output: write the rows to this file, as JSON lines where its name ends in `.jsonl`, else as CSV.
        resume: go on with `output` where it ended.
        overwrite: replace `output`.

    Returns:
        `table` has a row an input; `ok` is False where an input failed, whose row has its error.

    Raises:
        InputError: the run, an option or the output file cannot be used.
        KeyboardInterrupt: Ctrl-C; what was done is in `output`, where one was named.
    """
    from pipeline.inference.inputs import STDIN
    from pipeline.predict.command import arguments, predicted, said_of_interrupt

    names = to_paths("inputs", inputs)
    if STDIN in names:
        raise InputError("inputs must be paths: only the command reads a list from stdin. Received: '-'")
    lines = output is None or os.fspath(output).endswith(".jsonl")
    options = {"top": top, "output": output, "resume": resume, "overwrite": overwrite}
    if lines:
        options["format"] = "jsonl"
    asked = arguments(to_arguments({"run": [run], "inputs": names}, options))
    rows = io.BytesIO()
    with said_in_python():
        said = said_of_interrupt(asked) if output is not None else "interrupted; output=FILE keeps what was done"
        done = called(lambda interrupts: predicted(asked, interrupts, rows), said)
    record = {"inputs": done.inputs, "failed": done.failed, "seconds": round(done.seconds, 2)}
    file = None if output is None else Path(output)
    return Predictions(record, done.failed == 0, rows=rows.getvalue(), output=file)


def export(run: PathLike, to: PathLike, *, photos: PathLike | None = None, overwrite: bool = False) -> Answer:
    """Make a trained run into files that run without this package, as `python -m pipeline.export` does.

    Args:
        run: the folder of a training run, or what `train` returned.
        to: the folder to make.
        photos: compare on 200 of these; `None`: on the run's own.
        overwrite: replace an earlier export there.

    Returns:
        `record` has the comparison; `ok` is False where an answer differs from `predict`'s.

    Raises:
        InputError: the run, the images or the folder cannot be used.
        KeyboardInterrupt: Ctrl-C; nothing was exported.
    """
    from pipeline.export.command import arguments, exported

    asked = arguments(to_arguments({"run": [run]}, {"to": to, "photos": photos, "overwrite": overwrite}))
    record, sound = _run(lambda _: exported(asked), "interrupted; nothing was exported")
    return Answer(record, sound, folder=Path(asked.to))


def compare(*runs: PathLike, output: PathLike | None = None) -> Comparison:
    """Put training runs side by side, as `python -m pipeline.compare` does.

    Args:
        runs: folders of runs, folders of such, or patterns.
        output: the folder of the files; `None`: `comparisons/DATE-TIME`.

    Returns:
        The table, its figures, every epoch; `ok` is False where something in a run is missing or damaged.

    Raises:
        InputError: what is named is no run, or the output folder cannot be used.
        KeyboardInterrupt: Ctrl-C; the comparison was not finished.
    """
    from pipeline.compare.command import arguments, compared

    asked = arguments(to_arguments({"runs": runs}, {"output": output}))
    record, table, code = _run(lambda _: compared(asked), "interrupted; the comparison was not finished")
    return Comparison(record, code == 0, table, Path(record["output"]))


def migrate(*files: PathLike, write: bool = False) -> list[Migration]:
    """Move scripts and notebooks away from Keras' `ImageDataGenerator`, as `python -m pipeline.migrate` does.

    Args:
        files: scripts (.py) and notebooks (.ipynb); nothing in them is run.
        write: change the imports in the files.

    Returns:
        One `Migration` a file: the change of its imports, the equivalent code, notes by line.

    Raises:
        InputError: a file cannot be read or written.
    """
    from pipeline.migrate.command import arguments, difference, migrated

    asked = arguments(to_arguments({"files": files}, {"write": write}))
    with said_in_python():
        done = migrated(asked.files, asked.write, lambda _: None)
    return [
        Migration(
            one.path,
            difference(one),
            one.equivalent,
            tuple(f"{one.document.located(note.line)}: {' '.join(note.text.split())}" for note in one.notes),
            bool(asked.write and one.changes.edits),
            not one.unread,
        )
        for one in done
    ]
