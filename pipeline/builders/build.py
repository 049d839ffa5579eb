"""A configuration to `ImageData`, whatever source it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.builders.arrays import build_dataset
from pipeline.builders.assemble import resolve_batching
from pipeline.builders.directory import build_directory
from pipeline.config import DataConfig, ImageConfig, LoaderConfig
from pipeline.dataset.image_data import ImageData
from pipeline.reading.lost import Lost

__all__ = ["build"]


def build(
    data: DataConfig,
    image: ImageConfig | None = None,
    loader: LoaderConfig | None = None,
    augment: Any = None,
    seed: int | None = 0,
    start: int | Mapping[str, Any] = 0,
    lost: Sequence[Lost] = (),
) -> ImageData:
    """Build what the configuration describes.

    Args:
        data: which folders, or which public data set.
        image: how files become pixels.
        loader: how pixels become batches.
        augment: a `pipeline.Augment`, a Keras layer, a list of Keras layers, or `None`; as for `from_directory`.
        seed: from which all random choices follow; `None` draws one and says it.
        start: a global step, or what `ImageData.state` gave.
        lost: photos that a run of these data lost.

    Raises:
        MissingPathError: a folder is not there.
        InputError: a folder's contents or a value cannot be used; the message says which and the way out.
    """
    image, loader = image or ImageConfig(), loader or LoaderConfig()
    batching = resolve_batching(loader, augment, seed, start)
    if data.dataset is not None:
        return build_dataset(data, image, batching)
    return build_directory(data, image, batching, lost)
