"""The page's sentences in the language that was asked for, with numbers and names set into them."""

from __future__ import annotations

from pipeline.inspect import english, korean
from pipeline.reports.file_faults import HUGE_PIXELS, TINY_SIDE, Finding
from pipeline.reports.sentence import Sentence
from pipeline.text.plain_text import Language, shown

__all__ = ["LANGUAGES", "Words", "byte_size"]

LANGUAGES = {"en": english.TEXT, "ko": korean.TEXT}
SPLITS = {
    **dict.fromkeys(("train", "training"), "split_train"),
    **dict.fromkeys(("validation", "valid", "val"), "split_validation"),
    **dict.fromkeys(("test", "testing"), "split_test"),
}
OF_KINDS = {"side": TINY_SIDE, "megapixels": HUGE_PIXELS // 1_000_000}


class Words(Language):
    """One language."""

    languages = LANGUAGES

    def why(self, finding: Finding | Sentence) -> str:
        """What is the matter with a file, or another sentence with its values."""
        return self(finding.says, **finding.values)

    def kind(self, kind: str) -> str:
        """What a kind of finding means and what to do about it."""
        return self(f"why_{kind}", **OF_KINDS)

    def split(self, name: str, whole: str = "photos") -> str:
        """What the photos of a folder or of a drawn part are for; `whole` is the sentence where there is but one."""
        key = SPLITS.get(name.lower()) if name else whole
        return shown(name) if key is None else self(key)


def byte_size(count: float) -> str:
    """Bytes for people: 45 KB, 67.5 MB, 1.2 GB (powers of ten); no line breaks them."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if count >= size:
            figure = f"{count / size:.1f}" if count < 100 * size else f"{count / size:,.0f}"
            return f"{figure}\u00a0{unit}"
    return f"{count:.0f}\u00a0B"
