"""Run a trained model on images. The commands `predict` and `export` share this folder."""
