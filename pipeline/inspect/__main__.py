"""The entry point of `python -m pipeline.inspect`."""

from pipeline.console.arguments import run_command
from pipeline.inspect.command import COMMAND

if __name__ == "__main__":
    run_command(COMMAND.main)
