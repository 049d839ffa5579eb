"""The entry point of `python -m pipeline.prepare`."""

from pipeline.console.arguments import run_command
from pipeline.prepare.command import main

if __name__ == "__main__":
    run_command(main)
