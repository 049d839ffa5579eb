"""From examples to batches: the order, the column of tf.data, and `ImageData`."""
