"""Read examples and name those that cannot be read."""
