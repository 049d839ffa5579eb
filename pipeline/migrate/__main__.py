"""The entry point of `python -m pipeline.migrate`."""

from pipeline.console.arguments import run_command
from pipeline.migrate.command import COMMAND

if __name__ == "__main__":
    run_command(COMMAND.main)
