"""Measure how good a trained model is, and on which photos it is wrong: `python -m pipeline.evaluate`."""
