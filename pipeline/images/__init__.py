"""Decode encoded bytes to uint8 `[H, W, C]`, in the same way for training, evaluation, prediction and export."""
