"""Fetch the public cats-and-dogs set once, check it, and unpack it.

The publisher gives no checksum. Therefore the size of the archive is checked, the name, type and CRC of every member,
the first bytes of each photo, and the number of photos.
"""

import contextlib
import os
import re
import shutil
import socket
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from pipeline.errors import InputError
from pipeline.runtime.progress import messages

__all__ = ["download_cats_and_dogs", "time_limit"]

URL = "https://storage.googleapis.com/mledu-datasets/cats_and_dogs_filtered.zip"
SIZE = 68_606_236  # bytes of the archive
COUNTS: Mapping[str, int] = {"train": 2000, "validation": 1000}  # photos

_TOP = "cats_and_dogs_filtered"
_PHOTO = re.compile(_TOP + r"/(train|validation)/(cats|dogs)/[^/\\]+\.jpg")
_SKIPPED = f"{_TOP}/vectorize.py"
_JPEG = b"\xff\xd8\xff"
_TIMEOUT = 60  # seconds without a byte; urllib has no limit of its own and would wait for ever
_LARGEST_RATIO = 2  # unpacked bytes per packed byte; JPEGs hardly shrink, so a larger ratio means a malicious archive
_UNPACKING = (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError)


def download_cats_and_dogs(
    into: Path = Path("data"), *, url: str = URL, size: int = SIZE, counts: Mapping[str, int] = COUNTS
) -> Path:
    """Return the folder of the data set, which contains `train/` and `validation/`, each with `cats/` and `dogs/`.

    A complete folder is returned, and an archive of the right size in `into` is unpacked, without a network. The photos
    get their final names after all have been unpacked, so that a killed run can be repeated. Progress goes to stderr.

    Args:
        into: The folder for the archive and the data set; it is made if it does not exist.
        url: The address of the archive.
        size: The archive's size in bytes.
        counts: The number of photos in `train` and in `validation`.

    Raises:
        InputError: There is no network, the archive has another size or content, or the folder is not complete.
    """
    folder, archive = into / _TOP, into / f"{_TOP}.zip"
    if folder.exists():
        _check_counts(folder, counts, f"move {folder} away and run again")
        return folder
    by_hand = f"download {url} by hand to {archive} and run again, or point --data.train to a folder of photos"
    try:
        into.mkdir(parents=True, exist_ok=True)
        if not archive.is_file() or archive.stat().st_size != size:
            _fetch(url, archive, size, by_hand)
        _unpack(archive, folder, counts, by_hand)
    except OSError as error:
        raise InputError(f"{into} must be a folder that can be written: {error}; {by_hand}") from error
    return folder


def _fetch(url: str, archive: Path, size: int, way_out: str) -> None:
    if not os.access(archive.parent, os.W_OK):  # get_file would use another folder without a message
        raise PermissionError(f"{archive.parent} is read-only")
    from keras.utils import get_file  # imported here, because it imports TensorFlow

    archive.unlink(missing_ok=True)  # a killed download leaves an archive of another size
    try:
        with time_limit(), contextlib.redirect_stdout(messages()):
            get_file(archive.name, url, cache_dir=str(archive.parent.absolute()), cache_subdir="")
    except Exception as error:  # get_file raises a bare Exception
        raise InputError(f"{url} cannot be fetched: {error}; {way_out}") from error
    received = archive.stat().st_size
    if received != size:
        archive.unlink()
        raise InputError(f"{url} must give {size} bytes. Received: {received}; {way_out}")


@contextlib.contextmanager
def time_limit() -> Iterator[None]:
    """Let a network connection fail in this context if no byte comes for a minute."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _unpack(archive: Path, folder: Path, counts: Mapping[str, int], way_out: str) -> None:
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)  # left by a killed run
    advice = f"delete {archive}, then {way_out}"
    try:
        with zipfile.ZipFile(archive) as opened:
            for member in _photos(opened, archive.stat().st_size, advice):
                _write(opened, member, partial, advice)
        _check_counts(partial / _TOP, counts, advice)
        (partial / _TOP).rename(folder)
    except _UNPACKING as error:
        raise InputError(f"{archive} cannot be unpacked: {error}; {advice}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _photos(opened: zipfile.ZipFile, packed: int, advice: str) -> list[zipfile.ZipInfo]:
    """Return the members to write, after checking all members of the archive.

    Raises:
        InputError: a member is not allowed, or the members are too large for the archive.
    """
    members = [member for member in opened.infolist() if _is_photo(member, advice)]
    declared = sum(member.file_size for member in members)
    if declared > _LARGEST_RATIO * packed:
        raise InputError(
            f"the archive's photos must unpack to no more than {_LARGEST_RATIO} times its {packed} bytes. "
            f"Received: {declared}; {advice}"
        )
    return members


def _is_photo(member: zipfile.ZipInfo, advice: str) -> bool:
    """Return whether a member is a photo; False for folders and the set's script.

    Raises:
        InputError: it is anything else.
    """
    name, kind = member.filename, stat.S_IFMT(member.external_attr >> 16)
    outside = name.startswith("/") or "\\" in name or ".." in PurePosixPath(name).parts
    if outside or kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise InputError(f"the archive must hold plain files below {_TOP}/. Received: {name!r}; {advice}")
    if member.is_dir() or name == _SKIPPED:
        return False
    if _PHOTO.fullmatch(name):
        return True
    raise InputError(f"the archive must hold nothing but the set's JPEGs. Received: {name!r}; {advice}")


def _write(opened: zipfile.ZipFile, member: zipfile.ZipInfo, partial: Path, advice: str) -> None:
    content = opened.read(member)  # zipfile reads no more than the declared size, and checks the CRC
    if not content.startswith(_JPEG):
        raise InputError(f"the archive's photos must be JPEGs. Received: {member.filename!r}; {advice}")
    path = partial / member.filename
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _check_counts(folder: Path, counts: Mapping[str, int], way_out: str) -> None:
    for part, expected in counts.items():
        found = sum(1 for _ in (folder / part).glob("*/*.jpg"))
        if found != expected:
            raise InputError(f"{folder / part} must hold {expected} photos. Received: {found}; {way_out}")
