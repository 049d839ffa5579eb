"""Run the command `python -m pipeline.migrate`."""

from pipeline.console.arguments import run_command
from pipeline.migrate.command import main

if __name__ == "__main__":
    run_command(main)
