"""`image_dataset_from_directory`: Keras' signature and meaning, over this package's order, cache and augmentation."""
