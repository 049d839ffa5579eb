"""Normalise images like `ImageDataGenerator.standardize`: per image, per feature, and by ZCA whitening."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.legacy.reading import LARGEST_CHUNK, chunks
from pipeline.legacy.workers import submit

__all__ = ["Normalization", "fit_statistics", "normalize", "normalize_transformed", "standardize"]

EPSILON = 1e-6


class Normalization(Protocol):
    """The attributes of a generator that determine the normalisation."""

    featurewise_center: bool
    samplewise_center: bool
    featurewise_std_normalization: bool
    samplewise_std_normalization: bool
    zca_whitening: bool
    zca_epsilon: float
    rescale: float | None
    preprocessing_function: Callable[..., Any] | None
    mean: NDArray[Any] | None
    std: NDArray[Any] | None
    zca_whitening_matrix: NDArray[Any] | None
    channel_axis: int
    row_axis: int
    col_axis: int


def _warn_unfitted(setting: str) -> None:
    warnings.warn(
        f"This ImageDataGenerator specifies `{setting}`, but it hasn't been fit on any training data. "
        "Fit it first by calling `.fit(numpy_data)`.",
        stacklevel=2,
    )


def _whiten(x: NDArray[Any], matrix: NDArray[Any]) -> NDArray[Any]:
    flat = x.reshape(-1, int(np.prod(x.shape[-3:])))
    return np.reshape(flat @ matrix, x.shape)


def _by_feature(settings: Normalization, x: NDArray[Any]) -> NDArray[Any]:
    """Center, scale and whiten by the data set's statistics, for one image or a batch.

    Centring and scaling change `x` in place; whitening returns a new array.
    """
    if settings.featurewise_center:
        if settings.mean is None:
            _warn_unfitted("featurewise_center")
        else:
            x -= settings.mean
    if settings.featurewise_std_normalization:
        if settings.std is None:
            _warn_unfitted("featurewise_std_normalization")
        else:
            x /= settings.std + EPSILON
    if settings.zca_whitening:
        if settings.zca_whitening_matrix is None:
            _warn_unfitted("zca_whitening")
        else:
            x = _whiten(x, settings.zca_whitening_matrix)
    return x


def _by_sample(settings: Normalization, x: NDArray[Any]) -> None:
    """Center and scale one image by its own mean and standard deviation, in place."""
    if settings.samplewise_center:
        x -= np.mean(x, keepdims=True)
    if settings.samplewise_std_normalization:
        x /= np.std(x, keepdims=True) + EPSILON


def standardize(settings: Normalization, x: NDArray[Any]) -> NDArray[Any]:
    """Normalise one array, in the order of `ImageDataGenerator.standardize`.

    Args:
        settings: the generator.
        x: an image or a batch, a float array. It is changed in place where the steps allow.

    Returns:
        an array of the shape that `preprocessing_function` returns, otherwise of the shape of `x`.

    Raises:
        ValueError: `preprocessing_function` returned `None`.
    """
    if settings.preprocessing_function:
        x = settings.preprocessing_function(x)
        if x is None:
            raise ValueError(
                "`preprocessing_function` should return a picture. Received: None; does it end in `return`?"
            )
    if settings.rescale:
        x *= settings.rescale
    _by_sample(settings, x)
    return _by_feature(settings, x)


def normalize(settings: Normalization, images: NDArray[Any], into: NDArray[Any], dtype: Any) -> None:
    """Normalise a batch without `preprocessing_function`, and write it to `into`.

    The results equal those of `standardize` for each image, bit for bit. Only whitening may round differently, because
    it is one product for the whole batch.

    Args:
        settings: the generator.
        images: `[B, ...]`.
        into: the array for the result, of the shape of `images`.
        dtype: the dtype of the computation.
    """
    work = into if into.dtype == dtype else np.empty(into.shape, dtype)
    np.copyto(work, images)
    if settings.rescale:
        work *= settings.rescale
    result = _center_and_scale(settings, work)
    if result is not into:
        into[...] = result


def normalize_transformed(settings: Normalization, images: NDArray[Any], is_rescaled: bool) -> None:
    """Normalise a batch in place on the worker threads, without `preprocessing_function`.

    Args:
        settings: the generator.
        images: `[B, ...]`, floats.
        is_rescaled: whether `images` are already multiplied by `rescale`.
    """
    if settings.rescale and not is_rescaled:
        images *= settings.rescale
    if not _centers_or_scales(settings):
        return
    # Whitening is one product for the whole batch; the other steps are independent for each image.
    size = len(images) if settings.zca_whitening else LARGEST_CHUNK
    parts = [images[part] for part in chunks(len(images), size)]
    for part, future in [(part, submit(_center_and_scale, settings, part)) for part in parts]:
        if future.result() is not part:
            part[...] = future.result()


def _centers_or_scales(settings: Normalization) -> bool:
    """Return whether the normalisation does more than rescale."""
    return bool(
        settings.samplewise_center
        or settings.samplewise_std_normalization
        or settings.featurewise_center
        or settings.featurewise_std_normalization
        or settings.zca_whitening
    )


def _center_and_scale(settings: Normalization, images: NDArray[Any]) -> NDArray[Any]:
    """Apply the steps after the rescaling to a batch: in place, except that whitening returns a new array."""
    if settings.samplewise_center or settings.samplewise_std_normalization:
        for image in images:
            _by_sample(settings, image)
    return _by_feature(settings, images)


def fit_statistics(settings: Normalization, x: NDArray[Any]) -> None:
    """Set the generator's mean, standard deviation and whitening matrix.

    Args:
        settings: the generator.
        x: images, a float array with four axes. It is changed in place.
    """
    axes = (0, settings.row_axis, settings.col_axis)
    shape = [1, 1, 1]
    shape[settings.channel_axis - 1] = x.shape[settings.channel_axis]
    if settings.featurewise_center:
        settings.mean = np.reshape(np.mean(x, axis=axes), shape)
        x -= settings.mean
    if settings.featurewise_std_normalization:
        settings.std = np.reshape(np.std(x, axis=axes), shape)
        x /= settings.std + EPSILON
    if settings.zca_whitening:
        u, s, _ = np.linalg.svd(np.reshape(x, (len(x), -1)).T, full_matrices=False)
        settings.zca_whitening_matrix = (u * (np.sqrt(len(x)) / (s + settings.zca_epsilon))).dot(u.T)
