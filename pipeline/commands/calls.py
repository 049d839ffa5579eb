"""The functions. Each passes its keywords to a command, runs it, and returns its answer as an object."""

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
    """Run the work of a command. Messages name options as Python keywords.

    Args:
        work: the command's body.
        said: the message of the `KeyboardInterrupt` after Ctrl-C.
    """
    with said_in_python():
        return called(work, said)


def train(config: Config = None, /, **options: Any) -> Training:
    """Train a classifier on images, one folder a class, as `python -m pipeline.train` does.

    An example: `train(data={"train": "photos"}, train={"epochs": 14})`. Without a folder, the function draws a sample
    data set and trains on that.

    Args:
        config: a YAML file, a mapping, or a `pipeline.config.TrainConfig`; the options override its values.
        options: the command's options. Groups are mappings (`image={"resize": "pad"}`) or objects
            (`augment=pipeline.Augment(rotation_range=40)`); dotted names work as well
            (`**{"image.resize": "pad"}`). `resume=FOLDER` resumes a run.

    Returns:
        The run, with its folder, history, model and accuracy.

    Raises:
        InputError: an option, a folder or an image cannot be used.
        KeyboardInterrupt: Ctrl-C or a notebook's stop button, after the run was saved. The message says how to resume.
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
        clear: delete the caches in the cache folder instead.
        options: those of `train`: `data={"train": "photos"}`, `loader={"cache_folder": "cache", "cache_limit": 20}`.

    Returns:
        An answer whose `record` counts the images that were decoded and kept. Its `ok` is False if an image cannot be
        read or the disk is full.

    Raises:
        InputError: an option or a folder cannot be used.
        KeyboardInterrupt: Ctrl-C. The images decoded so far are kept.
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
        seconds: about how long measuring may take.
        trace: write a TensorFlow profile as well.
        options: those of `train`.

    Returns:
        An answer whose `record["verdict"]` is a sentence. Its `folder` holds the plot.

    Raises:
        InputError: an option or a folder cannot be used.
        KeyboardInterrupt: Ctrl-C. Nothing was written.
    """
    from pipeline.profile.command import PLOT, Asked, profiled, ready

    if not checks.is_finite(seconds) or seconds <= 0:
        raise checks.refusal("seconds", "a number greater than 0", seconds)
    asked = Asked(configure(TrainConfig, options, config), float(seconds), checks.flag("trace", trace))
    record = _run(lambda _: profiled(ready(asked)), "interrupted; nothing was written")
    folder = Path(record["output"])
    return _AnswerWithPlot(record, text=record["verdict"], folder=folder, plot=folder / PLOT)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class _AnswerWithPlot(Answer):
    """An answer with a plot."""

    plot: Path | None = None

    def _plot(self) -> Path | None:
        return self.plot


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
        folder: a folder of images, or the YAML file of a training run.
        output: the folder for the page.
        lang: the page's language.
        model: a run's folder or a `.keras` file, whose layers are shown as well.
        fix: `"quarantine"` moves unusable files aside; `"restore"` puts them back.

    Returns:
        An answer whose `text` is the table, `page` the page and `record` the figures. Its `ok` is False if a problem
        in the folder would disturb training.

    Raises:
        InputError: the folder, the configuration, the network or the output folder cannot be used.
        KeyboardInterrupt: Ctrl-C. No page was made.
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
        validation: images to measure on, or `None` for the run's own. The command calls it `--data.validation`.
        split: which of the run's own images to use: those of its validation, or those that it set aside as a test.
        output: the folder for the page, or `None` for `RUN/evaluate`.
        probabilities: also write the probability of every class into `probabilities.npy`.
        lang: the page's language.

    Returns:
        Accuracy, confusion matrix, and a row for each example. `ok` is False if images could not be read.

    Raises:
        InputError: the run, the images or the output folder cannot be used.
        KeyboardInterrupt: Ctrl-C. No page was made.
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
    """Classify new images, as `python -m pipeline.predict` does.

    Args:
        run: the folder of a training run, or what `train` returned.
        inputs: the path of an image, a folder, or a pattern such as `"new/**/*.jpg"`; or a list of these.
        top: how many of the most probable classes each row names.
        output: write the rows to this file: as JSON lines if its name ends in `.jsonl`, else as CSV.
        resume: continue the rows in `output`.
        overwrite: replace `output`.

    Returns:
        Predictions whose `table` has a row for each input. `ok` is False if an input failed; its row has the error.

    Raises:
        InputError: the run, an option or the output file cannot be used.
        KeyboardInterrupt: Ctrl-C. The rows so far are in `output`, if it is given.
    """
    from pipeline.inference.inputs import STDIN
    from pipeline.predict.command import arguments, interrupt_message, predicted

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
        said = interrupt_message(asked) if output is not None else "interrupted; output=FILE keeps what was done"
        done = called(lambda interrupts: predicted(asked, interrupts, rows), said)
    record = {"inputs": done.inputs, "failed": done.failed, "seconds": round(done.seconds, 2)}
    file = None if output is None else Path(output)
    return Predictions(record, done.failed == 0, rows=rows.getvalue(), output=file)


def export(run: PathLike, to: PathLike, *, photos: PathLike | None = None, overwrite: bool = False) -> Answer:
    """Export a trained run to files that work without this package, as `python -m pipeline.export` does.

    Args:
        run: the folder of a training run, or what `train` returned.
        to: the folder to make.
        photos: a folder of images, of which 200 are used to compare the export with `predict`; `None` for the run's
            own.
        overwrite: replace an earlier export in `to`.

    Returns:
        An answer whose `record` has the comparison. Its `ok` is False if an answer differs from that of `predict`.

    Raises:
        InputError: the run, the images or the folder cannot be used.
        KeyboardInterrupt: Ctrl-C. Nothing was exported.
    """
    from pipeline.export.command import arguments, exported

    asked = arguments(to_arguments({"run": [run]}, {"to": to, "photos": photos, "overwrite": overwrite}))
    record, sound = _run(lambda _: exported(asked), "interrupted; nothing was exported")
    return Answer(record, sound, folder=Path(asked.to))


def compare(*runs: PathLike, output: PathLike | None = None) -> Comparison:
    """Compare training runs, as `python -m pipeline.compare` does.

    Args:
        runs: folders of runs, folders that contain runs, or patterns for either.
        output: the folder for the files, or `None` for `comparisons/DATE-TIME`.

    Returns:
        The table, its figures, and every epoch. `ok` is False if something in a run is missing or damaged.

    Raises:
        InputError: a path is not a run and contains none, or the output folder cannot be used.
        KeyboardInterrupt: Ctrl-C. The comparison was not finished.
    """
    from pipeline.compare.command import arguments, compared

    asked = arguments(to_arguments({"runs": runs}, {"output": output}))
    record, table, code = _run(lambda _: compared(asked), "interrupted; the comparison was not finished")
    return Comparison(record, code == 0, table, Path(record["output"]))


def migrate(*files: PathLike, write: bool = False) -> list[Migration]:
    """Move scripts and notebooks away from Keras' `ImageDataGenerator`, as `python -m pipeline.migrate` does.

    Args:
        files: scripts (.py) and notebooks (.ipynb). Their code is not run.
        write: change the imports in the files.

    Returns:
        A `Migration` for each file: the change of its imports, the equivalent code, and notes by line.

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
