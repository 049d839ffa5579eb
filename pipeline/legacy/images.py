"""`ImageIterator`, the base of the three iterators: it draws, loads, transforms, normalises and saves a batch.

There are three paths with one result:

- The fast path draws all parameters of a batch at once and loads its parts on the worker threads. One compiled call
  transforms the batch. Large batches, batches of floats, and batches that SciPy transforms are processed part by part.
- With a `preprocessing_function`, images are transformed as above. The function is then called for each image in the
  caller's thread, with the NumPy state that Keras would have at that point. If the function draws from this state, the
  draws of the later images change, and these take the third path.
- One image after the other, as Keras works. Generators with overridden methods take this path for all images.
"""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Iterator as Iteration
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from pipeline.legacy.compiled import Kernel, join_and_pad, transform_batch
from pipeline.legacy.draws import Transforms, draw_batch, draw_one
from pipeline.legacy.iterator import Index, Iterator
from pipeline.legacy.normalization import normalize, normalize_transformed
from pipeline.legacy.randomness import global_state, has_moved
from pipeline.legacy.reading import ONE_CALL_VALUES
from pipeline.legacy.stream import dataset_of
from pipeline.legacy.workers import is_forked, submit

__all__ = ["ImageIterator", "Part"]

# For fewer images, SciPy finishes before XLA has compiled.
MIN_IMAGES_TO_COMPILE = 16
# A part of a batch: its slice, and a function that returns its images `[m, H, W, C]`. Channels are last in every data
# format.
Part = tuple[slice, Callable[[], Any]]
Image = NDArray[Any]


