"""The entry point of `python -m pipeline.export`."""

from pipeline.console.arguments import run_command
from pipeline.export.command import COMMAND

if __name__ == "__main__":
    run_command(COMMAND.main)
