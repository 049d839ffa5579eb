"""Train and resume runs: the run directory, history, checkpoints, and the trained run for later commands."""
