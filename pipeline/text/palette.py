"""Colours, markers and dashes of lines in a picture, which the colour-blind and a grey printer tell apart."""

from __future__ import annotations

from typing import Any

__all__ = ["COLOURS", "MARKERS", "line_style"]

# Okabe and Ito's colours (jfly.uni-koeln.de/color), but their yellow, which is hardly seen on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
MARKERS = "os^DvPX*"
DASHES = ("-", "--", "-.", ":")
SPACED = 0.2  # of the picture's diagonal between two markers of a line


def line_style(place: int, start: float = 0.0) -> dict[str, Any]:
    """Return the style of one of several lines in a picture: no two of the first fifty-six look the same.

    Args:
        place: of the line, from 0.
        start: where its first marker is, as a share of `SPACED`; lines that coincide then show all their markers.
    """
    return {
        "color": COLOURS[place % len(COLOURS)],
        "marker": MARKERS[place % len(MARKERS)],
        "linestyle": DASHES[place // len(COLOURS) % len(DASHES)],
        "markersize": 4.5,
        "markevery": (SPACED * (start % 1), SPACED),
    }
