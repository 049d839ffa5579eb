"""Write docs/benchmarks.md and its images from runs of the benchmark.

    pytest bench/ --benchmark-only --benchmark-json run.json            # 25 minutes
    pytest bench/ --benchmark-only --benchmark-json again.json          # the second run that is compared with the first
    pytest bench/test_fit.py --benchmark-only --full -k accuracy --benchmark-json accuracy.json
    python docs/benchmarks.py run.json again.json accuracy.json

This module has the text; all figures come from these files.
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
The benchmark compares ways from photos on disk to batches for a model. Each way is called an arm: Keras' deprecated
`ImageDataGenerator`, `image_dataset_from_directory` with Keras' five augmentation layers, this package, and other
libraries in common use. Every arm reads the same files and makes the same batches: float32 from 0 to 1, of one size,
with the same augmentation in the same ranges, and with the same labels. `tests/bench/arms/test_arms.py` compares the
mean image and the label counts of each arm with those of Keras' generator, so that an arm cannot do less work. (Grain,
torchvision and OpenCV resize with other filters, and DALI decodes with another IDCT; the test allows these
differences.)

- **One process for each arm.** The process imports only what the arm needs, so its peak memory is that of the arm.
- **Rounds take turns.** All arms of a comparison are started and stopped (`SIGSTOP`). Then each arm runs for one round,
  in turn, while the others are stopped. A slow minute of the machine slows all arms, and ratios are computed within a
  round.
- **Warm-up does not count**, and neither do batches that an arm had prepared before its round. Otherwise an arm with a
  deep buffer would get credit for work that was done before the round.
- **Best settings.** If an arm has a choice (workers, processes or threads, parallel calls), each setting is tried for
  some seconds first. The fastest one is used, and all results are printed below.
- **Medians of five rounds or more, with bootstrap intervals of 95 %**, for images a second and for ratios.
- **Limits in the same run.** libjpeg-turbo's decode alone, reading files alone, copying memory alone, the warp alone.
  Each arm is printed as a share of its limit. No pipeline that decodes every photo can be faster than the decode.
- **Memory** is sampled (RSS and PSS of the process and its children) and read from the kernel's high-water mark.
- **`model.fit`** is timed by epochs that take turns; the time that a step waits for its input is measured around the
  iterator.
- **Accuracy** is measured on the validation photos after 30 epochs from three seeds, in a separate run. Other work may
  run at the same time, so its seconds are not a rate.
- **No GPU, no number.** Rows for a GPU say "no GPU: not measured" where TensorFlow sees none.

Two shared cores are a small machine for a benchmark. Ratios carry over to other machines better than images a second,
and neither replaces a run on your own photos: `pytest bench/ --benchmark-only --data DIR`.
"""
LOSING = """\
This package loses, or gains nothing, in these cases:

- **Grain with OpenCV is as fast or a little faster.** The decode of the JPEGs limits both, and alone takes more than
  half of the time. On two cores, Albumentations inside tf.data is slower, and DALI and torchvision are slower still.
  This package additionally has caches, the same stream for the same seed, and exact resume.
- **Time to the first batch.** The generator starts in a third of a second. This package first traces and compiles a
  warp, which takes about one second. For a few hundred photos that are read once, this matters most. Grain also starts
  at once.
- **Peak memory** without a cache is higher than the generator's, and several times Grain's, because TensorFlow and
  XLA's compiler are loaded.
- **A model that is the bottleneck.** With the notebook's network on a CPU, the training step takes most of the time.
  Faster input helps only until the step no longer waits for it.
- **Exact decode without augmentation** is slower than the generator reading and rescaling files. It filters all pixels,
  and the generator takes the nearest ones. (The drop-in takes the nearest ones too, and is faster.)
- **tf.data service** on the same two cores costs more than it gains; it is meant for several machines.

TensorFlow's own tuner delays the end of an epoch: its thread sleeps for up to seconds, and the end of an iterator often
waits for it. Arms that use Keras' data sets unchanged lose this time in `model.fit`. This package's data sets run
without the tuner.
"""


