"""List the commands: `python -m pipeline`."""

import importlib
from pathlib import Path

from pipeline.console.arguments import run_command
from pipeline.console.command import Command
from pipeline.console.streams import print_text

__all__ = ["find_commands", "main"]


def find_commands() -> list[Command]:
    """Return the commands in the order of the list: each folder with a `__main__.py` states one in its `command.py`."""
    folders = sorted(path.parent.name for path in Path(__file__).parent.glob("*/__main__.py"))
    commands = [importlib.import_module(f"pipeline.{name}.command").COMMAND for name in folders]
    return sorted(commands, key=lambda command: command.place)


def main() -> int:
    """Print the list and return the exit code."""
    commands = find_commands()
    width = max(len(command.name) for command in commands)
    lines = (f"  python -m pipeline.{command.name:<{width}}  {command.summary}" for command in commands)
    print_text("\n".join(["Commands, each with --help:", *lines]) + "\n")
    return 0


if __name__ == "__main__":
    run_command(main)
