"""`standardize` and the statistics behind it: samplewise, featurewise, ZCA whitening."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Normalization", "center_and_scale", "fit_statistics", "normalize", "standardize"]

EPSILON = 1e-6


class Normalization(Protocol):
    """What is read of a generator."""

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


def _whitened(x: NDArray[Any], matrix: NDArray[Any]) -> NDArray[Any]:
    flat = x.reshape(-1, int(np.prod(x.shape[-3:])))
    return np.reshape(flat @ matrix, x.shape)


def _by_feature(settings: Normalization, x: NDArray[Any]) -> NDArray[Any]:
    """Featurewise centre and scale and ZCA whitening, of one picture or of many; in place but for the last."""
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
            x = _whitened(x, settings.zca_whitening_matrix)
    return x


def _by_sample(settings: Normalization, x: NDArray[Any]) -> None:
    """Centre and scale `x` by its own mean and deviation, in place."""
    if settings.samplewise_center:
        x -= np.mean(x, keepdims=True)
    if settings.samplewise_std_normalization:
        x /= np.std(x, keepdims=True) + EPSILON


def standardize(settings: Normalization, x: NDArray[Any]) -> NDArray[Any]:
    """All steps in the order of `ImageDataGenerator.standardize`, on one array and mostly in place."""
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
    """`standardize` without its function for each of `images` (`[B, ...]`), in `dtype`, written to `into`.

    Picture by picture or all at once, whichever gives the bits that `standardize` gives; whitening alone is one
    product for all, whose sums are rounded otherwise.
    """
    worked = into if into.dtype == dtype else np.empty(into.shape, dtype)
    np.copyto(worked, images)
    if settings.rescale:
        worked *= settings.rescale
    result = center_and_scale(settings, worked)
    if result is not into:
        into[...] = result


def center_and_scale(settings: Normalization, images: NDArray[Any]) -> NDArray[Any]:
    """What of `normalize` comes after the rescaling, in place but for whitening."""
    if settings.samplewise_center or settings.samplewise_std_normalization:
        for image in images:
            _by_sample(settings, image)
    return _by_feature(settings, images)


def fit_statistics(settings: Normalization, x: NDArray[Any]) -> None:
    """Set mean, deviation and whitening matrix from `x` (`[N, ...]`), which is changed in place."""
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
