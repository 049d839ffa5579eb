"""Write docs/benchmarks.md and its charts from runs of the benchmark.

    pytest bench/ --benchmark-only --benchmark-json run.json            # 25 minutes
    pytest bench/ --benchmark-only --benchmark-json again.json          # the second run that is compared with the first
    pytest bench/test_fit.py --benchmark-only --full -k accuracy --benchmark-json accuracy.json
    python docs/benchmarks.py run.json again.json accuracy.json

The text is in this file. Every figure is read from those runs.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.measure.intervals import median_of
from bench.measure.rows import Results, Throughput, read
from bench.report.charts import draw_all
from bench.report.page import Column, Section, Table, markdown, number
from bench.report.sections import sections

DOCS = Path(__file__).parent
IMAGES = DOCS / "images" / "benchmarks"
TITLE = "Benchmarks"
METHOD = """\
What is compared is the way from photos on disk to batches that a model takes: Keras' deprecated `ImageDataGenerator`,
`image_dataset_from_directory` with Keras' five augmentation layers, this package, and what else people use. Every arm
reads the same files and delivers the same thing: float32 batches in 0 to 1, of one size, with the same augmentation
in the same ranges, and the same labels. `tests/bench/arms/test_arms.py` draws from each arm and compares its mean image
and its label counts with Keras' generator; an arm that did less work would not pass. (Grain, torchvision and OpenCV
resize with other filters, and DALI decodes with another IDCT; that is within what the test allows.)

- **A process an arm.** An arm's own process imports what the arm needs and nothing else, so peak memory is its own.
- **Rounds take turns.** All arms of a comparison are started and halted (`SIGSTOP`); then each runs for one round, in
  turn, while the others stand still. A slow minute of the machine slows them all, and ratios are taken within a round.
- **Warm-up is thrown away**, and so is what an arm had made ahead when it was halted: an arm with a deep buffer would
  otherwise be credited with work done before the clock ran.
- **Best settings.** Where an arm has a choice (workers, processes or threads, parallel calls) each is tried for some
  seconds first; the fastest is used, and all that were tried are printed below.
- **Medians of five rounds or more with a bootstrap interval of 95 %**, for images a second and for ratios.
- **Limits in the same run.** libjpeg-turbo's decode alone, reading files alone, copying memory alone, the warp alone;
  each arm is printed as a share of what bounds it. No pipeline that decodes every photo can be faster than the
  decode.
- **Memory** is sampled (RSS and PSS over the process and its children) and read from the kernel's high-water mark.
- **`model.fit`** is timed by epochs in turn; the time that a step waits for its input is measured around the
  iterator.
- **Accuracy** is that of the validation photos after 30 epochs from three seeds, in a run of its own; it may run beside
  other work, so its seconds are no rate.
- **No GPU, no number.** Rows for a GPU say "no GPU: not measured" where TensorFlow sees none.

Two shared cores are a small machine for a benchmark. Ratios carry over better than images a second, and neither
replaces a run on your own photos: `pytest bench/ --benchmark-only --data DIR`.
"""
LOSING = """\
Where this package loses, or gains nothing:

- **Grain with OpenCV is as fast or a little faster.** Both end at the decode of the JPEGs, which alone takes more than
  half of the time. DALI and torchvision, on two cores,
  come later; Albumentations inside tf.data in between. What is left on this side: caches, one seed one stream, exact
  resume.
- **Time to the first batch.** The generator starts in a third of a second; this package traces and compiles a warp
  first, about one second. For a few hundred photos read once, that is what counts. Grain starts at once too.
- **Peak memory** without a cache is higher than the generator's, and several times Grain's: TensorFlow and XLA's
  compiler are loaded.
- **A model that is the bottleneck.** With the notebook's network on a CPU the step itself takes most of the time; the
  input's speed then shows only until the step waits no more.
- **Exact decode without augmentation** is slower than the generator's files read and rescaled: it filters over all
  pixels where the generator takes the nearest. (The drop-in takes the nearest too, and is faster.)
- **tf.data service** on the same two cores costs more than it gives: it is for more machines.

TensorFlow's own tuner costs an epoch's end: its thread naps up to seconds, and the end of an iterator often waits for
it. Arms that use Keras' data sets as they come pay for that in `model.fit`; this package's data sets run without it.
"""


def main(paths: Sequence[str]) -> None:
    """Write the document and its charts."""
    run, *others = [read(Path(path)) for path in paths]
    again = next((one for one in others if one.throughput), None)
    accuracies = [row for one in others for row in one.accuracies]
    if accuracies:
        left = tuple(row for row in run.not_measured if not row.row.startswith("test_accuracy"))
        run = dataclasses.replace(run, accuracies=tuple(accuracies), not_measured=left)
    IMAGES.mkdir(parents=True, exist_ok=True)
    for old in IMAGES.glob("*.png"):
        old.unlink()
    where = IMAGES.relative_to(DOCS).as_posix()
    drawn = [dataclasses.replace(one, file=f"{where}/{one.file}") for one in draw_all(run, IMAGES)]
    parts = sections(run, drawn)
    if again is not None:
        parts.insert(-2, _twice(run, again))
    text = markdown(TITLE, parts)
    head = f"# {TITLE}\n"
    by = "*Written by `python docs/benchmarks.py`, from runs of this suite.*"
    written = f"{head}\n{by}\n\n## Method\n\n{METHOD}\n{LOSING}"
    (DOCS / "benchmarks.md").write_text(written + text.removeprefix(head), encoding="utf-8")


def _twice(run: Results, again: Results) -> Section:
    """Return the section with each comparison's ranking in two runs."""
    columns = (
        Column("comparison", "", words=True),
        Column("first run", "fastest first, images a second", words=True),
        Column("second run", "", words=True),
        Column("ranking", "arms whose intervals overlap have no order", words=True),
    )
    rows = []
    for comparison in dict.fromkeys(row.comparison for row in run.throughput if not row.comparison.startswith("axis ")):
        first, second = _ranked(run.throughput, comparison), _ranked(again.throughput, comparison)
        if not second:
            continue
        rows.append([comparison, _listed(first), _listed(second), _verdict(first, second)])
    text = f"The same command on the same machine, at commit {again.environment.get('commit')}."
    return Section("The same ranking twice", text, [Table("", columns, rows)])


def _ranked(rows: Iterable[Throughput], comparison: str) -> list[Throughput]:
    return sorted((row for row in rows if row.comparison == comparison), key=lambda row: -median_of(row.rates).median)


def _listed(rows: list[Throughput]) -> str:
    return ", ".join(f"{row.arm} {number(median_of(row.rates).median)}" for row in rows)


def _verdict(first: list[Throughput], second: list[Throughput]) -> str:
    """Return whether two rankings agree.

    A pair of arms contradicts if it is reversed and its intervals do not overlap in either run.
    """
    places = {row.arm: row for row in second}
    swapped, contradict = [], []
    for at, fast in enumerate(first):
        for slow in first[at + 1 :]:
            if fast.arm not in places or slow.arm not in places:
                continue
            if median_of(places[fast.arm].rates).median < median_of(places[slow.arm].rates).median:
                apart = _apart(fast, slow) and _apart(places[slow.arm], places[fast.arm])
                (contradict if apart else swapped).append(f"{fast.arm} / {slow.arm}")
    if contradict:
        return f"other: {'; '.join(contradict)}"
    return f"same but for ties: {'; '.join(swapped)}" if swapped else "same"


def _apart(fast: Throughput, slow: Throughput) -> bool:
    return median_of(fast.rates).low > median_of(slow.rates).high


if __name__ == "__main__":
    main(sys.argv[1:])
