"""Sources of examples: folders, arrays, public data sets. The rest of the package knows `Examples` and `Source`."""
