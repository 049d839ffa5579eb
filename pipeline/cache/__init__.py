"""Decoded pictures kept as they were read, by index, before anything random."""
