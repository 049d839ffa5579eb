"""Configure how images are shuffled, cached and put into batches."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from pipeline.config import checks
from pipeline.config.brief import print_briefly

__all__ = ["Cache", "CacheFingerprint", "LoaderConfig"]

Cache = Literal["none", "memory", "disk", "auto"]
CacheFingerprint = Literal["stat", "content"]


@dataclass(frozen=True)
class LoaderConfig:
    """Options for shuffling, caching and batching images. The fields are checked when the object is made.

    Args:
        batch_size: Images in a batch.
        shuffle: Whether the training photos come in random order.
        reshuffle: With `shuffle`, whether each epoch has a new order; false keeps one order for all epochs.
        drop_remainder: Whether the last batch of an epoch is dropped if it is not full.
        cache: Keeps decoded images, uint8: in "memory", on "disk", nowhere ("none"), or where they fit ("auto":
            memory, else disk).
        cache_folder: Folder of the disk cache; null means the user's cache folder.
        cache_limit: The most gigabytes (10^9 bytes) that all caches in that folder may take; images that do not fit
            are decoded each time. Null means no limit.
        cache_fingerprint: How the disk cache recognises a photo: "stat" by path, size and time of last change;
            "content" by a hash of its bytes, which reads every file once at each start.

    Raises:
        InputError: A value is not allowed; the message names the field.
    """

    batch_size: int = 32
    shuffle: bool = True
    reshuffle: bool = True
    drop_remainder: bool = False
    cache: Cache = "auto"
    cache_folder: str | None = None
    cache_limit: float | None = None
    cache_fingerprint: CacheFingerprint = "stat"

    _repr_pretty_ = print_briefly

    def __post_init__(self) -> None:
        checks.set_fields(
            self,
            batch_size=checks.integer("loader.batch_size", self.batch_size, "an integer of at least 1", low=1),
            shuffle=checks.flag("loader.shuffle", self.shuffle),
            reshuffle=checks.flag("loader.reshuffle", self.reshuffle),
            drop_remainder=checks.flag("loader.drop_remainder", self.drop_remainder),
            cache=checks.choice("loader.cache", self.cache, get_args(Cache)),
            cache_folder=checks.path("loader.cache_folder", self.cache_folder, "the path of a folder, or null"),
            cache_limit=_cache_limit(self.cache_limit),
            cache_fingerprint=checks.choice(
                "loader.cache_fingerprint", self.cache_fingerprint, get_args(CacheFingerprint)
            ),
        )


def _cache_limit(value: Any) -> float | None:
    if value is None or (checks.is_finite(value) and value > 0):
        return None if value is None else float(value)
    raise checks.refusal("loader.cache_limit", "null or a number of gigabytes greater than 0", value)
