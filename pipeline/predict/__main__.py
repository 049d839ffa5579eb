"""The entry point of `python -m pipeline.predict`."""

from pipeline.console.arguments import run_command
from pipeline.predict.command import COMMAND

if __name__ == "__main__":
    run_command(COMMAND.main)
