"""Names and the scopes that bind them."""

from __future__ import annotations

import ast

import pytest

from pipeline.migrate.scopes import Scopes
from tests.support.migrated import scopes_of

TF = "import tensorflow as tf\n"


def origins(source: str, name: str) -> set[str | None]:
    """Return what the last use of `name` may mean."""
    scopes = scopes_of(source)
    return set(scopes.origins([use for use in scopes.uses if use.id == name][-1]))


@pytest.mark.parametrize(
    ("source", "name", "meant"),
    [
        (TF + "tf", "tf", {"tensorflow"}),
        ("import tensorflow.keras.utils\ntensorflow", "tensorflow", {"tensorflow"}),
        ("from tensorflow import keras as K\nK", "K", {"tensorflow.keras"}),
        ("from . import keras\nkeras", "keras", {"..keras"}),
        (TF + "keras = tf.keras\nkeras", "keras", {"tensorflow.keras"}),
        (TF + "keras: object = tf.keras\nkeras", "keras", {"tensorflow.keras"}),
        (TF + "a, b = tf.keras, 1\na", "a", {"tensorflow.keras"}),
        (TF + "def f(tf): tf", "tf", {None}),
        (TF + "def f(): tf", "tf", {"tensorflow"}),
        (TF + "def f():\n global tf\n tf = 1\ntf", "tf", {"tensorflow", None}),
        ("class A:\n import tensorflow as tf\n def f(self): tf", "tf", set()),
        ("class A:\n import tensorflow as tf\n tf", "tf", {"tensorflow"}),
        (TF + "[tf for tf in x]", "tf", {None}),
        (TF + "lambda tf: tf", "tf", {None}),
        (
            "try:\n import keras\nexcept E:\n from tensorflow import keras\nkeras",
            "keras",
            {"keras", "tensorflow.keras"},
        ),
        ("try:\n import keras\nexcept E:\n keras = None\nkeras", "keras", {"keras"}),
        ("for tf in x: tf", "tf", {None}),
        ("with x as tf: tf", "tf", {None}),
        ("match x:\n case {'a': 1, **tf}: tf", "tf", {None}),
        ("try: pass\nexcept E as tf: tf", "tf", {None}),
        ("a = a.b\na", "a", {None}),
        ("tf", "tf", set()),
    ],
)
def test_what_a_name_means(source: str, name: str, meant: set[str | None]) -> None:
    assert origins(source, name) == meant


def held(source: str) -> str:
    """Return what the argument of `use(...)` holds."""
    scopes = scopes_of(source)
    calls = [node for node in ast.walk(scopes.module.node) if isinstance(node, ast.Call)]
    (call,) = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "use"]
    return ast.unparse(scopes.value(call.args[0]))


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("a = f(1)\nuse(a)", "f(1)"),
        ("a = f(1)\na = f(2)\nuse(a)\na = f(3)", "f(2)"),
        ("def g():\n use(a)\na = f(1)", "f(1)"),
        ("self.a = f(1)\nuse(self.a)", "f(1)"),
        ("a = f(1)\nb = a\nuse(b)", "f(1)"),
        ("a, b = f(1), f(2)\nuse(b)", "f(2)"),
        ("a = f(1)\ndef g(a): use(a)", "a"),
        ("use(f(1))", "f(1)"),
        ("a = a\nuse(a)", "a"),
    ],
)
def test_what_a_name_holds(source: str, value: str) -> None:
    assert held(source) == value


def test_a_very_deep_tree_is_read() -> None:
    deep: ast.expr = ast.Name("x", ast.Load(), lineno=1, col_offset=0)
    for _ in range(20_000):
        deep = ast.UnaryOp(ast.Not(), deep)
    assert len(Scopes(ast.Module([ast.Expr(deep)], [])).uses) == 1


def test_the_names_of_all_scopes() -> None:
    assert scopes_of("import a.b\ndef f(c, *d): e = g").names() == {"a", "f", "c", "d", "e", "g"}
