"""The entry point of `python -m bench.report`."""

from bench.report.command import main
from pipeline.console.arguments import run_command

if __name__ == "__main__":
    run_command(main)
