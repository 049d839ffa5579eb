"""Arguments by name, constants, source."""

from __future__ import annotations

import ast
import inspect

import pytest

from pipeline.migrate.arguments import UNKNOWN, arguments, constant, same_source, source
from pipeline.migrate.text import Text
from tests.support.migrated import scopes_of


def call(text: str) -> ast.Call:
    node = ast.parse(text, mode="eval").body
    assert isinstance(node, ast.Call)
    return node


def read(text: str, function: str) -> dict[str, ast.expr] | None:
    scopes = scopes_of(text)
    (node,) = [node for node in scopes.scope_of if isinstance(node, ast.Call)]
    return arguments(node, function, scopes)


def test_positions_and_names() -> None:
    given = read("f('d', (1, 2), batch_size=3)", "flow_from_directory")
    assert given is not None
    assert [(name, ast.unparse(node)) for name, node in given.items()] == [
        ("directory", "'d'"),
        ("target_size", "(1, 2)"),
        ("batch_size", "3"),
    ]
    assert list(read("m.fit_generator(generator=g)", "fit_generator") or ()) == ["x"]


@pytest.mark.parametrize("text", ["f(*a)", "f(**a)", "f(" + "1," * 40 + ")"])
def test_hidden_arguments(text: str) -> None:
    assert read(text, "fit") is None


@pytest.mark.parametrize("function", ["ImageDataGenerator", "flow", "flow_from_directory", "flow_from_dataframe"])
def test_the_order_is_that_of_keras(function: str) -> None:
    image = pytest.importorskip("keras.src.legacy.preprocessing.image")
    generator = image.ImageDataGenerator
    real = generator.__init__ if function == "ImageDataGenerator" else getattr(generator, function)
    names = [name for name in inspect.signature(real).parameters if name not in ("self", "kwargs")]
    given = read(f"f({', '.join(names)})", function)
    assert list(given or ()) == names


@pytest.mark.parametrize("function", ["fit", "evaluate", "predict"])
def test_the_order_is_that_of_a_model(function: str) -> None:
    keras = pytest.importorskip("keras")
    parameters = inspect.signature(getattr(keras.Model, function)).parameters.values()
    names = [one.name for one in parameters if one.name != "self" and one.kind != one.VAR_KEYWORD]
    assert list(read(f"f({', '.join(names)})", function) or ()) == names


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(1, 2)", (1, 2)),
        ("1./255", 1 / 255),
        ("-1", -1),
        ("NAME", "binary"),
        ("TWICE", UNKNOWN),
        ("1/0", UNKNOWN),
        ("f()", UNKNOWN),
        ("a.b", UNKNOWN),
        ("UNBOUND", UNKNOWN),
    ],
)
def test_constants(text: str, value: object) -> None:
    scopes = scopes_of(f"NAME = 'binary'\nTWICE = 1\nTWICE = 2\n{text}")
    assert isinstance(scopes.module.node, ast.Module)
    last = scopes.module.node.body[-1]
    assert isinstance(last, ast.Expr)
    assert constant(last.value, scopes) == value


@pytest.mark.parametrize(
    ("text", "written"),
    [("1./255", "1./255"), ("'고양이'", "'고양이'"), ("(a := 3)", "(a := 3)"), ("(1,\n 2)", "(1,\n 2)")],
)
def test_source_can_stand_as_an_argument(text: str, written: str) -> None:
    whole = f"f(x={text})"
    assert source(call(whole).keywords[0].value, Text(whole)) == written
    ast.parse(f"g(x={written})")


@pytest.mark.parametrize(
    ("one", "other", "same"), [("(1,2)", "( 1,  # a\n2 )", True), ("'a'", '"a"', True), ("a", "b", False)]
)
def test_the_same_source(one: str, other: str, same: bool) -> None:
    assert same_source(one, other) is same
