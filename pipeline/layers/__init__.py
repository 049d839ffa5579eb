"""Keras layers that apply this package's augmentation in a model, a `Sequential` or `Dataset.map`."""

from pipeline.layers.affine import RandomAffine

__all__ = ["RandomAffine"]
