"""The entry point of `python -m pipeline.prepare`."""

from pipeline.console.arguments import run_command
from pipeline.prepare.command import COMMAND

if __name__ == "__main__":
    run_command(COMMAND.main)
