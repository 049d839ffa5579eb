"""The measurement: processes that run in turn, their memory, intervals, repeats, and the rows of a run."""
