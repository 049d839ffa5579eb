"""Train a classifier: `python -m pipeline.train`."""
