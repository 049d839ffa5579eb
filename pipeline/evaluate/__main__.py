"""The entry point of `python -m pipeline.evaluate`."""

from pipeline.console.arguments import run_command
from pipeline.evaluate.command import COMMAND

if __name__ == "__main__":
    run_command(COMMAND.main)
