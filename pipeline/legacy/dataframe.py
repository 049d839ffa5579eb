"""`DataFrameIterator`: batches of images from a table of file names and labels."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from pipeline.legacy.files import FileIterator, announce
from pipeline.legacy.iterator import Index
from pipeline.legacy.listing import portion, validate_filename

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DataFrameIterator"]

WITHOUT_CLASSES = ("input", "multi_output", "raw", None)


class DataFrameIterator(FileIterator):
    """The iterator that `ImageDataGenerator.flow_from_dataframe` returns: batches of images from a table of files.

    Args:
        dataframe: a table with one row for each image.
        directory: the folder to which file names are relative; `None`: they are complete paths.
        image_data_generator: the generator that transforms and normalises the images; `None` does neither.
        x_col: name of the column of file names.
        y_col: name of the column of labels, or a list of names for `class_mode="multi_output"`.
        weight_col: name of the column of sample weights, or `None`.
        target_size: `(height, width)` in pixels.
        color_mode: `"rgb"`, `"rgba"` or `"grayscale"` (which keeps 16 and 32 bits).
        classes: the classes, in the order of their numbers; `None` takes all classes, sorted.
        class_mode: the kind of labels: `"categorical"` (one-hot, or multi-hot for rows whose label is a list of
            classes), `"binary"` or `"sparse"` (class numbers), `"raw"` (the values of the column), `"multi_output"`
            (a list with one array for each column), `"input"` (the images themselves) or `None` (no labels).
        batch_size: number of images in a batch; the last batch may have fewer.
        shuffle: whether to draw a new order for each epoch.
        seed: seed of the order and of the random draws; `None` draws from NumPy's global state.
        data_format: `"channels_last"` or `"channels_first"`.
        save_to_dir: an existing folder to which every returned image is saved.
        save_prefix: prefix of the saved files' names.
        save_format: extension of the saved files.
        subset: `"training"` or `"validation"`, a part by the generator's `validation_split`; validation is the first
            part of the rows.
        interpolation: Pillow's filter: `"nearest"`, `"bilinear"`, `"bicubic"`, `"lanczos"`, `"box"` or `"hamming"`.
        keep_aspect_ratio: whether to crop the centre instead of stretching the image.
        dtype: dtype of the batches.
        validate_filenames: whether to leave out, with a warning, the rows whose file does not exist or has another
            extension than `png`, `jpg`, `jpeg`, `bmp`, `ppm`, `tif` or `tiff`.

    Raises:
        ValueError: a mode, interpolation or subset does not exist, or `"binary"` is used without exactly two classes.
        TypeError: a column has the wrong type.
    """

    allowed_class_modes = {  # noqa: RUF012  # Keras' own attribute
        "binary",
        "categorical",
        "input",
        "multi_output",
        "raw",
        "sparse",
        None,
    }

    def __init__(
        self,
        dataframe: pd.DataFrame,
        directory: str | os.PathLike[str] | None = None,
        image_data_generator: Any = None,
        x_col: str = "filename",
        y_col: str | list[str] = "class",
        weight_col: str | None = None,
        target_size: Sequence[int] = (256, 256),
        color_mode: str = "rgb",
        classes: Sequence[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str = "channels_last",
        save_to_dir: str | os.PathLike[str] | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
        dtype: Any = "float32",
        validate_filenames: bool = True,
    ) -> None:
        self.set_processing_attrs(
            image_data_generator,
            target_size,
            color_mode,
            data_format,
            save_to_dir,
            save_prefix,
            save_format,
            subset,
            interpolation,
            keep_aspect_ratio,
        )
        self.directory = directory or ""
        self.class_mode = class_mode
        self.dtype = dtype
        rows = dataframe.copy()
        self._check_params(rows, x_col, y_col, weight_col, classes)
        if validate_filenames:
            rows = self._filter_valid_filepaths(rows, x_col)
        if class_mode not in WITHOUT_CLASSES:
            rows = self._set_class_indices(rows, cast(str, y_col), classes)  # lists of columns were refused above
        self._set_columns(rows.iloc[portion(len(rows), self.split)], x_col, y_col, weight_col)
        self._announce("validated" if validate_filenames else "non-validated")
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _announce(self, validated: str) -> None:
        has_classes = self.class_mode not in WITHOUT_CLASSES
        belonging = f" belonging to {len(self.class_indices)} classes" if has_classes else ""
        announce(f"Found {self.samples} {validated} image filenames{belonging}.")

    def _set_class_indices(self, rows: pd.DataFrame, y_col: str, classes: Any) -> pd.DataFrame:
        """Number the classes, and return the rows that belong to one of them."""
        rows, names = self._filter_classes(rows, y_col, classes)
        self.class_indices = {name: number for number, name in enumerate(names)}
        return rows

    def _set_columns(self, rows: pd.DataFrame, x_col: str, y_col: Any, weight_col: str | None) -> None:
        """Set file names, labels and weights from the rows of this subset."""
        if self.class_mode not in WITHOUT_CLASSES:
            self.classes = self.get_classes(rows, y_col)
        elif self.class_mode == "multi_output":
            self._targets: Any = [np.array(rows[column].tolist()) for column in y_col]
        elif self.class_mode == "raw":
            # Under pandas 3, `values` of a text column is not a NumPy array and cannot be written to.
            self._targets = np.asarray(rows[y_col].values)
        self.filenames = rows[x_col].tolist()
        self.samples = len(self.filenames)
        self._filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        self._sample_weight = rows[weight_col].to_numpy() if weight_col else None

    def _check_params(self, df: pd.DataFrame, x_col: str, y_col: Any, weight_col: str | None, classes: Any) -> None:
        mode = self.class_mode
        if mode not in self.allowed_class_modes:
            raise ValueError(f"Invalid class_mode: {mode}; expected one of: {self.allowed_class_modes}")
        if mode == "multi_output" and not isinstance(y_col, list):
            raise TypeError(f'If class_mode="{mode}", y_col must be a list. Received {type(y_col).__name__}.')
        if isinstance(y_col, list) and mode not in WITHOUT_CLASSES:
            raise TypeError(f'If class_mode="{mode}", y_col must be one column. Received {y_col}.')
        if not all(isinstance(name, str) for name in df[x_col]):
            raise TypeError(
                f"All values in column x_col={x_col} must be strings. Received {_first_of_other_type(df[x_col], str)}"
            )
        if mode in ("binary", "sparse") and not all(isinstance(label, str) for label in df[y_col]):
            raise TypeError(
                f'If class_mode="{mode}", y_col="{y_col}" column values must be strings. '
                f"Received {_first_of_other_type(df[y_col], str)}"
            )
        if mode == "binary":
            _check_binary(df[y_col], classes)
        if mode == "categorical" and not all(isinstance(label, (str, list, tuple)) for label in df[y_col]):
            raise TypeError(
                f'If class_mode="{mode}", y_col="{y_col}" column values must be type string, list or tuple. '
                f"Received {_first_of_other_type(df[y_col], (str, list, tuple))}"
            )
        if classes and mode in WITHOUT_CLASSES:
            warnings.warn(f'`classes` will be ignored given the class_mode="{mode}"', stacklevel=4)
        if weight_col and not issubclass(df[weight_col].dtype.type, np.number):
            raise TypeError(f"Column weight_col={weight_col} must be numeric. Received {df[weight_col].dtype}")

    def get_classes(self, df: pd.DataFrame, y_col: str) -> list[Any]:
        """Return the class number of each row; a list of numbers where the row's label is a list of classes."""
        numbers = self.class_indices
        return [
            [numbers[name] for name in label] if isinstance(label, (list, tuple)) else numbers[label]
            for label in df[y_col]
        ]

    @staticmethod
    def _filter_classes(df: pd.DataFrame, y_col: str, classes: Any) -> tuple[pd.DataFrame, list[str]]:
        """Return the rows of known classes, and the classes in the order of their numbers."""
        if not classes:
            found: set[str] = set()
            for label in df[y_col]:
                found.update(label if isinstance(label, (list, tuple)) else [label])
            return df.dropna(subset=[y_col]), sorted(found)
        known = list(dict.fromkeys(classes))

        def known_classes(label: Any) -> Any:
            if isinstance(label, (list, tuple)):
                return [name for name in label if name in known] or None
            if isinstance(label, str):
                return label if label in known else None
            raise TypeError(f"Expect string, list or tuple but found {type(label)} in {y_col} column ")

        labels = [known_classes(label) for label in df[y_col]]
        rows = df.assign(**{y_col: np.array([*labels, None], dtype=object)[:-1]})
        return rows.dropna(subset=[y_col]), known

    def _filter_valid_filepaths(self, df: pd.DataFrame, x_col: str) -> pd.DataFrame:
        valid = np.array([validate_filename(os.path.join(self.directory, name)) for name in df[x_col]], dtype=bool)
        invalid = np.flatnonzero(~valid)
        if len(invalid):
            warnings.warn(
                f'Found {len(invalid)} invalid image filename(s) in x_col="{x_col}". '
                f"These filename(s) will be ignored. The first: {df[x_col].iloc[invalid[0]]!r}",
                stacklevel=4,
            )
        return df[valid]

    @property
    def labels(self) -> Any:
        """Return the label of every file; for `"multi_output"`, a list with one array for each column."""
        return self._targets if self.class_mode in ("multi_output", "raw") else self.classes

    @property
    def sample_weight(self) -> Any:
        """Return the weight of every file, or `None`."""
        return self._sample_weight

    def _labels_of(self, batch: NDArray[Any], index_array: Index) -> Any:
        if self.class_mode == "multi_output":
            return [output[index_array] for output in self.labels]
        if self.class_mode == "raw":
            return self.labels[index_array]
        return super()._labels_of(batch, index_array)


def _first_of_other_type(column: pd.Series, allowed: Any) -> str:
    """Describe the first value whose type is not allowed."""
    value = next(value for value in column if not isinstance(value, allowed))
    return f"{value!r} of type {type(value).__name__}"


def _check_binary(labels: pd.Series, classes: Any) -> None:
    if classes:
        if len(set(classes)) != 2:
            raise ValueError(
                f'If class_mode="binary" there must be 2 classes. {len(set(classes))} class/es were given.'
            )
    elif labels.nunique() != 2:
        raise ValueError(f'If class_mode="binary" there must be 2 classes. Found {labels.nunique()} classes.')
