"""Where the time of training goes: each stage alone and together, and what to change."""
