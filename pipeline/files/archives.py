"""Recognise archives, so that a message can say to unpack one that was named instead of a folder."""

from __future__ import annotations

import os

__all__ = ["ARCHIVE_EXTENSIONS", "archive_kind", "unpack_hint"]

_SIGNATURES = {
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "rar",
    b"ALZ\x01": "alz",
    b"EGGA": "egg",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_TAR_AT, _TAR = 257, b"ustar"
_HEAD = 512  # bytes: a tar's first header
# Longer extensions come first: the whole name of an archive decides on its kind.
_KINDS = {
    **dict.fromkeys((".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tgz", ".tbz2", ".txz", ".tar"), "tar"),
    **{f".{name}": name for name in ("zip", "7z", "rar", "alz", "egg")},
    **{".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstd"},
}
ARCHIVE_EXTENSIONS = tuple(_KINDS)


def archive_kind(head: bytes, name: str = "") -> str:
    """Return the kind of an archive, such as "zip", by its first bytes or its name; "" for any other file.

    Args:
        head: the first 512 bytes of the file, or fewer.
        name: the file's name.
    """
    packed = next((kind for magic, kind in _SIGNATURES.items() if head.startswith(magic)), "")
    named = next((kind for end, kind in _KINDS.items() if name.lower().endswith(end)), "")
    if named == "tar" and packed in ("", "gzip", "bzip2", "xz", "zstd"):
        return "tar"
    return "tar" if head[_TAR_AT:].startswith(_TAR) else packed or named


def unpack_hint(path: str) -> str:
    """Return the end of a message about a file named instead of a folder: to unpack it, if it is an archive."""
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD)
    except OSError:
        head = b""
    kind = archive_kind(head, os.path.basename(path))
    if not kind:
        return ""
    verb = "unzip" if kind == "zip" else "unpack"
    return f"; it is a {kind} archive: {verb} it first, and name the folder that comes out of it"
