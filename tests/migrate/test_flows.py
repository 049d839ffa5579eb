"""Each flow with its generator, however they are held."""

from __future__ import annotations

import pytest

from pipeline.migrate.fits import find_fits
from pipeline.migrate.flows import Flow, read_flows
from pipeline.migrate.imports import Changes
from pipeline.migrate.scopes import Scopes
from tests.support.migrated import script

IMPORT = "from keras.preprocessing.image import ImageDataGenerator\n"


def read(source: str) -> tuple[list[Flow], Changes]:
    document = script(source)
    return read_flows(document, Scopes(document.tree))


@pytest.mark.parametrize(
    "source",
    [
        IMPORT + "d = ImageDataGenerator(rescale=2)\ng = d.flow_from_directory('x')",
        IMPORT + "g = ImageDataGenerator(rescale=2).flow_from_directory('x')",
        IMPORT + "d = ImageDataGenerator(rescale=1)\nd = ImageDataGenerator(rescale=2)\ng = d.flow_from_directory('x')",
        IMPORT + "def f():\n g = d.flow_from_directory('x')\nd = ImageDataGenerator(rescale=2)",
        IMPORT + "self.d = ImageDataGenerator(rescale=2)\ng = self.d.flow_from_directory('x')",
        "import keras.preprocessing as p\ng = p.image.ImageDataGenerator(rescale=2).flow_from_directory('x')",
        "import pipeline as p\ng = p.ImageDataGenerator(rescale=2).flow_from_directory('x')",
        "from pipeline.legacy import ImageDataGenerator as I\ng = I(rescale=2).flow_from_directory('x')",
        "from keras.preprocessing.image import *\ng = ImageDataGenerator(rescale=2).flow_from_directory('x')",
    ],
)
def test_a_flow_is_read(source: str) -> None:
    (flow,), _ = read(source)
    assert (flow.directory, flow.options["rescale"], flow.names) == ("'x'", "2", ("g",))


def test_flows_come_in_the_order_of_the_text() -> None:
    flows, _ = read(IMPORT + "\n".join(f"g{k} = ImageDataGenerator().flow_from_directory({k})" for k in range(5)))
    assert [flow.directory for flow in flows] == ["0", "1", "2", "3", "4"]


def test_splits_and_augmentation() -> None:
    source = "d = ImageDataGenerator(validation_split=0.2, zoom_range=z)\nd.flow_from_directory('x', subset='training')"
    (flow,), _ = read(IMPORT + source)
    assert (flow.split, flow.subset, flow.augment, flow.augmenting is not None) == (
        "0.2",
        "training",
        {"zoom_range": "z"},
        True,
    )
    assert (flow.names, flow.name) == ((), "flow_from_directory(...)")
    (plain,), _ = read(IMPORT + "ImageDataGenerator(validation_split=0.0).flow_from_directory('x', subset=s)")
    assert (plain.split, plain.augmenting) == (None, None)
    assert any("subset is not written out" in note.text for note in plain.notes)


@pytest.mark.parametrize(
    ("source", "told", "unread"),
    [
        ("d = ImageDataGenerator()\nd.flow((x, extra), y)", "flow takes several arrays", False),
        ("d = ImageDataGenerator()\nx = [a, b]\nd.flow(x, y)", "flow takes several arrays", False),
        ("d = ImageDataGenerator()\nd.flow(x, y, sample_weight=w)", "flow takes sample_weight", False),
        ("d = ImageDataGenerator()\nd.flow(y=y)", "arguments in * or **", True),
        ("d = ImageDataGenerator()\nd.flow_from_dataframe(df)", "flow_from_dataframe reads a table", False),
        ("d = ImageDataGenerator()\nd.fit(x)", "fit measures photos", False),
        ("def f(d): d.flow_from_directory('x')", "which ImageDataGenerator d is here", True),
        ("a[0].flow_from_dataframe(df)", "which ImageDataGenerator this is here", True),
        ("ImageDataGenerator(**a).flow_from_directory('x')", "arguments in * or **", True),
        ("ImageDataGenerator().flow_from_directory(*a)", "arguments in * or **", True),
        ("d = ImageDataGenerator()\n{k: d.flow_from_directory(k) for k in 'ab'}", "makes several flows", False),
        ("d = ImageDataGenerator()\n[d.flow(a, b, 8) for a, b in z]", "write pipeline.from_arrays once", False),
        ("d = ImageDataGenerator()\nfor k in 'ab':\n g[k] = d.flow_from_directory(k)", "makes several flows", False),
    ],
)
def test_what_has_no_equivalent_is_told(source: str, told: str, unread: bool) -> None:
    flows, changes = read(IMPORT + source)
    ((note),) = changes.notes
    assert (flows, told in note.text, note.unread) == ([], True, unread)


