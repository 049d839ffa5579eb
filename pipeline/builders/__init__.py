"""One module for each function that builds an `ImageData`."""
