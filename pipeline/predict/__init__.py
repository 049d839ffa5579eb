"""Classes of new photos, by a trained run."""
