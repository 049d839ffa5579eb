"""Classify new photos with the model of a trained run."""
