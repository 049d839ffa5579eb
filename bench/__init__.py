"""Benchmarks: Keras' generator, Keras' data sets and this package on the same photos."""
