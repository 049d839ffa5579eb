"""`ImageDataGenerator` with the signature, random draws and pixels of Keras' class."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from pipeline.legacy.draws import draw_one
from pipeline.legacy.flows import Flows
from pipeline.legacy.normalization import fit_statistics, standardize
from pipeline.legacy.randomness import global_state, is_lent, lent, state_of
from pipeline.legacy.transforms import (
    apply_affine_transform,
    apply_brightness_shift,
    apply_channel_shift,
    flip_axis,
)
from pipeline.legacy.turns import overrides

__all__ = ["ImageDataGenerator"]

Image = NDArray[Any]


def _resolve_zoom(zoom_range: Any) -> list[float]:
    if isinstance(zoom_range, (float, int)):
        return [1 - zoom_range, 1 + zoom_range]
    if len(zoom_range) == 2 and all(isinstance(value, (float, int)) for value in zoom_range):
        return [zoom_range[0], zoom_range[1]]
    raise ValueError(f"`zoom_range` should be a float or a tuple or list of two floats. Received: {zoom_range}")


def _check_arguments(validation_split: float, brightness_range: Any) -> None:
    if validation_split and not 0 < validation_split < 1:
        raise ValueError(f"`validation_split` must be strictly between 0 and 1. Received: {validation_split}")
    if brightness_range is None:
        return
    if not isinstance(brightness_range, (tuple, list)) or len(brightness_range) != 2:
        raise ValueError(f"`brightness_range should be tuple or list of two floats. Received: {brightness_range}")


def _warn_override(setting: str, overridden: str) -> None:
    warnings.warn(
        f"This ImageDataGenerator specifies `{setting}`, which overrides setting of `{overridden}`.", stacklevel=4
    )


def _restore_state_after(method: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a method with a `seed` argument so that it repeats with the seed and restores NumPy's global state."""
    signature = inspect.signature(method)

    @functools.wraps(method)
    def wrapper(*arguments: Any, **keywords: Any) -> Any:
        try:
            seed = signature.bind(*arguments, **keywords).arguments.get("seed")
        except TypeError:  # the call below raises the error with its proper message
            seed = None
        if seed is None or is_lent():
            return method(*arguments, **keywords)
        state = np.random.RandomState()
        state.set_state(global_state().get_state(legacy=False))
        with lent(state):
            return method(*arguments, **keywords)

    return wrapper


