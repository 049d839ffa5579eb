"""Decoded pictures kept as uint8, by index, before anything random (D5)."""
