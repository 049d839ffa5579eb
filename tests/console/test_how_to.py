"""The next step in a message: a shell command, or a Python call."""

from __future__ import annotations

import shlex

import pytest

from pipeline import commands
from pipeline.console.how_to import call, option, said_in_python


def test_a_command_is_one_that_a_shell_runs() -> None:
    said = call("predict", "runs/my first", "a.jpg", output="rows.csv", resume=True)
    assert said == "python -m pipeline.predict 'runs/my first' a.jpg --output rows.csv --resume"
    assert shlex.split(said)[3:] == ["runs/my first", "a.jpg", "--output", "rows.csv", "--resume"]


def test_a_call_is_one_that_python_runs() -> None:
    with said_in_python():
        said = call("predict", "it's", "a.jpg", resume=True)
    name, _, arguments = said.removeprefix("pipeline.commands.").partition("(")
    assert hasattr(commands, name)
    assert eval(f"dict_of({arguments}", {"dict_of": lambda *given, **named: (given, named)}) == (
        ("it's", "a.jpg"),
        {"resume": True},
    )


@pytest.mark.parametrize(
    ("given", "shell", "python"),
    [
        (("image.resize", "pad"), "--image.resize pad", 'image={"resize": "pad"}'),
        (("data.download", "true"), "--data.download true", 'data={"download": True}'),
        (("data.validation", "null"), "--data.validation null", 'data={"validation": None}'),
        (("data.train", "DIR"), "--data.train DIR", 'data={"train": DIR}'),
        (("seed", "N"), "--seed N", "seed=N"),
        (("write",), "--write", "write=True"),
    ],
)
def test_an_option_has_the_words_of_its_caller(given: tuple[str, ...], shell: str, python: str) -> None:
    assert option(*given) == shell
    with said_in_python():
        assert option(*given) == python
    assert option(*given) == shell
