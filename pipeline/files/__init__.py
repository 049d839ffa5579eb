"""Files as a whole: written at once or not at all, output folders, a disk that is full."""
