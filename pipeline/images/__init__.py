"""Encoded bytes to uint8 `[H, W, C]`: one function for training, evaluation, prediction and export."""