def main(paths: Sequence[str]) -> None:
    """Write the document and its images.

    Args:
        paths: the JSON files of the first run, and then, in any order, of a second run and of the accuracies.
    """
    run, *others = [read(Path(path)) for path in paths]
    second_run = next((results for results in others if results.throughput), None)
    accuracies = [row for results in others for row in results.accuracies]
    if accuracies:
        not_measured = tuple(row for row in run.not_measured if not row.row.startswith("test_accuracy"))
        run = dataclasses.replace(run, accuracies=tuple(accuracies), not_measured=not_measured)
    IMAGES.mkdir(parents=True, exist_ok=True)
    for old in IMAGES.glob("*.png"):
        old.unlink()
    folder = IMAGES.relative_to(DOCS).as_posix()
    charts = [dataclasses.replace(chart, file=f"{folder}/{chart.file}") for chart in draw_all(run, IMAGES)]
    parts = sections(run, charts)
    if second_run is not None:
        parts.insert(-2, _compare_rankings(run, second_run))
    text = markdown(TITLE, parts)
    title = f"# {TITLE}\n"
    origin = "*Written by `python docs/benchmarks.py`, from runs of this suite.*"
    introduction = f"{title}\n{origin}\n\n## Method\n\n{METHOD}\n{LOSING}"
    (DOCS / "benchmarks.md").write_text(introduction + text.removeprefix(title), encoding="utf-8")


def _compare_rankings(run: Results, second_run: Results) -> Section:
    """Compare the rankings of each comparison in two runs, and say whether their difference is beyond chance."""
    columns = (
        Column("comparison", "", words=True),
        Column("first run", "fastest first, images a second", words=True),
        Column("second run", "", words=True),
        Column("ranking", "arms whose intervals overlap have no order", words=True),
    )
    rows = []
    for comparison in dict.fromkeys(row.comparison for row in run.throughput if not row.comparison.startswith("axis ")):
        first, second = _rank(run.throughput, comparison), _rank(second_run.throughput, comparison)
        if not second:
            continue
        rows.append([comparison, _list_arms(first), _list_arms(second), _verdict(first, second)])
    text = f"The same command on the same machine, at commit {second_run.environment.get('commit')}."
    return Section("The same ranking twice", text, [Table("", columns, rows)])


def _rank(rows: Iterable[Throughput], comparison: str) -> list[Throughput]:
    return sorted((row for row in rows if row.comparison == comparison), key=lambda row: -median_of(row.rates).median)


def _list_arms(rows: list[Throughput]) -> str:
    return ", ".join(f"{row.arm} {number(median_of(row.rates).median)}" for row in rows)


def _verdict(first: list[Throughput], second: list[Throughput]) -> str:
    """Compare two rankings.

    Two arms contradict if they changed places and their intervals do not overlap in either run; otherwise it is a tie.
    """
    rows = {row.arm: row for row in second}
    ties, contradictions = [], []
    for place, fast in enumerate(first):
        for slow in first[place + 1 :]:
            if fast.arm not in rows or slow.arm not in rows:
                continue
            if median_of(rows[fast.arm].rates).median < median_of(rows[slow.arm].rates).median:
                contradicts = _is_faster(fast, slow) and _is_faster(rows[slow.arm], rows[fast.arm])
                (contradictions if contradicts else ties).append(f"{fast.arm} / {slow.arm}")
    if contradictions:
        return f"other: {'; '.join(contradictions)}"
    return f"same but for ties: {'; '.join(ties)}" if ties else "same"


def _is_faster(fast: Throughput, slow: Throughput) -> bool:
    """Return whether `fast` is faster beyond doubt: the intervals do not overlap."""
    return median_of(fast.rates).low > median_of(slow.rates).high


if __name__ == "__main__":
    main(sys.argv[1:])
