"""`ImageDataGenerator`: Keras' signature, draws and pixels."""

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


def _checked_zoom(zoom_range: Any) -> list[float]:
    if isinstance(zoom_range, (float, int)):
        return [1 - zoom_range, 1 + zoom_range]
    if len(zoom_range) == 2 and all(isinstance(value, (float, int)) for value in zoom_range):
        return [zoom_range[0], zoom_range[1]]
    raise ValueError(f"`zoom_range` should be a float or a tuple or list of two floats. Received: {zoom_range}")


def _check(data_format: str, validation_split: float, brightness_range: Any) -> None:
    if data_format not in ("channels_last", "channels_first"):
        raise ValueError(
            '`data_format` should be `"channels_last"` (channel after row and column) or `"channels_first"` '
            f"(channel before row and column). Received: {data_format}"
        )
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


def _after_its_seed(method: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a method that takes a `seed`: what it draws behind the seed follows, and the global state is given back."""
    signature = inspect.signature(method)

    @functools.wraps(method)
    def called(*arguments: Any, **keywords: Any) -> Any:
        try:
            seed = signature.bind(*arguments, **keywords).arguments.get("seed")
        except TypeError:  # which the call itself will say
            seed = None
        if seed is None or is_lent():
            return method(*arguments, **keywords)
        state = np.random.RandomState()
        state.set_state(global_state().get_state(legacy=False))
        with lent(state):
            return method(*arguments, **keywords)

    return called


class ImageDataGenerator(Flows):
    """Batches of augmented, normalised pictures: the drop-in for Keras' deprecated class of this name.

    The same seed gives the same pictures in the same order with the same draws, several times faster, and leaves
    NumPy's global random state as it was. The contract is `keras/src/legacy/preprocessing/image.py` of Keras 3;
    `docs/legacy.md` compares both, argument by argument. All arguments are attributes and may be changed.

    Args:
        featurewise_center: subtract the data set's mean (`fit` finds it).
        samplewise_center: subtract each picture's own mean.
        featurewise_std_normalization: divide by the data set's standard deviation.
        samplewise_std_normalization: divide by each picture's own.
        zca_whitening: decorrelate the pixels (`fit` finds the matrix).
        zca_epsilon: added to the singular values.
        rotation_range: degrees; angles are drawn from minus to plus it.
        width_shift_range: a float below 1: a share of the side; a float from 1 on: pixels; an integer n: one of
            0 to n-1 pixels; a list: one of it; the last two with a random sign.
        height_shift_range: the same. (As in Keras 3, `height_shift_range` moves columns and `width_shift_range`
            rows; `pipeline.Augment` does what the names say.)
        brightness_range: two factors to draw from; 1 leaves a picture as it is.
        shear_range: degrees.
        zoom_range: two factors, or a float z for 1-z to 1+z; both axes are drawn apart; below 1 enlarges.
        channel_shift_range: levels that all channels are raised or lowered by together.
        fill_mode: `"nearest"`, `"constant"`, `"reflect"`, `"wrap"`, or another mode of SciPy.
        cval: the value beyond the border for `"constant"`.
        horizontal_flip: left to right, every second time.
        vertical_flip: top to bottom, every second time.
        rescale: factor on the values, after the augmentation.
        preprocessing_function: called with each augmented picture, `[H, W, C]`; gives one of the same shape.
        data_format: `"channels_last"` or `"channels_first"`; `None` is Keras' setting.
        validation_split: the share, of each class and from its beginning, that `subset="validation"` gives.
        interpolation_order: of the warp's spline; 1 is the fast one.
        dtype: of the batches; `None` is Keras' `floatx`.

    Raises:
        ValueError: an argument is not as said above.
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
        data_format = data_format or keras.config.image_data_format()
        _check(data_format, validation_split, brightness_range)
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
        self.zoom_range = _checked_zoom(zoom_range)
        self.channel_shift_range = channel_shift_range
        self.fill_mode = fill_mode
        self.cval = cval
        self.horizontal_flip = horizontal_flip
        self.vertical_flip = vertical_flip
        self.rescale = rescale
        self.preprocessing_function = preprocessing_function
        self.dtype = keras.config.floatx() if dtype is None else dtype
        self.interpolation_order = interpolation_order
        self.data_format = data_format
        first = data_format == "channels_first"
        self.channel_axis, self.row_axis, self.col_axis = (1, 2, 3) if first else (3, 1, 2)
        self._validation_split = validation_split
        self.mean: Image | None = None
        self.std: Image | None = None
        self.zca_whitening_matrix: Image | None = None
        self._settle_overrides()

    def _settle_overrides(self) -> None:
        """Switch on what a setting needs, and off what it replaces, with a warning each."""
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
        """Let what a subclass draws after a `seed` follow from it, as it does in Keras."""
        super().__init_subclass__(**kwargs)
        names = ("fit", "get_random_transform", "random_transform")
        for name, method in overrides(cls, ImageDataGenerator, names).items():
            setattr(cls, name, _after_its_seed(method))

    def standardize(self, x: Image) -> Image:
        """Normalise a picture or a batch as configured; `x` itself is changed (copy it first to keep it)."""
        return standardize(self, x)

    def get_random_transform(self, img_shape: Sequence[int], seed: int | None = None) -> dict[str, Any]:
        """Draw the parameters of one transformation.

        Args:
            img_shape: of the picture, with its channels.
            seed: draws from a state of its own; `None` draws from NumPy's global state.

        Returns:
            what `apply_transform` takes: `theta`, `tx`, `ty`, `shear`, `zx`, `zy`, `flip_horizontal`,
            `flip_vertical`, `channel_shift_intensity`, `brightness`.
        """
        return draw_one(self, img_shape[self.row_axis - 1], img_shape[self.col_axis - 1], state_of(seed))

    def apply_transform(self, x: Image, transform_parameters: dict[str, Any]) -> Image:
        """Transform one picture: affine, channel shift, flips, brightness.

        Args:
            x: three axes, in the order of `data_format`.
            transform_parameters: from `get_random_transform`; what is missing is left as it is.

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
        # Keras' own fails here; Pillow wants the channels last.
        return np.moveaxis(apply_brightness_shift(np.moveaxis(x, channels, 2), brightness, False), 2, channels)

    def random_transform(self, x: Image, seed: int | None = None) -> Image:
        """`apply_transform` with `get_random_transform`'s parameters."""
        with lent(state_of(seed)):  # an `apply_transform` of a subclass may go on to draw
            return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: int | None = None) -> None:
        """Find what featurewise normalisation and ZCA whitening need, from sample pictures.

        Args:
            x: `[N, H, W, C]` (or `[N, C, H, W]`); `rescale` is applied to it.
            augment: take augmented pictures instead.
            rounds: how often each is augmented.
            seed: of that; `None` draws from NumPy's global state.

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
                x = self._augmented(x, rounds)
        fit_statistics(self, x)

    @property
    def _is_overridden(self) -> bool:
        """Whether a subclass or the user put something else in the place of a method that iterators call."""
        names = ("get_random_transform", "apply_transform", "standardize")
        own = ImageDataGenerator
        return any(getattr(type(self), name) is not getattr(own, name) or name in vars(self) for name in names)

    def _augmented(self, x: Image, rounds: int) -> Image:
        augmented = np.zeros((rounds * len(x), *x.shape[1:]), dtype=self.dtype)
        for place in range(rounds * len(x)):
            augmented[place] = self.random_transform(x[place % len(x)])
        return augmented
