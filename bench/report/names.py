"""Plain names of the arms for charts and sentences, for readers who do not know the code."""

from __future__ import annotations

__all__ = ["PLAIN", "plain"]

_GENERATORS = {
    "": "",
    "-adapter": " (with workers)",
    "-function": " (with a function)",
    "-arrays": " (from arrays)",
    "-arrays-float": " (from float arrays)",
    "-whitened": " (with whitening)",
}
PLAIN: dict[str, str] = {
    **{f"generator{end}": f"Keras' generator{more}" for end, more in _GENERATORS.items()},
    **{f"drop-in{end}": f"this package's drop-in{more}" for end, more in _GENERATORS.items()},
    "keras-layers": "Keras' layers",
    "keras-layers-in-model": "Keras' layers (in the model)",
    "keras-layers-cached": "Keras' layers (cached)",
    "pipeline": "this package",
    "pipeline-exact": "this package (exact decode)",
    "pipeline-memory": "this package (memory cache)",
    "pipeline-memory-train": "this package (memory cache, an iterator an epoch)",
    "pipeline-disk": "this package (disk cache)",
    "pipeline-in-model": "this package (in the model)",
    "pipeline-memory-in-model": "this package (memory cache, in the model)",
    "pipeline-with-keras-layers": "this package (with Keras' layers)",
    "pipeline-service": "this package (on tf.data service)",
    "torchvision": "torchvision",
    "dali": "NVIDIA DALI",
    "dali-gpu": "NVIDIA DALI (on the GPU)",
    "grain-opencv": "Grain with OpenCV",
    "albumentations": "Albumentations",
    "ffcv": "FFCV",
    "constant": "one constant batch",
}


def plain(arm: str) -> str:
    """Return the plain name of an arm, or the arm's own name if it has none."""
    return PLAIN.get(arm, arm)
