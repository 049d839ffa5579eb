"""From a batch's examples to its arrays: draw, load, transform, normalise, save; on all cores where that may be.

Three ways, one result:
- fast: a batch's draws in one go; its parts loaded on the worker threads, and transformed in one compiled call, or
  each by itself where the batch is large, is of floats, or is SciPy's;
- with a `preprocessing_function`: transformed as above, then the function picture by picture in the caller's thread,
  each time with NumPy's state as Keras would have it there. If the function draws from it, so that the draws of the
  pictures behind it change, the rest goes
- one by one, as Keras works, which is also the way for generators whose methods are overridden.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import os
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Iterator as Iteration
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from pipeline.legacy.compiled import Kernel, joined, transformed
from pipeline.legacy.draws import Transforms, draw_batch, draw_one
from pipeline.legacy.iterator import Index, Iterator
from pipeline.legacy.normalization import center_and_scale, normalize
from pipeline.legacy.randomness import global_state, has_moved
from pipeline.legacy.reading import LARGEST_CHUNK, WHOLE_VALUES, chunks
from pipeline.legacy.stream import dataset_of
from pipeline.legacy.workers import is_forked, submit

__all__ = ["Part", "PictureIterator"]

# For fewer pictures, SciPy is done before XLA has compiled.
WORTH_COMPILING = 16
# A part of a batch, and what gives its pictures: `[m, H, W, C]`, channels last whatever the data format.
Part = tuple[slice, Callable[[], Any]]
Image = NDArray[Any]


def _centers(generator: Any) -> bool:
    """Whether `generator` normalises by more than a factor."""
    names = ("samplewise_center", "samplewise_std_normalization", "featurewise_center", "featurewise_std_normalization")
    return any(getattr(generator, name) for name in (*names, "zca_whitening"))


class PictureIterator(Iterator):
    """What the three iterators share. They say where pictures come from and what goes beside them."""

    image_data_generator: Any
    data_format: str
    dtype: Any
    save_to_dir: str | os.PathLike[str] | None
    save_prefix: str
    save_format: str
    # A saved picture's name ends with a draw below this.
    _names_below: int

    def _parts(self, index_array: Index) -> list[Part]:
        """A batch's parts; loading may have begun."""
        raise NotImplementedError

    def _picture_shape(self) -> tuple[int, ...]:
        """Of one picture, in the order of the data format."""
        raise NotImplementedError

    def _working_dtype(self) -> Any:
        """In which pictures are transformed and normalised."""
        raise NotImplementedError

    def _with_labels(self, batch: Image, index_array: Index) -> Any:
        """What `next()` returns for the pictures `batch`."""
        raise NotImplementedError

    def _get_batches_of_transformed_samples(self, index_array: Index) -> Any:
        return self._begun(index_array)()

    def _begin(self, index_array: Index) -> Callable[[], Any]:
        if self._replaces("_get_batches_of_transformed_samples"):
            return super()._begin(index_array)
        return self._begun(index_array)

    def _replaces(self, *methods: str) -> bool:
        """Return whether a subclass or the user put something else in the place of one of these methods."""
        own = PictureIterator
        return any(getattr(type(self), name) is not getattr(own, name) or name in vars(self) for name in methods)

    @property
    def _runs_user_code(self) -> bool:
        if self._replaces("_get_batches_of_transformed_samples", "_set_index_array", "_flow_index", "reset"):
            return True
        generator = self.image_data_generator
        return generator is not None and (self._goes_one_by_one or bool(generator.preprocessing_function))

    @property
    def _goes_one_by_one(self) -> bool:
        """Whether the generator's methods are called for each picture, since they are not all this package's."""
        generator = self.image_data_generator
        return getattr(generator, "_is_overridden", True) or generator.data_format != self.data_format

    def _pass_over(self, index_array: Index) -> None:
        if self._runs_user_code:
            return
        if self.image_data_generator is not None:
            draw_batch(self.image_data_generator, *self._sides(), len(index_array), self._random)
        self._drawn_paths(index_array)

    def _begun(self, index_array: Index) -> Callable[[], Any]:
        """Draw and start to load; what is returned makes the batch."""
        generator = self.image_data_generator
        batch_of: Callable[[], Image]
        if generator is None:
            batch_of = self._in_parts(index_array, None)
        elif self._goes_one_by_one:
            batch_of = functools.partial(np.asarray, self._one_by_one(index_array))
        elif generator.preprocessing_function:
            batch_of = functools.partial(np.asarray, self._with_function(index_array))
        else:
            rows, columns = self._sides()
            transforms = draw_batch(generator, rows, columns, len(index_array), self._random)
            batch_of = self._in_parts(index_array, transforms)
        paths = self._drawn_paths(index_array)
        return lambda: self._finished(batch_of(), index_array, paths)

    def _sides(self) -> tuple[int, int]:
        shape, generator = self._picture_shape(), self.image_data_generator
        return shape[generator.row_axis - 1], shape[generator.col_axis - 1]

    def _empty(self, count: int) -> Image:
        return np.zeros((count, *self._picture_shape()), dtype=self.dtype)

    def _laid_out(self, images: Image) -> Image:
        """Channels last to the data format."""
        return np.moveaxis(images, -1, 1) if self.data_format == "channels_first" else images

    # The fast way.

    def _in_parts(self, index_array: Index, transforms: Transforms | None) -> Callable[[], Image]:
        """Begin the batch on the worker threads; what is returned waits for it."""
        kernel, parts = self._kernel(transforms), self._parts(index_array)
        if transforms is None or kernel is None or not self._may_compile or not self._whole or not parts:
            return self._filled(len(index_array), parts, transforms, kernel)

        def finish() -> Image:
            whole = self._in_one_call(parts, transforms, kernel, self._rescaling(kernel))
            if whole is None:
                return self._filled(len(index_array), parts, transforms, kernel)()
            return self._normalized(whole, kernel)

        return finish

    def _in_one_call(self, parts: list[Part], transforms: Transforms, kernel: Kernel, called: Kernel) -> Image | None:
        """A batch through `called`, which is `kernel` and more; `None`, and `parts` loaded, where that is not exact."""
        slices = [part for part, _ in parts]
        images = self._joined(parts)
        if kernel.fits(images, self.image_data_generator.interpolation_order):
            return transformed(called, images, transforms)
        array = np.asarray(images)
        parts += [(part, functools.partial(array.__getitem__, part)) for part in slices]
        return None

    def _filled(
        self, count: int, parts: list[Part], transforms: Transforms | None, kernel: Kernel | None
    ) -> Callable[[], Image]:
        """Each part by itself, by SciPy where there is something to transform."""
        batch = np.empty((count, *self._picture_shape()), dtype=self.dtype)

        def fill(part: slice, load: Callable[[], Any]) -> None:
            own = None if transforms is None else transforms[part]
            images = self._transformed(load(), own, kernel)
            if self.image_data_generator is None:
                batch[part] = images
            else:
                normalize(self.image_data_generator, images, batch[part], self._working_dtype())

        alone = parts[0] if len(parts) == 1 else None
        fillings = [] if alone else [submit(fill, *part) for part in parts]
        parts.clear()  # each is let go when it is filled in

        def finish() -> Image:
            if alone:
                fill(*alone)
            for filling in fillings:
                filling.result()
            return batch

        return finish

    def _kernel(self, transforms: Transforms | None) -> Kernel | None:
        """What is to be done to the pictures before they are normalised; `None` for nothing."""
        if transforms is None:
            return None
        kernel = Kernel.of(transforms, self.image_data_generator.fill_mode, self.image_data_generator.cval)
        return None if kernel.idle else kernel

    @property
    def _may_compile(self) -> bool:
        one_float = np.dtype(self._working_dtype()) in (np.float32, np.float64)
        return one_float and self.n >= WORTH_COMPILING and not is_forked()

    @property
    def _whole(self) -> bool:
        """Whether a batch is transformed in one call, which is fastest for bytes, or part by part.

        For the one call its parts are copied together, which large batches have not the memory for.
        """
        return math.prod(self._picture_shape()) * self.batch_size <= WHOLE_VALUES

    def _part_size(self) -> int:
        """Pictures in each of `_parts` but the last."""
        raise NotImplementedError

    def _joined(self, parts: list[Part]) -> Any:
        """All pictures of a batch as one tensor; `parts` is emptied, so that they are not held twice."""
        loaded = [load() for _, load in parts]
        parts.clear()
        if not all(self._stay_bytes(images) for images in loaded):
            loaded = [np.asarray(images).astype(self._working_dtype(), copy=False) for images in loaded]
        return joined(loaded, self.batch_size)

    def _stay_bytes(self, images: Any) -> bool:
        """Whether `images` may be transformed as they are: bytes that become the floats asked for."""
        return bool(images.dtype == np.uint8 and np.dtype(self._working_dtype()) == np.float32)

    def _rescaling(self, kernel: Kernel) -> Kernel:
        """`kernel` with the rescaling in it, where that is the next step and NumPy would round it alike."""
        generator = self.image_data_generator
        plain = type(generator.rescale) in (int, float)  # a number of NumPy's multiplies in its own precision
        return dataclasses.replace(kernel, rescale=float(generator.rescale)) if plain and generator.rescale else kernel

    def _normalized(self, images: Image, kernel: Kernel) -> Image:
        """A transformed batch, normalised and in the data format and dtype asked for."""
        generator, images = self.image_data_generator, np.ascontiguousarray(self._laid_out(images))
        if generator.rescale and self._rescaling(kernel) is kernel:
            images *= generator.rescale
        # Whitening is one product of all; the others are as many as there are pictures.
        parts = [
            images[part] for part in chunks(len(images), len(images) if generator.zca_whitening else LARGEST_CHUNK)
        ]
        done = [submit(center_and_scale, generator, part) for part in parts] if _centers(generator) else []
        for part, result in zip(parts, done, strict=False):
            if result.result() is not part:
                part[...] = result.result()
        return images.astype(self.dtype, copy=False)

    def _transformed(self, images: Any, transforms: Transforms | None, kernel: Kernel | None) -> Image:
        """`[m, H, W, C]` to `[m, ...]` in the data format; uint8 where nothing is to be done to bytes."""
        if transforms is None or kernel is None:
            return self._laid_out(np.asarray(images))
        dtype = np.dtype(self._working_dtype())
        exact = np.dtype(np.float32) if dtype == np.float16 else dtype
        if self._may_compile and not self._whole:
            given = images if self._stay_bytes(images) else np.asarray(images).astype(exact, copy=False)
            batch = joined([given], self._part_size())
            if kernel.fits(batch, self.image_data_generator.interpolation_order):
                return self._laid_out(transformed(kernel, batch, transforms))
        pictures = self._laid_out(np.asarray(images)).astype(exact, copy=False)
        apply = self.image_data_generator.apply_transform
        return np.stack([apply(picture, transforms.row(place)) for place, picture in enumerate(pictures)])

    # The ways through the user's code.

    def _loaded(self, index_array: Index) -> Image:
        """All pictures of a batch, in the data format and the dtype that the generator's methods get."""
        parts = [np.asarray(load()) for _, load in self._parts(index_array)]
        pictures = np.concatenate(parts) if parts else self._empty(0)
        return self._laid_out(pictures).astype(self._working_dtype())

    def _one_by_one(self, index_array: Index) -> Image:
        batch = self._empty(len(index_array))
        self._transform_each(self._loaded(index_array), batch)
        return batch

    def _transform_each(self, pictures: Image, batch: Image) -> None:
        generator = self.image_data_generator
        for place, x in enumerate(pictures):
            parameters = generator.get_random_transform(x.shape)
            batch[place] = generator.standardize(generator.apply_transform(x, parameters))

    def _with_function(self, index_array: Index) -> Image:
        generator, random, count = self.image_data_generator, global_state(), len(index_array)
        rows, states = [], []
        for _ in range(count):
            rows.append(draw_one(generator, *self._sides(), random))
            states.append(random.get_state(legacy=False))
        transforms, batch = Transforms.stacked(rows), self._empty(count)
        for place, image in enumerate(self._before_function(index_array, transforms, self._kernel(transforms))):
            random.set_state(states[place])
            # The function may keep what it is given, and may change it: these pictures are nobody else's.
            batch[place] = generator.standardize(np.asarray(image, self._working_dtype()))
            if has_moved(random, states[place]):
                self._transform_each(self._loaded(index_array[place + 1 :]), batch[place + 1 :])
                break
        return batch

    def _before_function(self, index_array: Index, transforms: Transforms, kernel: Kernel | None) -> Iterable[Image]:
        """The batch's pictures, transformed and not yet normalised, in the data format."""
        parts = self._parts(index_array)
        if kernel is not None and self._may_compile and self._whole and parts:
            whole = self._in_one_call(parts, transforms, kernel, kernel)
            if whole is not None:
                return self._laid_out(whole)
        working = [submit(self._transformed, load(), transforms[part], kernel) for part, load in parts]
        return (image for images in working for image in images.result())

    # What comes after.

    def as_dataset(self) -> Any:
        """The batches of `next()` as a `tf.data.Dataset` of known cardinality, one epoch an iteration.

        Each iteration begins an epoch, as `reset` does, and moves this iterator on. What are lists in a batch are
        tuples there.

        Raises:
            ValueError: there are no pictures.
        """
        if not self.n:
            raise ValueError("There is no data set without pictures. Received: an iterator over 0 of them")

        def epoch() -> Iteration[Any]:
            self.reset()
            # Not a generator, which would end with the first error.
            return map(lambda _: next(self), range(len(self)))  # noqa: C417

        return dataset_of(epoch, self._with_labels(self._empty(1), np.zeros(1, np.intp)), len(self))

    def _drawn_paths(self, index_array: Index) -> list[str]:
        """Where the pictures of a batch are saved; nothing where they are not."""
        folder = self.save_to_dir
        if not folder:
            return []
        marks = (self._random.randint(self._names_below) for _ in index_array)
        names = (
            f"{self.save_prefix}_{j}_{mark}.{self.save_format}" for j, mark in zip(index_array, marks, strict=True)
        )
        return [os.path.join(folder, name) for name in names]

    def _finished(self, batch: Image, index_array: Index, paths: Sequence[str]) -> Any:
        def save(image: Image, path: str) -> None:
            keras.utils.array_to_img(image, self.data_format, scale=True).save(path)

        for saving in [submit(save, image, path) for image, path in zip(batch, paths, strict=False)]:
            saving.result()
        return self._with_labels(batch, index_array)