class ImageDataGenerator(Flows):
    """A source of augmented, normalised batches of images: the drop-in for Keras' deprecated class of this name.

    The same seed gives the same images in the same order with the same random draws, several times faster. NumPy's
    global random state does not change. The contract is `keras/src/legacy/preprocessing/image.py` of Keras 3;
    `docs/legacy.md` compares both, argument by argument. All arguments are attributes, and users may change them.

    Args:
        featurewise_center: whether to subtract the data set's mean, which `fit` computes.
        samplewise_center: whether to subtract each image's mean.
        featurewise_std_normalization: whether to divide by the data set's standard deviation, which `fit` computes.
        samplewise_std_normalization: whether to divide by each image's standard deviation.
        zca_whitening: whether to decorrelate the pixels; `fit` computes the matrix.
        zca_epsilon: a number added to the singular values.
        rotation_range: degrees; angles are drawn from minus to plus this value.
        width_shift_range: a float below 1 is a fraction of the side, and a float from 1 on is pixels; shifts are drawn
            from minus to plus this value. An integer n means one of 0 to n-1 pixels, a list one of its values, both
            with a random sign.
        height_shift_range: as `width_shift_range`. As in Keras 3, `height_shift_range` moves columns and
            `width_shift_range` moves rows; `pipeline.Augment` does what the names say.
        brightness_range: the lowest and highest factor; a factor of 1 changes nothing.
        shear_range: degrees; angles are drawn from minus to plus this value.
        zoom_range: the lowest and highest factor, or a float z for 1-z and 1+z. Each axis has its own draw; factors
            below 1 enlarge.
        channel_shift_range: levels; one shift is drawn for all channels, from minus to plus this value.
        fill_mode: how to fill the area outside the image: `"nearest"`, `"constant"`, `"reflect"`, `"wrap"`, or another
            mode of SciPy.
        cval: the value outside the image for `fill_mode="constant"`.
        horizontal_flip: whether to flip left to right with a probability of 0.5.
        vertical_flip: whether to flip top to bottom with a probability of 0.5.
        rescale: a factor for the values, applied after the augmentation; `None` for none.
        preprocessing_function: a function from each augmented image `[H, W, C]` to an array of the same shape.
        data_format: `"channels_last"` or `"channels_first"`; `None` takes Keras' setting.
        validation_split: the fraction of examples in `subset="validation"`, taken from the beginning (of each class,
            in folders).
        interpolation_order: the order of the warp's spline, 0 to 5; order 1 is compiled and fast.
        dtype: dtype of the batches; `None` takes Keras' `floatx`.

    Raises:
        ValueError: `zoom_range`, `data_format`, `validation_split` or `brightness_range` is not as described above.
    """

    def __init__(
        self,
        featurewise_center: bool = False,
        samplewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False,
        zca_whitening: bool = False,
        zca_epsilon: float = 1e-6,
        rotation_range: float = 0,
        width_shift_range: Any = 0.0,
        height_shift_range: Any = 0.0,
        brightness_range: Sequence[float] | None = None,
        shear_range: float = 0.0,
        zoom_range: float | Sequence[float] = 0.0,
        channel_shift_range: float = 0.0,
        fill_mode: str = "nearest",
        cval: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        rescale: float | None = None,
        preprocessing_function: Callable[[Image], Image] | None = None,
        data_format: str | None = None,
        validation_split: float = 0.0,
        interpolation_order: int = 1,
        dtype: Any = None,
    ) -> None:
        self._set_data_format(data_format or keras.config.image_data_format())
        _check_arguments(validation_split, brightness_range)
        self.featurewise_center = featurewise_center
        self.samplewise_center = samplewise_center
        self.featurewise_std_normalization = featurewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        self.zca_whitening = zca_whitening
        self.zca_epsilon = zca_epsilon
        self.rotation_range = rotation_range
        self.width_shift_range = width_shift_range
        self.height_shift_range = height_shift_range
        self.brightness_range = brightness_range
        self.shear_range = shear_range
        self.zoom_range = _resolve_zoom(zoom_range)
        self.channel_shift_range = channel_shift_range
        self.fill_mode, self.cval = fill_mode, cval
        self.horizontal_flip, self.vertical_flip = horizontal_flip, vertical_flip
        self.rescale = rescale
        self.preprocessing_function = preprocessing_function
        self.dtype = keras.config.floatx() if dtype is None else dtype
        self.interpolation_order = interpolation_order
        self._validation_split = validation_split
        self._clear_statistics()
        self._apply_overrides()

    def _set_data_format(self, data_format: str) -> None:
        if data_format not in ("channels_last", "channels_first"):
            raise ValueError(
                '`data_format` should be `"channels_last"` (channel after row and column) or `"channels_first"` '
                f"(channel before row and column). Received: {data_format}"
            )
        self.data_format = data_format
        is_first = data_format == "channels_first"
        self.channel_axis, self.row_axis, self.col_axis = (1, 2, 3) if is_first else (3, 1, 2)

    def _clear_statistics(self) -> None:
        """Remove the results of `fit`."""
        self.mean: Image | None = None
        self.std: Image | None = None
        self.zca_whitening_matrix: Image | None = None

    def _apply_overrides(self) -> None:
        """Switch on the settings that another one needs and off those that it replaces, each with a warning."""
        std, center = self.featurewise_std_normalization, self.featurewise_center
        if self.zca_whitening and not center:
            self.featurewise_center = True
            _warn_override("zca_whitening", "featurewise_center")
        if self.zca_whitening and std:
            self.featurewise_std_normalization = False
            _warn_override("zca_whitening", "featurewise_std_normalization")
        if std and not center:
            self.featurewise_center = True
            _warn_override("featurewise_std_normalization", "featurewise_center")
        if self.samplewise_std_normalization and not self.samplewise_center:
            self.samplewise_center = True
            _warn_override("samplewise_std_normalization", "samplewise_center")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Wrap the methods that a subclass overrides so that their draws repeat with `seed`, as in Keras."""
        super().__init_subclass__(**kwargs)
        names = ("fit", "get_random_transform", "random_transform")
        for name, method in overrides(cls, ImageDataGenerator, names).items():
            setattr(cls, name, _restore_state_after(method))

    def standardize(self, x: Image) -> Image:
        """Normalise an image (three axes) or a batch (four axes) as configured.

        Args:
            x: a float array in the order of `data_format`. It is changed in place; pass a copy to keep it.

        Returns:
            an array of the same shape.
        """
        return standardize(self, x)

    def get_random_transform(self, img_shape: Sequence[int], seed: int | None = None) -> dict[str, Any]:
        """Draw the parameters of one transformation.

        Args:
            img_shape: shape of the image, with its channels, in the order of `data_format`.
            seed: seed of the draws; `None` draws from NumPy's global state.

        Returns:
            the parameters that `apply_transform` takes: `theta`, `tx`, `ty`, `shear`, `zx`, `zy`, `flip_horizontal`,
            `flip_vertical`, `channel_shift_intensity`, `brightness`.
        """
        return draw_one(self, img_shape[self.row_axis - 1], img_shape[self.col_axis - 1], state_of(seed))

    def apply_transform(self, x: Image, transform_parameters: dict[str, Any]) -> Image:
        """Transform one image: affine, channel shift, flips, brightness.

        Args:
            x: an image with three axes, in the order of `data_format`.
            transform_parameters: parameters of `get_random_transform`; a missing one changes nothing.

        Returns:
            an array of the same shape.
        """
        rows, columns, channels = self.row_axis - 1, self.col_axis - 1, self.channel_axis - 1
        get = transform_parameters.get
        x = apply_affine_transform(
            x,
            get("theta", 0),
            get("tx", 0),
            get("ty", 0),
            get("shear", 0),
            get("zx", 1),
            get("zy", 1),
            row_axis=rows,
            col_axis=columns,
            channel_axis=channels,
            fill_mode=self.fill_mode,
            cval=self.cval,
            order=self.interpolation_order,
        )
        shift, brightness = get("channel_shift_intensity"), get("brightness")
        if shift is not None:
            x = apply_channel_shift(x, shift, channels)
        if get("flip_horizontal", False):
            x = flip_axis(x, columns)
        if get("flip_vertical", False):
            x = flip_axis(x, rows)
        if brightness is None:
            return x
        if channels == 2:
            return apply_brightness_shift(x, brightness, False)
        # Pillow needs the channels last. (Keras' own code fails here.)
        return np.moveaxis(apply_brightness_shift(np.moveaxis(x, channels, 2), brightness, False), 2, channels)

    def random_transform(self, x: Image, seed: int | None = None) -> Image:
        """Transform one image with random parameters.

        Args:
            x: an image with three axes, in the order of `data_format`.
            seed: seed of the draws; `None` draws from NumPy's global state.

        Returns:
            an array of the same shape.
        """
        with lent(state_of(seed)):  # a subclass's `apply_transform` may draw further numbers
            return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: int | None = None) -> None:
        """Compute the statistics that featurewise normalisation and ZCA whitening need from sample images.

        Args:
            x: images, `[N, H, W, C]` (or `[N, C, H, W]`); they are rescaled by `rescale`.
            augment: whether to augment the images first.
            rounds: how many times each image is augmented.
            seed: seed of the augmentation; `None` draws from NumPy's global state.

        Raises:
            ValueError: `x` has not four axes.
        """
        x = np.array(x, dtype=self.dtype)
        if x.ndim != 4:
            raise ValueError(f"Input to `.fit()` should have rank 4. Got array with shape: {x.shape}")
        channels = x.shape[self.channel_axis]
        if channels not in (1, 3, 4):
            warnings.warn(
                "Expected input to be images (as Numpy array) following the data format convention "
                f'"{self.data_format}" (channels on axis {self.channel_axis}), i.e. expected either 1, 3 or 4 channels '
                f"on axis {self.channel_axis}. However, it was passed an array with shape {x.shape} "
                f"({channels} channels).",
                stacklevel=2,
            )
        if self.rescale:
            x *= self.rescale
        if augment:
            with lent(state_of(seed)):
                x = self._augment_all(x, rounds)
        fit_statistics(self, x)

    @property
    def _is_overridden(self) -> bool:
        """Return whether a subclass or the user replaced a method that iterators call."""
        names = ("get_random_transform", "apply_transform", "standardize")
        base = ImageDataGenerator
        return any(getattr(type(self), name) is not getattr(base, name) or name in vars(self) for name in names)

    def _augment_all(self, x: Image, rounds: int) -> Image:
        augmented = np.zeros((rounds * len(x), *x.shape[1:]), dtype=self.dtype)
        for place in range(rounds * len(x)):
            augmented[place] = self.random_transform(x[place % len(x)])
        return augmented