@pytest.mark.parametrize(
    "source",
    [
        "a = dict(rescale=2)\nImageDataGenerator(**a)",
        "a = {'rescale': 2}\nprint(a)\nImageDataGenerator(**a)",
        "b = {'rescale': 1}\na = dict(b, rescale=2)\nImageDataGenerator(**a)",
        "b = {'rescale': 2}\nImageDataGenerator(**{'zoom_range': 0, **b})",
        "def f():\n  a = dict(rescale=3)\na = dict(rescale=1)\na = dict(rescale=2)\nImageDataGenerator(**a)",
    ],
)
def test_a_dictionary_that_is_written_out_is_read(source: str) -> None:
    *above, last = source.split("\n")
    (flow,), _ = read(IMPORT + "\n".join([*above, f"{last}.flow_from_directory('x')"]))
    assert flow.options["rescale"] == "2"


@pytest.mark.parametrize(
    "source",
    [
        "def f(a):\n  return ImageDataGenerator(**a)",
        "a = dict(rescale=1)\na['rescale'] = 2\nd = ImageDataGenerator(**a)",
        "a = dict(rescale=1)\na.update(b)\nd = ImageDataGenerator(**a)",
        "a = dict(rescale=1)\nchange(a)\nd = ImageDataGenerator(**a)",
        "a = dict(rescale=1)\nb = a\nb['rescale'] = 2\nd = ImageDataGenerator(**a)",
        "if c:\n  a = dict(rescale=1)\nelse:\n  a = dict(rescale=2)\nd = ImageDataGenerator(**a)",
        "a = {k: 1 for k in b}\nd = ImageDataGenerator(**a)",
        "a = {NAME: 1}\nd = ImageDataGenerator(**a)",
    ],
)
def test_a_dictionary_that_may_hold_something_else_is_not(source: str) -> None:
    flows, changes = read(IMPORT + source.replace("d = ", "") + ".flow_from_directory('x')")
    assert (flows, [note.unread for note in changes.notes]) == ([], [True])


@pytest.mark.parametrize(
    "source",
    [
        "g = {'train': d.flow_from_directory('x')}\nm.fit(g['train'])",
        "g = {}\ng['train'] = d.flow_from_directory('x')\nm.fit(g['train'])",
        "self.g['train'] = d.flow_from_directory('x')\nm.fit(self.g['train'])",
    ],
)
def test_a_flow_is_found_in_a_dictionary(source: str) -> None:
    document = script(IMPORT + "d = ImageDataGenerator()\n" + source)
    scopes = Scopes(document.tree)
    flows, _ = read_flows(document, scopes)
    (fit,), _ = find_fits(flows, scopes)
    assert (fit.train, flows[0].name) == (flows[0], "train")


def test_a_loop_over_a_flow_is_no_place_of_it() -> None:
    (flow,), _ = read(IMPORT + "for b in ImageDataGenerator().flow(x):\n  break")
    assert not any("belongs inside" in note.text for note in flow.notes)


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("def f(p):\n  return d.flow_from_directory(p)", "f() of line 3"),
        ("for i, j in k.split(x):\n  g = d.flow(x[i], y[i])", "the loop of line 3"),
    ],
)
def test_where_the_code_belongs_is_told(source: str, place: str) -> None:
    (flow,), _ = read(IMPORT + "d = ImageDataGenerator()\n" + source)
    assert any(f"this code belongs inside {place}" in note.text for note in flow.notes)


def test_other_things_flow_and_fit_too() -> None:
    assert read("river.flow(x)\nmodel.fit(x)\nscaler = Scaler()\nscaler.fit(x)") == ([], Changes())


def test_the_data_set_function_keeps_its_arguments() -> None:
    source = "from keras.utils import image_dataset_from_directory as i\ni('a')\ni('b')"
    (note,) = read(source)[1].notes
    assert (note.line, note.unread) == (2, False)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("if a:\n d = ImageDataGenerator()\nelse:\n d = ImageDataGenerator()\nd.flow_from_directory('x')", True),
        ("if a:\n d = ImageDataGenerator()\n d.flow_from_directory('x')\nelse:\n d = 1", False),
        ("d = 1\nd = ImageDataGenerator()\nif a:\n d.flow_from_directory('x')", False),
        ("if a:\n d = ImageDataGenerator()\nd.flow_from_directory('x')", False),
    ],
)
def test_a_generator_that_depends_on_a_branch_is_told(source: str, told: bool) -> None:
    (flow,), _ = read(IMPORT + source)
    assert any("depends on a branch" in note.text for note in flow.notes) is told


def test_hidden_arguments_are_named_where_they_stand() -> None:
    _, changes = read(
        IMPORT + "d = ImageDataGenerator(**a)\nd.flow_from_directory('x')\nImageDataGenerator().flow_from_directory(*b)"
    )
    assert [note.line for note in changes.notes] == [2, 4]
