"""Several training runs side by side: `python -m pipeline.compare`; no TensorFlow."""
