"""Confidence intervals of shares."""

from __future__ import annotations

__all__ = ["CONFIDENCE", "wilson"]

CONFIDENCE = 0.95


def wilson(right: int, examples: int) -> tuple[float, float]:
    """The 95 % interval of a share (E. B. Wilson 1927, "Probable inference, the law of succession"), by SciPy."""
    from scipy.stats import binomtest

    found = binomtest(right, examples).proportion_ci(CONFIDENCE, method="wilson")
    return float(found.low), float(found.high)
