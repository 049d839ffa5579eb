"""The entry point of `python -m pipeline.profile`."""

from pipeline.console.arguments import run_command
from pipeline.profile.command import COMMAND

if __name__ == "__main__":
    run_command(COMMAND.main)
