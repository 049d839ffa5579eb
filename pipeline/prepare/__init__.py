"""Fill or clear the disk cache before training: `python -m pipeline.prepare`."""
