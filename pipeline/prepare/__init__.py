"""Fill or clear the disk cache before training."""
