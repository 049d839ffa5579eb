"""Sentences about folders and files of photos, in the language that was asked for."""

from __future__ import annotations

from pipeline.reports.file_faults import HUGE_PIXELS, TINY_SIDE, Finding
from pipeline.text.messages import Language, Sentence
from pipeline.text.plain_text import shown

__all__ = ["FileWords", "byte_size"]

SPLITS = {
    **dict.fromkeys(("train", "training"), "split_train"),
    **dict.fromkeys(("validation", "valid", "val"), "split_validation"),
    **dict.fromkeys(("test", "testing"), "split_test"),
}
OF_KINDS = {"side": TINY_SIDE, "megapixels": HUGE_PIXELS // 1_000_000}


class FileWords(Language):
    """The sentences about folders and files of photos in one language."""

    tables = ("inspect", "network")

    def why(self, finding: Finding | Sentence) -> str:
        """Return what is wrong or odd about a file, or another sentence with its values."""
        return self(finding.says, **finding.values)

    def kind(self, kind: str) -> str:
        """Return what a kind of finding means and what to do about it."""
        return self(f"why_{kind}", **OF_KINDS)

    def split(self, name: str, whole: str = "photos") -> str:
        """Return the purpose of a folder or part of photos; `whole` is the sentence where there is only one."""
        key = SPLITS.get(name.lower()) if name else whole
        return shown(name) if key is None else self(key)


def byte_size(count: float) -> str:
    """Return bytes for people: 45 KB, 67.5 MB, 1.2 GB (powers of ten); no line breaks them."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if count >= size:
            figure = f"{count / size:.1f}" if count < 100 * size else f"{count / size:,.0f}"
            return f"{figure}\u00a0{unit}"
    return f"{count:.0f}\u00a0B"
