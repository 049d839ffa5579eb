"""A beginner's questions, answered with the user's own figures; where each stands on the page."""

from __future__ import annotations

import dataclasses
from typing import Any

from pipeline.config import ModelConfig
from pipeline.config.model import OWN
from pipeline.inspect.findings import Inspection
from pipeline.reports.listing import folder_meant
from pipeline.reports.words import FileWords
from pipeline.sources.labels import resolve_label_mode
from pipeline.text.messages import Sentence
from pipeline.text.plain_text import shown

__all__ = ["Answer", "answers", "cautions", "figures", "labels", "shrinking", "uneven"]

# Question to the section that it stands in.
PLACES = {
    4: "classes",
    5: "classes",
    2: "stretch",
    3: "augment",
    7: "augment",
    15: "augment",
    10: "memory",
    1: "steps",
    11: "steps",
    13: "network",
    14: "network",
    16: "network",
}
ABOUT_CLASSES = (4, 5)
# From `python -m bench.questions.accuracy --epochs 15 --workers 2 --arms generator stretch pad crop`; also in README.
ACCURACIES = {"stretch": "0.665 ± 0.038", "pad": "0.633 ± 0.024", "crop": "0.659 ± 0.054"}
UNEVEN = 4  # times the photos of the smallest class that the largest has, from where it is a caution
FOLDERS_NAMED = 5
NOTICED = 1.25  # times that a photo is distorted
LABELS_NAMED = 12


@dataclasses.dataclass(frozen=True)
class Answer:
    """A question, its answer, and the section that both stand in."""

    number: int
    question: str
    answer: str
    section: str


def answers(inspection: Inspection, words: FileWords) -> list[Answer]:
    """All of them, in the order of the page."""
    values = _values(inspection)
    values["head"] = labels(inspection, words)
    config = inspection.subject.config
    found = []
    for number, section in PLACES.items():
        if number in ABOUT_CLASSES and not inspection.class_names:
            continue
        key = f"a{number}"
        if number == 13 and "sides" not in values:
            key = "a13_too_small"
        if number == 16 and "sides" not in values:
            key = "a16_alone"
        if number == 5 and len(inspection.class_names) == 1:
            key = "a5_one_class"
        if number == 15 and config.image.rescale is None:
            key = "a15_none"
        another = key in ("a13", "a16") and not _is_notebook_s(config.model)
        more = f" {words('a13_another', **values)}" if another else ""
        found.append(Answer(number, words(f"q{number}", **values), words(key, **values) + more, section))
    return found


def labels(inspection: Inspection, words: FileWords) -> str:
    """Describe the labels, or say why training would refuse the folders."""
    count, asked = len(inspection.class_names), inspection.subject.config.data.label_mode
    refusal = inspection.refusal
    if refusal is not None and refusal.says.startswith("labels_") and refusal.says != "labels_empty":
        return words.why(refusal)
    return words(f"labels_{resolve_label_mode(asked, count) or 'none'}")


def cautions(inspection: Inspection, words: FileWords) -> list[str]:
    """Return the problems of the folders as a whole, the worst first: what training would refuse, and what harms."""
    found = [inspection.refusal, _instead(inspection), uneven(inspection)]
    lines = [words.why(one) for one in found if one is not None and one.says != "uneven"]
    return [*lines, *([words.kind("foreign")] if inspection.foreign else [])]


def uneven(inspection: Inspection) -> Sentence | None:
    """Say that the largest class has half as many photos again as the smallest, or several times as many."""
    counts = {name: counts[inspection.training] for name, counts in inspection.counts().items()}
    if not counts or min(counts.values()) == 0 or max(counts.values()) < 1.5 * min(counts.values()):
        return None
    small, large = (choice(counts, key=lambda name: counts[name]) for choice in (min, max))
    ratio = counts[large] / counts[small]
    values = {"large": shown(large), "most": counts[large], "small": shown(small), "least": counts[small]}
    return Sentence("uneven_much" if ratio >= UNEVEN else "uneven", {**values, "ratio": f"{ratio:.1f}"})


