"""Pairs of flows: one trains and the other validates."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.migrate.fits import find_fits
from pipeline.migrate.flows import read_flows
from pipeline.migrate.pairs import pair_flows
from pipeline.migrate.scopes import Scopes
from tests.support.migrated import script

IMPORT = "from keras.preprocessing.image import ImageDataGenerator\nd = ImageDataGenerator(validation_split=0.2)\n"


def flow(name: str, directory: str, subset: str | None = None) -> str:
    return f"{name} = d.flow_from_directory('{directory}', subset={subset!r})\n"


def paired(source: str) -> list[tuple[str, str | None, bool, int]]:
    document = script(IMPORT + source)
    scopes = Scopes(document.tree)
    flows, _ = read_flows(document, scopes)
    fits, _ = find_fits(flows, scopes)
    pairs = pair_flows(flows, fits)
    return [(p.train.name, p.validation.name if p.validation else None, p.is_split, len(p.fits)) for p in pairs]


@pytest.mark.parametrize(
    ("source", "pairs"),
    [
        (flow("a", "x") + flow("b", "y") + "m.fit(a, validation_data=b)", [("a", "b", False, 1)]),
        (flow("b", "y") + flow("a", "x") + "m.fit(a, validation_data=b)", [("a", "b", False, 1)]),
        (flow("a", "x", "training") + flow("b", "x", "validation"), [("a", "b", True, 0)]),
        (flow("a", "x", "training") + flow("b", "x", "validation").replace("'x'", '"x"'), [("a", "b", True, 0)]),
        (flow("a", "x", "training") + flow("b", "y", "validation"), [("a", None, True, 0), ("b", None, True, 0)]),
        (flow("train_gen", "x") + flow("val_gen", "y"), [("train_gen", "val_gen", False, 0)]),
        (flow("train_gen", "x") + flow("test_gen", "y"), [("train_gen", "test_gen", False, 0)]),
        (
            flow("train_gen", "x") + flow("test_gen", "z") + flow("validation_gen", "y"),
            [("train_gen", "validation_gen", False, 0), ("test_gen", None, False, 0)],
        ),
        (flow("a", "x") + "m.fit(a)\nm.fit(a)", [("a", None, False, 2)]),
        (flow("a", "x") + flow("val", "y") + "m.fit(a)", [("a", "val", False, 1)]),
        (flow("a", "x") + flow("b", "y"), [("a", None, False, 0), ("b", None, False, 0)]),
        (
            flow("a", "x")
            + flow("v", "y")
            + flow("w", "z")
            + "m.fit(a, validation_data=v)\nm.fit(a, validation_data=w)",
            [("a", "v", False, 1), ("a", "w", False, 1)],
        ),
    ],
)
def test_pairs(source: str, pairs: list[tuple[str, str | None, bool, int]]) -> None:
    assert paired(source) == pairs


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["train", "train_val", "val", "test", "gen"]),
            st.sampled_from(["x", "y"]),
            st.sampled_from([None, "training", "validation"]),
        ),
        max_size=5,
    ),
    st.booleans(),
)
def test_no_feed_is_lost(flows: list[tuple[str, str, str | None]], fitted: bool) -> None:
    names = [f"{name}{k}" for k, (name, _, _) in enumerate(flows)]
    source = "".join(flow(name, place, subset) for name, (_, place, subset) in zip(names, flows, strict=True))
    source += f"m.fit({names[0]}, validation_data={names[-1]})\n" if fitted and names else ""
    found = [name for train, validation, *_ in paired(source) for name in {train, validation} if name]
    assert sorted(found) == sorted(names)
