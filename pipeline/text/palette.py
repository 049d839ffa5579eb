"""Choose colours, markers and dashes for the lines of a figure that differ for the colour-blind and in grey."""

from __future__ import annotations

from typing import Any

__all__ = ["COLOURS", "MARKERS", "line_style"]

# Okabe and Ito's colours (jfly.uni-koeln.de/color) without their yellow, which is hard to see on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
MARKERS = "os^DvPX*"
DASHES = ("-", "--", "-.", ":")
SPACED = 0.2  # distance between two markers of a line, as a share of the figure's diagonal


def line_style(place: int, start: float = 0.0) -> dict[str, Any]:
    """Return the style of one of several lines in a figure; the first 56 styles all differ.

    Args:
        place: the number of the line, from 0.
        start: the place of its first marker, as a share of `SPACED`. With different values, lines that coincide show
            all their markers.

    Returns:
        Keyword arguments for matplotlib's `plot`.
    """
    return {
        "color": COLOURS[place % len(COLOURS)],
        "marker": MARKERS[place % len(MARKERS)],
        "linestyle": DASHES[place // len(COLOURS) % len(DASHES)],
        "markersize": 4.5,
        "markevery": (SPACED * (start % 1), SPACED),
    }
