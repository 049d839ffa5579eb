"""Pictures that Pillow reads and training's own decoder does not: only odd ones are asked, with TensorFlow."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

from pipeline.config import ImageConfig
from pipeline.inspect.files import NOT_TRAINED, Finding, Judged
from pipeline.inspect.listing import Found

__all__ = ["with_trained"]

# Formats and modes, at 8 bits a channel, that training surely reads.
ORDINARY = {"JPEG": ("RGB", "L"), "PNG": ("RGB", "RGBA", "L", "LA", "P", "1")}
ODD = ("animated", "sixteen_bit", "cmyk")


def _is_odd(found: Found, judged: Judged) -> bool:
    ordinary = judged.mode in ORDINARY.get(judged.format, ())
    return found.listed and judged.is_picture and not (ordinary and not any(f.kind in ODD for f in judged.findings))


def with_trained(found: Sequence[Found], judged: Sequence[Judged], image: ImageConfig, title: str) -> list[Judged]:
    """The verdicts, with a word on what training would refuse.

    Args:
        found: N files.
        judged: their verdicts.
        image: how training reads them.
        title: of the progress bar.
    """
    asked = [place for place in range(len(found)) if _is_odd(found[place], judged[place])]
    verdicts = list(judged)
    if not asked:
        return verdicts
    from pipeline.startup import import_tensorflow

    import_tensorflow()
    from pipeline.images.load import read_picture
    from pipeline.verify import read_files

    read = functools.partial(read_picture, image=image)
    for bad in read_files([found[place].path for place in asked], read, None, title):
        place = asked[bad.index]
        finding = Finding(NOT_TRAINED, "decoder", {"detail": bad.reason})
        verdicts[place] = dataclasses.replace(verdicts[place], findings=(finding, *verdicts[place].findings))
    return verdicts
