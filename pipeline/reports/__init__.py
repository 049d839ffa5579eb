"""Report what lies in a folder of photos; `inspect` and `evaluate` share it."""
