"""Run a trained model on images; `predict` and `export` share it."""