class ImageIterator(Iterator):
    """An iterator over batches of images; subclasses load the images and add labels."""

    image_data_generator: Any
    data_format: str
    dtype: Any
    save_to_dir: str | os.PathLike[str] | None
    save_prefix: str
    save_format: str
    # The name of a saved image ends with a random number below this limit.
    _save_suffix_limit: int

    def _parts(self, index_array: Index) -> list[Part]:
        """Return the parts of a batch; they may already be loading."""
        raise NotImplementedError

    def _image_shape(self) -> tuple[int, ...]:
        """Return the shape of one image in the order of the data format."""
        raise NotImplementedError

    def _working_dtype(self) -> Any:
        """Return the dtype in which images are transformed and normalised."""
        raise NotImplementedError

    def _with_labels(self, batch: Image, index_array: Index) -> Any:
        """Return what `next()` returns: `batch`, with labels and weights where there are some."""
        raise NotImplementedError

    def _get_batches_of_transformed_samples(self, index_array: Index) -> Any:
        return self._start_batch(index_array)()

    def _begin(self, index_array: Index) -> Callable[[], Any]:
        if self._replaces("_get_batches_of_transformed_samples"):
            return super()._begin(index_array)
        return self._start_batch(index_array)

    def _replaces(self, *methods: str) -> bool:
        """Return whether a subclass or the user replaced one of these methods."""
        base = ImageIterator
        return any(getattr(type(self), name) is not getattr(base, name) or name in vars(self) for name in methods)

    @property
    def _runs_user_code(self) -> bool:
        if self._replaces("_get_batches_of_transformed_samples", "_set_index_array", "_flow_index", "reset"):
            return True
        generator = self.image_data_generator
        return generator is not None and (self._calls_overridden_methods or bool(generator.preprocessing_function))

    @property
    def _calls_overridden_methods(self) -> bool:
        """Return whether the generator's methods must be called for each image.

        This is so if the user replaced some of them, or if the generator has another data format.
        """
        generator = self.image_data_generator
        return getattr(generator, "_is_overridden", True) or generator.data_format != self.data_format

    def _skip_draws(self, index_array: Index) -> None:
        if self._runs_user_code:
            return
        if self.image_data_generator is not None:
            draw_batch(self.image_data_generator, *self._sides(), len(index_array), self._random)
        self._draw_save_paths(index_array)

    def _start_batch(self, index_array: Index) -> Callable[[], Any]:
        """Draw the parameters and start to load; return a function that finishes the batch."""
        generator = self.image_data_generator
        finish: Callable[[], Image]
        if generator is None:
            finish = self._start_fast(index_array, None)
        elif self._calls_overridden_methods:
            finish = functools.partial(np.asarray, self._batch_one_by_one(index_array))
        elif generator.preprocessing_function:
            finish = functools.partial(np.asarray, self._batch_with_function(index_array))
        else:
            rows, columns = self._sides()
            transforms = draw_batch(generator, rows, columns, len(index_array), self._random)
            finish = self._start_fast(index_array, transforms)
        paths = self._draw_save_paths(index_array)
        return lambda: self._save_and_label(finish(), index_array, paths)

    def _sides(self) -> tuple[int, int]:
        """Return height and width of an image."""
        shape, generator = self._image_shape(), self.image_data_generator
        return shape[generator.row_axis - 1], shape[generator.col_axis - 1]

    def _empty(self, count: int) -> Image:
        return np.zeros((count, *self._image_shape()), dtype=self.dtype)

    def _in_data_format(self, images: Image) -> Image:
        """Move the channels, which are last, to where the data format has them."""
        return np.moveaxis(images, -1, 1) if self.data_format == "channels_first" else images

    # The fast path.

    def _start_fast(self, index_array: Index, transforms: Transforms | None) -> Callable[[], Image]:
        """Begin the batch on the worker threads; return a function that waits for it."""
        kernel, parts = self._kernel(transforms), self._parts(index_array)
        if transforms is None or kernel is None or not self._can_compile or not self._fits_one_call or not parts:
            return self._start_parts(len(index_array), parts, transforms, kernel)

        def finish() -> Image:
            with_rescale = kernel.with_rescale(self.image_data_generator.rescale)
            images = self._transform_in_one_call(parts, transforms, with_rescale)
            if images is None:
                return self._start_parts(len(index_array), parts, transforms, kernel)()
            return self._normalize_batch(images, is_rescaled=with_rescale is not kernel)

        return finish

    def _transform_in_one_call(self, parts: list[Part], transforms: Transforms, kernel: Kernel) -> Image | None:
        """Transform a batch by the compiled kernel.

        Where the kernel is not exact for these images, the result is `None`, and `parts` holds the loaded images.
        """
        slices = [part for part, _ in parts]
        images = self._join_parts(parts)
        if kernel.fits(images, self.image_data_generator.interpolation_order):
            return transform_batch(kernel, images, transforms)
        array = np.asarray(images)
        parts += [(part, functools.partial(array.__getitem__, part)) for part in slices]
        return None

    def _start_parts(
        self, count: int, parts: list[Part], transforms: Transforms | None, kernel: Kernel | None
    ) -> Callable[[], Image]:
        """Begin to load, transform and normalise each part by itself; return a function that waits for the batch."""
        batch = np.empty((count, *self._image_shape()), dtype=self.dtype)

        def fill(part: slice, load: Callable[[], Any]) -> None:
            parameters = None if transforms is None else transforms[part]
            images = self._transform_part(load(), parameters, kernel)
            if self.image_data_generator is None:
                batch[part] = images
            else:
                normalize(self.image_data_generator, images, batch[part], self._working_dtype())

        only_part = parts[0] if len(parts) == 1 else None
        futures = [] if only_part else [submit(fill, *part) for part in parts]
        parts.clear()  # so that each part's memory is released when it has been copied into the batch

        def finish() -> Image:
            if only_part:
                fill(*only_part)
            for future in futures:
                future.result()
            return batch

        return finish

    def _kernel(self, transforms: Transforms | None) -> Kernel | None:
        """Return the transformation that comes before the normalisation; `None` where there is none."""
        if transforms is None:
            return None
        kernel = Kernel.of(transforms, self.image_data_generator.fill_mode, self.image_data_generator.cval)
        return None if kernel.idle else kernel

    @property
    def _can_compile(self) -> bool:
        """Return whether compiled calls are possible and worth their compilation."""
        is_float = np.dtype(self._working_dtype()) in (np.float32, np.float64)
        return is_float and self.n >= MIN_IMAGES_TO_COMPILE and not is_forked()

    @property
    def _fits_one_call(self) -> bool:
        """Return whether one call transforms a whole batch, which is fastest for uint8.

        The call needs a copy of all parts in one array. Large batches are transformed part by part to save memory.
        """
        return math.prod(self._image_shape()) * self.batch_size <= ONE_CALL_VALUES

    def _part_size(self) -> int:
        """Return the number of images in each part of a batch; the last part may have fewer."""
        raise NotImplementedError

    def _join_parts(self, parts: list[Part]) -> Any:
        """Join all images of a batch in one tensor; `parts` is emptied, so that memory does not hold them twice."""
        loaded = [load() for _, load in parts]
        parts.clear()
        if not all(self._can_stay_uint8(images) for images in loaded):
            loaded = [np.asarray(images).astype(self._working_dtype(), copy=False) for images in loaded]
        return join_and_pad(loaded, self.batch_size)

    def _can_stay_uint8(self, images: Any) -> bool:
        """Return whether `images` can be transformed as uint8: the compiled kernel then returns float32."""
        return bool(images.dtype == np.uint8 and np.dtype(self._working_dtype()) == np.float32)

    def _normalize_batch(self, images: Image, is_rescaled: bool) -> Image:
        """Normalise a transformed batch, and convert it to the data format and dtype of the iterator."""
        images = np.ascontiguousarray(self._in_data_format(images))
        normalize_transformed(self.image_data_generator, images, is_rescaled)
        return images.astype(self.dtype, copy=False)

    def _transform_part(self, images: Any, transforms: Transforms | None, kernel: Kernel | None) -> Image:
        """Transform `[m, H, W, C]` and return `[m, ...]` in the data format; untransformed images keep their dtype."""
        if transforms is None or kernel is None:
            return self._in_data_format(np.asarray(images))
        dtype = np.dtype(self._working_dtype())
        at_least_float32 = np.dtype(np.float32) if dtype == np.float16 else dtype
        if self._can_compile and not self._fits_one_call:
            if not self._can_stay_uint8(images):
                images = np.asarray(images).astype(at_least_float32, copy=False)
            batch = join_and_pad([images], self._part_size())
            if kernel.fits(batch, self.image_data_generator.interpolation_order):
                return self._in_data_format(transform_batch(kernel, batch, transforms))
        arrays = self._in_data_format(np.asarray(images)).astype(at_least_float32, copy=False)
        apply = self.image_data_generator.apply_transform
        return np.stack([apply(image, transforms.row(place)) for place, image in enumerate(arrays)])

    # The two paths through the user's code.

    def _load_batch(self, index_array: Index) -> Image:
        """Load all images of a batch, in the data format and in the dtype that the generator's methods receive."""
        parts = [np.asarray(load()) for _, load in self._parts(index_array)]
        images = np.concatenate(parts) if parts else self._empty(0)
        return self._in_data_format(images).astype(self._working_dtype())

    def _batch_one_by_one(self, index_array: Index) -> Image:
        """Make a batch as Keras does: draw, transform and normalise one image after the other."""
        batch = self._empty(len(index_array))
        self._transform_each(self._load_batch(index_array), batch)
        return batch

    def _transform_each(self, images: Image, batch: Image) -> None:
        generator = self.image_data_generator
        for place, x in enumerate(images):
            parameters = generator.get_random_transform(x.shape)
            batch[place] = generator.standardize(generator.apply_transform(x, parameters))

    def _batch_with_function(self, index_array: Index) -> Image:
        """Make a batch with calls of `preprocessing_function`; see the second path in the module's docstring."""
        generator, random, count = self.image_data_generator, global_state(), len(index_array)
        rows, states = [], []
        for _ in range(count):
            rows.append(draw_one(generator, *self._sides(), random))
            states.append(random.get_state(legacy=False))
        batch = self._empty(count)
        for place, image in enumerate(self._transform_only(index_array, Transforms.stacked(rows))):
            random.set_state(states[place])
            # The function may change or keep its argument. No other code uses these images.
            batch[place] = generator.standardize(np.asarray(image, self._working_dtype()))
            if has_moved(random, states[place]):
                self._transform_each(self._load_batch(index_array[place + 1 :]), batch[place + 1 :])
                break
        return batch

    def _transform_only(self, index_array: Index, transforms: Transforms) -> Iterable[Image]:
        """Return the images of a batch in the data format, transformed but not normalised."""
        kernel, parts = self._kernel(transforms), self._parts(index_array)
        if kernel is not None and self._can_compile and self._fits_one_call and parts:
            batch = self._transform_in_one_call(parts, transforms, kernel)
            if batch is not None:
                return self._in_data_format(batch)
        futures = [submit(self._transform_part, load(), transforms[part], kernel) for part, load in parts]
        return (image for future in futures for image in future.result())

    # Finished batches.

    def as_dataset(self) -> Any:
        """Return the batches of `next()` as a `tf.data.Dataset` with a known cardinality.

        Each iteration over the data set is one epoch: it begins with `reset` and advances this iterator. Lists in a
        batch become tuples.

        Raises:
            ValueError: the iterator has no images.
        """
        if not self.n:
            raise ValueError("There is no data set without pictures. Received: an iterator over 0 of them")

        def epoch() -> Iteration[Any]:
            self.reset()
            # A generator would end at its first error; `map` goes on.
            return map(lambda _: next(self), range(len(self)))  # noqa: C417

        return dataset_of(epoch, self._with_labels(self._empty(1), np.zeros(1, np.intp)), len(self))

    def _draw_save_paths(self, index_array: Index) -> list[str]:
        """Draw the paths at which the images of a batch are saved; none where `save_to_dir` is not set."""
        folder = self.save_to_dir
        if not folder:
            return []
        suffixes = (self._random.randint(self._save_suffix_limit) for _ in index_array)
        names = (
            f"{self.save_prefix}_{j}_{suffix}.{self.save_format}"
            for j, suffix in zip(index_array, suffixes, strict=True)
        )
        return [os.path.join(folder, name) for name in names]

    def _save_and_label(self, batch: Image, index_array: Index, paths: Sequence[str]) -> Any:
        def save(image: Image, path: str) -> None:
            keras.utils.array_to_img(image, self.data_format, scale=True).save(path)

        for future in [submit(save, image, path) for image, path in zip(batch, paths, strict=False)]:
            future.result()
        return self._with_labels(batch, index_array)
