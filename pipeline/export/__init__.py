"""Export a trained run as one artifact that takes encoded images."""
