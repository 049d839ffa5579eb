"""Build networks with the head and the loss that fit the labels, and check the user's own models."""
