"""Inputs to batches of pictures: read in parallel, in order, what cannot be read named in its place.

A `tf.data` graph reads far ahead and drops what fails; which numbers are missing says what that was, and a second look
says why. Paths wait in a queue from the moment they are handed to the graph until they are answered. Every so often a
marker is handed over, a picture that can always be read: so the queue stays short where everything else fails, and what
came before a pause on stdin is answered in the pause.
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
from pipeline.runtime.execution import READS, settled
from pipeline.sources.files import FileSource

__all__ = ["Batch", "Feed", "batch_size"]

BATCH = 32
BATCH_BYTES = 1 << 25  # of uint8 pictures
MARKER = "ram://pipeline.predict/marker.png"
MARKED = 1024  # inputs from one marker to the next
# TensorFlow would read a path that begins like this from another file system or a network.
SCHEME = re.compile(rb"[a-zA-Z][0-9a-zA-Z.]*://")


@dataclasses.dataclass(frozen=True)
class Batch:
    """Inputs that follow each other, answered.

    Args:
        inputs: n of them, with their errors.
        pixels: uint8 `[m, H, W, C]`, the pictures of the m inputs without an error, in their order; `None` for none.
    """

    inputs: list[Input]
    pixels: tf.Tensor | None


class _Entry(NamedTuple):
    """What waits: an input with its number in the graph, or without one where its error is known.

    A marker has a number and no input; the sign of a pause has neither.
    """

    number: int | None
    input: Input | None


class _Piece(NamedTuple):
    """Rows `start` to `stop` of some pictures."""

    images: tf.Tensor
    start: int
    stop: int


def batch_size(image: ImageConfig) -> int:
    """Pictures a batch: the same for the same `image`, so that a batch holds the same inputs in each run."""
    height, width = image.image_size
    return max(1, min(BATCH, BATCH_BYTES // (height * width * image.channels)))


def _local(path: str) -> str:
    """The path as TensorFlow takes it for one of this machine's files."""
    return os.path.join(".", path) if SCHEME.match(os.fsencode(path)) else path


class Feed:
    """Batches of answered inputs, in the order asked; made for one iteration.

    Args:
        inputs: `None` stands for a pause: what came before it is answered without waiting for a full batch.
        image: how they are decoded and resized.
    """

    def __init__(self, inputs: Iterable[Input | None], image: ImageConfig) -> None:
        self._inputs, self._image = inputs, image
        self._size = batch_size(image)
        self._waiting: collections.deque[_Entry] = collections.deque()
        self._failure: BaseException | None = None
        self._answered: list[Input] = []
        self._pieces: list[_Piece] = []

    def _handed_over(self) -> Iterator[list[bytes]]:
        """Paths for the graph, by groups; called from its own thread, where an exception would be lost."""
        numbers = iter(range(1 << 62))

        def numbered(one: Input | None) -> bytes:
            self._waiting.append(_Entry(next(numbers), one))
            return MARKER.encode() if one is None else os.fsencode(_local(one.path))

        try:
            group: list[bytes] = []
            for count, one in enumerate(self._inputs, 1):
                if one is None:
                    self._waiting.append(_Entry(None, None))
                    group += [numbered(None) for _ in range(self._size)]  # however many fail, a batch fills up
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
        except BaseException as error:  # noqa: BLE001  # raised again where the batches are read
            self._failure = error

    def _stream(self) -> tf.data.Dataset:
        """(number int64 `[b]`, picture uint8 `[b, H, W, C]`) of what can be read, in order."""
        tf.io.write_file(MARKER, tf.io.encode_png(tf.zeros([1, 1, 3], tf.uint8)))
        paths = tf.data.Dataset.from_generator(
            self._handed_over, output_signature=tf.TensorSpec([None], tf.string, name="paths")
        )

        @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
        def read_one(number: tf.Tensor, path: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return number, read_image(path, self._image)

        read = paths.unbatch().enumerate().map(read_one, READS).ignore_errors()
        return settled(read.batch(self._size).prefetch(2))

    def batches(self) -> Iterator[Batch]:
        """The batches: all of one size but the last, and those before a pause."""
        with tf.device("CPU:0"):
            for numbers, images in self._stream():
                for row, number in enumerate(numbers.numpy().tolist()):
                    yield from self._come(number, _Piece(images, row, row + 1))
            yield from self._come(None, None)
            yield from self._close()
        if self._failure is not None:
            raise self._failure

    def _come(self, number: int | None, piece: _Piece | None) -> Iterator[Batch]:
        """Answer what waits, up to the picture that came; `None`: all of it."""
        while self._waiting:
            entry = self._waiting.popleft()
            if entry.number is None and entry.input is None:
                yield from self._close()
            elif entry.number is not None and entry.number == number:
                if entry.input is not None and piece is not None:
                    yield from self._answer(entry.input, piece)
                return
            elif entry.input is not None:
                known = entry.number is None
                yield from self._answer(entry.input, None) if known else self._look_again(entry.input)

    def _look_again(self, one: Input) -> Iterator[Batch]:
        """Of a file that was not read: its picture after all, or why there is none."""
        kept: list[NDArray[np.uint8]] = []
        reader = ImageReader(FileSource((_local(one.path),)), self._image)
        bad = second_look(reader, [0], lambda _index, pixels: kept.append(pixels))
        if bad:
            return self._answer(Input(one.path, bad[0].reason), None)
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
            yield from self._close()

    def _close(self) -> Iterator[Batch]:
        """The batch that is under way, if there is one."""
        if not self._answered:
            return
        parts = [piece.images[piece.start : piece.stop] for piece in self._pieces]
        inputs, self._answered, self._pieces = self._answered, [], []
        yield Batch(inputs, tf.concat(parts, 0) if len(parts) > 1 else parts[0] if parts else None)
