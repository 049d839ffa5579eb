"""A training run: its folder, history, checkpoints, and how it is resumed."""
