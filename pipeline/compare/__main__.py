"""`python -m pipeline.compare`."""

from pipeline.cli import run_command
from pipeline.compare.command import main

if __name__ == "__main__":
    run_command(main)
