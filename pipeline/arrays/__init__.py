"""Arrays as a source: the pictures and labels in them, and `ImageData` of them."""
