"""Compare several training runs. This folder does not import TensorFlow."""
