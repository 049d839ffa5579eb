"""`image_dataset_from_directory` with Keras' signature and meaning, and with this package's caches and augmentation."""
