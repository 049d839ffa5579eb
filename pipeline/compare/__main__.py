"""The entry point of `python -m pipeline.compare`."""

from pipeline.compare.command import COMMAND
from pipeline.console.arguments import run_command

if __name__ == "__main__":
    run_command(COMMAND.main)
