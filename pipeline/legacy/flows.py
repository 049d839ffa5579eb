"""The generator's methods that make iterators: `flow`, `flow_from_directory` and `flow_from_dataframe`."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeline.legacy.arrays import NumpyArrayIterator
from pipeline.legacy.dataframe import DataFrameIterator
from pipeline.legacy.directory import DirectoryIterator

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Flows"]


class Flows:
    """The methods of `ImageDataGenerator` that make iterators."""

    data_format: str
    dtype: Any

    def flow(
        self,
        x: Any,
        y: Any = None,
        batch_size: int = 32,
        shuffle: bool = True,
        sample_weight: Any = None,
        seed: int | None = None,
        save_to_dir: str | os.PathLike[str] | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        ignore_class_split: bool = False,
        subset: str | None = None,
    ) -> NumpyArrayIterator:
        """Return an iterator over batches of images from an array.

        Args:
            x: images, `[N, H, W, C]` (or `[N, C, H, W]`); or a tuple of them and of one or more further inputs, each
                `[N, ...]`.
            y: labels, `[N, ...]`, or `None`.
            batch_size: number of images in a batch; the last batch may have fewer.
            shuffle: whether to draw a new order for each epoch.
            sample_weight: weights, `[N]`, or `None`.
            seed: seed of the order and of the random draws; `None` draws from NumPy's global state.
            save_to_dir: an existing folder to which every returned image is saved.
            save_prefix: prefix of the saved files' names.
            save_format: extension of the saved files.
            ignore_class_split: whether to omit the check that both subsets hold all classes.
            subset: `"training"` or `"validation"`, a part by `validation_split`; validation is the first part.

        Raises:
            ValueError: lengths differ, `x` has not four axes, or `subset` does not exist.
        """
        return NumpyArrayIterator(
            x,
            y,
            self,
            batch_size=batch_size,
            shuffle=shuffle,
            sample_weight=sample_weight,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            ignore_class_split=ignore_class_split,
            subset=subset,
            dtype=self.dtype,
        )

    def flow_from_directory(
        self,
        directory: str | os.PathLike[str],
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Sequence[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: str | os.PathLike[str] | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
    ) -> DirectoryIterator:
        """Return an iterator over a folder that has one folder for each class; see `DirectoryIterator`."""
        return DirectoryIterator(
            directory,
            self,
            target_size=target_size,
            color_mode=color_mode,
            classes=classes,
            class_mode=class_mode,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            follow_links=follow_links,
            subset=subset,
            interpolation=interpolation,
            keep_aspect_ratio=keep_aspect_ratio,
            dtype=self.dtype,
        )

    def flow_from_dataframe(
        self,
        dataframe: pd.DataFrame,
        directory: str | os.PathLike[str] | None = None,
        x_col: str = "filename",
        y_col: str | list[str] = "class",
        weight_col: str | None = None,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Sequence[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: str | os.PathLike[str] | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        validate_filenames: bool = True,
        keep_aspect_ratio: bool = False,
        **kwargs: Any,
    ) -> DataFrameIterator:
        """Return an iterator over a table of image files; see `DataFrameIterator`."""
        class_mode = _handle_deprecated(class_mode, kwargs)
        return DataFrameIterator(
            dataframe,
            directory,
            self,
            x_col=x_col,
            y_col=y_col,
            weight_col=weight_col,
            target_size=target_size,
            color_mode=color_mode,
            classes=classes,
            class_mode=class_mode,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            subset=subset,
            interpolation=interpolation,
            keep_aspect_ratio=keep_aspect_ratio,
            dtype=self.dtype,
            validate_filenames=validate_filenames,
        )


def _handle_deprecated(class_mode: str | None, kwargs: dict[str, Any]) -> str | None:
    """Warn about arguments that Keras accepts only for old scripts, and return `class_mode` under its present name."""
    advice = {
        "has_ext": "filenames in the dataframe have to match the exact filenames in disk.",
        "sort": "batches will be created in the same order than the filenames provided if `shuffle` is set to `False`.",
        "drop_duplicates": "you can drop duplicates by using the pandas.DataFrame.drop_duplicates method.",
    }
    for name in kwargs:
        if name in advice:
            warnings.warn(f"{name} is deprecated, {advice[name]}", DeprecationWarning, stacklevel=3)
        else:
            warnings.warn(f"flow_from_dataframe() has no argument {name!r}; it is ignored.", stacklevel=3)
    if class_mode == "other":
        warnings.warn('`class_mode="other"` is deprecated, please use `class_mode="raw"`.', DeprecationWarning, 3)
        return "raw"
    return class_mode
