"""The public data set, from a small archive of the same structure on localhost."""

import io
import threading
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.sources.download import download_cats_and_dogs

COUNTS = {"train": 4, "validation": 2}
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4
TOP = "cats_and_dogs_filtered"
NAME = f"{TOP}.zip"


class Served:
    """A folder that is served on localhost, its address, and the paths that were requested."""

    def __init__(self, folder: Path, port: int, asked: list[str]) -> None:
        self.folder, self.url, self.asked = folder, f"http://127.0.0.1:{port}/{NAME}", asked

    def put(self, content: bytes) -> int:
        (self.folder / NAME).write_bytes(content)
        return len(content)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    folder = tmp_path / "served"
    folder.mkdir()
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            asked.append(self.path)

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield Served(folder, server.server_port, asked)
        server.shutdown()


def archive(*extra: tuple[str | zipfile.ZipInfo, bytes], photo: bytes = JPEG, parts: dict[str, int] = COUNTS) -> bytes:
    """Make an archive like the data set's, with `extra` members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as written:
        written.mkdir(TOP)
        written.writestr(f"{TOP}/vectorize.py", "print('not ours')")
        for part, count in parts.items():
            for i in range(count):
                written.writestr(f"{TOP}/{part}/{('cats', 'dogs')[i % 2]}/{i}.jpg", photo)
        for name, content in extra:
            written.writestr(name, content)
    return buffer.getvalue()


def refused(served: Served, into: Path, content: bytes) -> str:
    size = served.put(content)
    with pytest.raises(InputError) as caught:
        download_cats_and_dogs(into, url=served.url, size=size, counts=COUNTS)
    assert "\n" not in str(caught.value)
    assert not (into / TOP).exists()
    assert not list(into.glob(".*"))
    return str(caught.value)


def test_fetches_and_unpacks_the_photos_and_nothing_else(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    into = tmp_path / "new" / "data"
    folder = download_cats_and_dogs(into, url=served.url, size=served.put(archive()), counts=COUNTS)
    assert folder == into / TOP
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert found == {
        "train/cats/0.jpg",
        "train/dogs/1.jpg",
        "train/cats/2.jpg",
        "train/dogs/3.jpg",
        "validation/cats/0.jpg",
        "validation/dogs/1.jpg",
    }
    assert (folder / "train/cats/0.jpg").read_bytes() == JPEG
    assert sorted(path.name for path in into.iterdir()) == [TOP, NAME]
    assert capsys.readouterr().out == ""  # stdout carries data only


def test_what_is_there_needs_no_network(served: Served, tmp_path: Path) -> None:
    size = served.put(archive())
    again: Callable[[], Path] = partial(download_cats_and_dogs, tmp_path, url=served.url, size=size, counts=COUNTS)
    again()
    assert len(served.asked) == 1
    again()
    (tmp_path / NAME).unlink()
    again()
    assert len(served.asked) == 1


def test_an_archive_downloaded_by_hand_is_unpacked_without_network(served: Served, tmp_path: Path) -> None:
    content = archive()
    (tmp_path / NAME).write_bytes(content)
    download_cats_and_dogs(tmp_path, url=served.url, size=len(content), counts=COUNTS)
    assert served.asked == []


def test_what_a_killed_run_leaves_is_redone(served: Served, tmp_path: Path) -> None:
    size = served.put(archive())
    (tmp_path / NAME).write_bytes(archive()[: size // 2])
    (tmp_path / f".{TOP}.partial" / TOP / "train" / "cats").mkdir(parents=True)
    (tmp_path / f".{TOP}.partial" / TOP / "train" / "cats" / "old.jpg").write_bytes(JPEG)
    folder = download_cats_and_dogs(tmp_path, url=served.url, size=size, counts=COUNTS)
    assert not (folder / "train" / "cats" / "old.jpg").exists()
    assert not list(tmp_path.glob(".*"))


def test_a_folder_that_is_not_complete_is_named_and_kept(served: Served, tmp_path: Path) -> None:
    size = served.put(archive())
    folder = download_cats_and_dogs(tmp_path, url=served.url, size=size, counts=COUNTS)
    (folder / "train" / "cats" / "0.jpg").unlink()
    with pytest.raises(InputError, match=r"train must hold 4 photos\. Received: 3; move .* away"):
        download_cats_and_dogs(tmp_path, url=served.url, size=size, counts=COUNTS)
    assert (folder / "train" / "dogs" / "1.jpg").exists()


def test_another_size_is_refused_and_not_kept(served: Served, tmp_path: Path) -> None:
    size = served.put(archive())
    with pytest.raises(InputError, match=rf"must give {size + 1} bytes\. Received: {size}; .*by hand"):
        download_cats_and_dogs(tmp_path, url=served.url, size=size + 1, counts=COUNTS)
    assert list(tmp_path.glob("*.zip")) == []


def test_no_such_address_and_no_server_are_one_line(served: Served, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be fetched: .*404.*by hand.*--data\.train") as caught:
        download_cats_and_dogs(tmp_path, url=served.url, size=3, counts=COUNTS)
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match=r"cannot be fetched: .*by hand"):
        download_cats_and_dogs(tmp_path, url=f"http://127.0.0.1:1/{NAME}", size=3, counts=COUNTS)


def test_no_zip_and_a_damaged_zip_are_refused(served: Served, tmp_path: Path) -> None:
    assert "cannot be unpacked" in refused(served, tmp_path / "a", b"<html>not today</html>")
    content = bytearray(archive())
    content[content.index(JPEG) + 8] ^= 0xFF
    message = refused(served, tmp_path / "b", bytes(content))
    assert "cannot be unpacked" in message
    assert "delete" in message


def test_a_member_longer_than_declared_is_refused(served: Served, tmp_path: Path) -> None:
    content = archive()
    declared = len(JPEG).to_bytes(4, "little")
    lied = content.replace(declared, (len(JPEG) - 500).to_bytes(4, "little"))
    assert lied != content
    assert "cannot be unpacked" in refused(served, tmp_path / "a", lied)


def test_an_archive_that_unpacks_to_far_more_is_refused(served: Served, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr(f"{TOP}/train/cats/0.jpg", b"\xff\xd8\xff" + bytes(10_000_000))
    assert "no more than" in refused(served, tmp_path / "a", buffer.getvalue())


@pytest.mark.parametrize(
    "name",
    [
        "/etc/cron.d/x.jpg",
        f"{TOP}/train/cats/../../../../x.jpg",
        f"{TOP}/train/cats/..\\..\\x.jpg",
        f"{TOP}/train/cats/run.sh",
        f"{TOP}/train/birds/0.jpg",
        "other/train/cats/0.jpg",
        "x.jpg",
    ],
)
def test_a_member_that_is_none_of_the_set_s_is_refused(served: Served, tmp_path: Path, name: str) -> None:
    message = refused(served, tmp_path / "into", archive((name, JPEG)))
    assert repr(name) in message
    assert ("plain files" in message) == (name[0] == "/" or ".." in name)
    assert not list(tmp_path.rglob("x.jpg"))


def test_a_symbolic_link_is_refused(served: Served, tmp_path: Path) -> None:
    link = zipfile.ZipInfo(f"{TOP}/train/cats/9.jpg")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    assert "plain files" in refused(served, tmp_path / "into", archive((link, b"/etc/passwd")))


def test_too_few_photos_and_photos_that_are_none_are_refused(served: Served, tmp_path: Path) -> None:
    message = refused(served, tmp_path / "a", archive(parts={"train": 4, "validation": 1}))
    assert "validation must hold 2 photos. Received: 1" in message
    assert "must be JPEGs" in refused(served, tmp_path / "b", archive(photo=b"GIF89a"))


def test_a_file_where_the_folder_should_be_is_refused(served: Served, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(InputError, match="must be a folder that can be written"):
        download_cats_and_dogs(tmp_path / "data", url=served.url, size=3, counts=COUNTS)
