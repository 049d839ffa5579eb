"""`python -m pipeline.train`."""

from pipeline.console.arguments import run_command
from pipeline.train.command import main

if __name__ == "__main__":
    run_command(main)