def _instead(inspection: Inspection) -> Sentence | None:
    """The folder that was probably meant, where this one holds no two classes."""
    roots = inspection.subject.roots
    meant = folder_meant(roots[0].path) if len(inspection.class_names) < 2 and len(roots) == 1 else None
    if meant is None:
        return None
    folder, names = meant
    more = ["…"] if len(names) > FOLDERS_NAMED else []
    named = ", ".join([*map(shown, names[:FOLDERS_NAMED]), *more])
    return Sentence("name_instead", {"folder": shown(folder), "names": named})


def _values(inspection: Inspection) -> dict[str, Any]:
    config = inspection.subject.config
    height, width = config.image.image_size
    ratios = [ratio for _, ratio in inspection.stretched()]
    names = [f"{label} = {shown(name)}" for label, name in enumerate(inspection.class_names)]
    more = ["…"] if len(names) > LABELS_NAMED else []
    shrunk = shrinking(height, width, _filters(config.model))
    return {
        "count": len(inspection.good),
        **figures(inspection),
        **_rescaled(config.image.rescale),
        "worst": f"{max(ratios, default=1):.1f}",
        "many": sum(ratio > NOTICED for ratio in ratios),
        **{f"accuracy_{name}": figure for name, figure in ACCURACIES.items()},
        "labels": ", ".join([*names[:LABELS_NAMED], *more]) or "–",
        "model": config.model.name,
        **shrunk,
        **_weights(config.model, shrunk),
    }


def _rescaled(factor: float | None) -> dict[str, Any]:
    """Return what a factor makes of grey and white."""
    if factor is None:
        return {}
    named = f"1/{round(1 / factor)}" if factor and abs(1 / factor - round(1 / factor)) < 1e-9 else f"{factor:.4g}"
    return {"rescale": named, "middle": f"{128 * factor:.3g}", "white": f"{255 * factor:.3g}"}


def _weights(model: ModelConfig, shrunk: dict[str, Any]) -> dict[str, Any]:
    """Return the outputs and weights of the first dense layer behind the convolutions of `shrunk`."""
    dense = model.dense if _is_notebook_s(model) and model.dense else tuple(OWN["cnn"]["dense"])
    return {"units": dense[0], "weights": shrunk["values"] * dense[0] + dense[0]} if "values" in shrunk else {}


def figures(inspection: Inspection) -> dict[str, Any]:
    """The settings that the page has more than one answer from."""
    config = inspection.subject.config
    height, width = config.image.image_size
    return {
        "batch": config.loader.batch_size,
        "epochs": config.train.epochs,
        "height": height,
        "width": width,
        "resize": config.image.resize,
        "seed": "–" if config.seed is None else str(config.seed),
    }


def _filters(model: ModelConfig) -> tuple[int, ...]:
    """Describe the notebook's network as it is configured; nothing for another network."""
    return model.filters if _is_notebook_s(model) and model.filters else tuple(OWN["cnn"]["filters"])


def _is_notebook_s(model: ModelConfig) -> bool:
    """Return whether it is built like the notebook's network, with any number of filters."""
    return model.name == "cnn" and (model.kernel, model.depth) == (3, 1)


def shrinking(height: int, width: int, filters: tuple[int, ...]) -> dict[str, Any]:
    """Return the sizes to which 3×3 convolutions without padding, each with 2×2 pooling, shrink an image.

    Args:
        height: of the picture.
        width: of the picture.
        filters: of each convolution.

    Returns:
        `sides` (150→148→74…), `values` that are left, `last` and `last_width`, `filters` of the last, and `reach`, the
        pixels that one of the values sees in each direction; without them, but with `poolings`, where nothing is left.
    """
    sides, across, reach, step = [height], [width], 1, 1
    for _ in filters:
        for line in (sides, across):
            line += [line[-1] - 2, (line[-1] - 2) // 2]
        reach += 2 * step  # the convolution's window
        reach += step  # the pooling's
        step *= 2
    if min(sides[-1], across[-1]) < 1:
        return {"poolings": len(filters)}
    pairs = [f"{h}" if height == width else f"{h}×{w}" for h, w in zip(sides, across, strict=True)]
    return {
        "sides": "→".join(pairs),
        "values": sides[-1] * across[-1] * filters[-1],
        "last": sides[-1],
        "last_width": across[-1],
        "filters": filters[-1],
        "reach": reach,
    }
