"""The process and its machine: cores, signals, progress, notebooks, the start of TensorFlow, options of tf.data."""
