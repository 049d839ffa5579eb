"""A trained run as one artifact that takes encoded pictures."""
