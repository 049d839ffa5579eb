"""Divide examples into training, validation and test."""
