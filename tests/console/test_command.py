"""A command is a folder that states its name, its arguments and its work."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence

import pytest

from pipeline.__main__ import find_commands
from pipeline.console.command import Command
from pipeline.errors import InputError
from pipeline.runtime.interrupt import Interrupts
from tests.support.places import ROOT


def numbers(argv: Sequence[str] | None) -> list[int]:
    if argv is None or not all(one.isdigit() for one in argv):
        raise InputError(f"numbers are wanted. Received: {argv}")
    return [int(one) for one in argv]


def test_what_the_arguments_give_is_what_the_work_takes() -> None:
    assert Command("add", "add numbers", 1, numbers, lambda given, _: sum(given)).main(["1", "2"]) == 3
    with pytest.raises(InputError, match="Received: \\['a'\\]"):
        Command("add", "add numbers", 1, numbers, lambda given, _: sum(given)).main(["a"])


def test_a_signal_ends_the_work_with_the_commands_own_line(capsys: pytest.CaptureFixture[str]) -> None:
    def work(given: list[int], interrupts: Interrupts) -> int:
        os.kill(os.getpid(), given[0])
        interrupts.check()
        return 0

    command = Command("end", "end", 1, numbers, work, lambda given: f"interrupted by {given[0]}")
    assert command.main([str(int(signal.SIGTERM))]) == 128 + signal.SIGTERM
    assert capsys.readouterr().err == f"interrupted by {signal.SIGTERM:d}\n"


def test_without_a_line_signals_are_pythons() -> None:
    before = signal.getsignal(signal.SIGINT)

    def work(given: list[int], _: Interrupts) -> int:
        return int(signal.getsignal(signal.SIGINT) is not before)

    for interrupted in (None, lambda given: None):
        assert Command("end", "end", 1, numbers, work, interrupted).main([]) == 0
    assert Command("end", "end", 1, numbers, work, "interrupted").main([]) == 1


def test_each_command_has_its_folders_name_and_a_line_of_its_own() -> None:
    commands = find_commands()
    assert [command.name for command in commands] == [
        path.parent.name for command in commands for path in (ROOT / "pipeline").glob(f"{command.name}/__main__.py")
    ]
    assert (
        len({command.summary for command in commands}) == len({command.place for command in commands}) == len(commands)
    )
    assert len(commands) >= 9


def test_the_list_of_commands_imports_nothing_slow() -> None:
    code = """
import sys, pipeline.__main__
pipeline.__main__.find_commands()
print(*({"tensorflow", "keras", "numpy", "pandas", "matplotlib"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("command", find_commands(), ids=lambda command: command.name)
def test_each_runs_by_its_name(command: Command) -> None:
    arguments = [sys.executable, "-m", f"pipeline.{command.name}", "--help"]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert re.search(rf"usage: python -m pipeline\.{command.name}\b", done.stdout)
