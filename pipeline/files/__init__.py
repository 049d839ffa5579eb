"""Work with files and folders: atomic writes, locks, fingerprints, walks, output folders, a full disk."""
