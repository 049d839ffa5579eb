"""Work with the process and its machine: cores, memory, signals, progress, notebooks, TensorFlow's start."""
