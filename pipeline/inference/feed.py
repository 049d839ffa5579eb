"""Read inputs into batches of images, in parallel and in order. An unreadable file keeps its place, with its error.

A `tf.data` graph reads ahead and drops the files that fail. Each path has a number, so a missing number shows which
file failed; that file is then read once more for the reason. A path waits in a queue from the moment it is passed to
the graph until it is answered. From time to time a marker is passed to the graph, an image that can always be read. It
keeps the queue short if all files fail, and it lets the inputs before a pause on stdin be answered in that pause.
"""

from __future__ import annotations

import collections
import dataclasses
import os
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from pipeline.config import ImageConfig
from pipeline.images.load import read_image
from pipeline.inference.inputs import Input
from pipeline.reading.reader import ImageReader
from pipeline.reading.verify import second_look
from pipeline.runtime.execution import READS, with_fixed_options
from pipeline.sources.files import FileSource

__all__ = ["Batch", "Feed", "batch_size"]

BATCH = 32
BATCH_BYTES = 1 << 25  # of uint8 images
MARKER = "ram://pipeline.predict/marker.png"
MARKED = 1024  # inputs between two markers
# TensorFlow would look for a path that begins like this on another file system or a network.
SCHEME = re.compile(rb"[a-zA-Z][0-9a-zA-Z.]*://")


@dataclasses.dataclass(frozen=True)
class Batch:
    """Consecutive inputs with their images.

    Args:
        inputs: n inputs, some of them with an error.
        pixels: uint8 `[m, H, W, C]`, the images of the m inputs without an error, in order; `None` if m is 0.
    """

    inputs: list[Input]
    pixels: tf.Tensor | None


class _Entry(NamedTuple):
    """An element of the queue.

    An input has its number in the graph, or no number if its error is already known. A marker has a number and no
    input. A pause has neither.
    """

    number: int | None
    input: Input | None


class _Piece(NamedTuple):
    """Rows `start` to `stop` of a tensor of images."""

    images: tf.Tensor
    start: int
    stop: int


def batch_size(image: ImageConfig) -> int:
    """Return the number of images in a batch. It depends on `image` alone, so each run makes the same batches."""
    height, width = image.image_size
    return max(1, min(BATCH, BATCH_BYTES // (height * width * image.channels)))


def _local(path: str) -> str:
    """Return the path in a form that TensorFlow takes for a local file."""
    return os.path.join(".", path) if SCHEME.match(os.fsencode(path)) else path


class Feed:
    """A reader of inputs that yields them in order, in batches with their images. It can be iterated once.

    Args:
        inputs: the inputs. `None` stands for a pause: the inputs before it do not wait for a full batch.
        image: how images are decoded and resized.
    """

    def __init__(self, inputs: Iterable[Input | None], image: ImageConfig) -> None:
        self._inputs, self._image = inputs, image
        self._size = batch_size(image)
        self._waiting: collections.deque[_Entry] = collections.deque()
        self._failure: BaseException | None = None
        self._answered: list[Input] = []
        self._pieces: list[_Piece] = []

    def _paths(self) -> Iterator[list[bytes]]:
        """Yield groups of paths for the graph, and put their inputs into the queue.

        The graph calls this in a thread of its own, where an exception would be lost; `batches` raises it instead.
        """
        numbers = iter(range(1 << 62))

        def numbered(one: Input | None) -> bytes:
            self._waiting.append(_Entry(next(numbers), one))
            return MARKER.encode() if one is None else os.fsencode(_local(one.path))

        try:
            group: list[bytes] = []
            for count, one in enumerate(self._inputs, 1):
                if one is None:
                    self._waiting.append(_Entry(None, None))
                    group += [numbered(None) for _ in range(self._size)]  # fills a batch, even if all inputs failed
                elif one.error is not None:
                    self._waiting.append(_Entry(None, one))
                else:
                    group.append(numbered(one))
                if count % MARKED == 0:
                    group.append(numbered(None))
                if len(group) >= self._size:
                    yield group
                    group = []
            if group:
                yield group
        except BaseException as error:  # noqa: BLE001  # `batches` raises it again
            self._failure = error

    def _stream(self) -> tf.data.Dataset:
        """Return (number int64 `[b]`, image uint8 `[b, H, W, C]`) for the files that can be read, in order."""
        tf.io.write_file(MARKER, tf.io.encode_png(tf.zeros([1, 1, 3], tf.uint8)))
        paths = tf.data.Dataset.from_generator(
            self._paths, output_signature=tf.TensorSpec([None], tf.string, name="paths")
        )

        @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
        def read_one(number: tf.Tensor, path: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return number, read_image(path, self._image)

        read = paths.unbatch().enumerate().map(read_one, READS).ignore_errors()
        return with_fixed_options(read.batch(self._size).prefetch(2))

    def batches(self) -> Iterator[Batch]:
        """Yield the batches. All have the same size, except the last and those before a pause."""
        with tf.device("CPU:0"):
            for numbers, images in self._stream():
                for row, number in enumerate(numbers.numpy().tolist()):
                    yield from self._answer_until(number, _Piece(images, row, row + 1))
            yield from self._answer_until(None, None)
            yield from self._finish_batch()
        if self._failure is not None:
            raise self._failure

    def _answer_until(self, number: int | None, piece: _Piece | None) -> Iterator[Batch]:
        """Answer the inputs in the queue up to and including the one with this number; all of them for `None`."""
        while self._waiting:
            entry = self._waiting.popleft()
            if entry.number is None and entry.input is None:
                yield from self._finish_batch()
            elif entry.number is not None and entry.number == number:
                if entry.input is not None and piece is not None:
                    yield from self._answer(entry.input, piece)
                return
            elif entry.input is not None:
                known = entry.number is None
                yield from self._answer(entry.input, None) if known else self._retry(entry.input)

    def _retry(self, one: Input) -> Iterator[Batch]:
        """Read a file that failed in the graph once more, and answer it with its image or with the reason."""
        kept: list[NDArray[np.uint8]] = []
        reader = ImageReader(FileSource((_local(one.path),)), self._image)
        unreadable = second_look(reader, [0], lambda _index, pixels: kept.append(pixels))
        if unreadable:
            return self._answer(Input(one.path, unreadable[0].reason), None)
        return self._answer(one, _Piece(tf.constant(kept[0]), 0, 1))

    def _answer(self, one: Input, piece: _Piece | None) -> Iterator[Batch]:
        self._answered.append(one)
        if piece is not None:
            last = self._pieces[-1] if self._pieces else None
            if last is not None and last.images is piece.images and last.stop == piece.start:
                self._pieces[-1] = last._replace(stop=piece.stop)
            else:
                self._pieces.append(piece)
        if len(self._answered) == self._size:
            yield from self._finish_batch()

    def _finish_batch(self) -> Iterator[Batch]:
        """Yield the inputs answered since the last batch, if there are any."""
        if not self._answered:
            return
        parts = [piece.images[piece.start : piece.stop] for piece in self._pieces]
        inputs, self._answered, self._pieces = self._answered, [], []
        yield Batch(inputs, tf.concat(parts, 0) if len(parts) > 1 else parts[0] if parts else None)
