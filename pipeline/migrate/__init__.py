"""Reads code that uses Keras' `ImageDataGenerator` and shows it with `pipeline`; runs none of it."""
