"""Measure where the time of training goes, stage by stage, and recommend a change."""
