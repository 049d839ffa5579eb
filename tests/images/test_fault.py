"""Faults go through a TensorFlow graph and come out with their kind and values."""

from __future__ import annotations

import string
from typing import get_args

import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from pipeline.images.fault import Fault, FaultKind, from_message, to_message
from pipeline.images.load import fault_of
from pipeline.text.messages import LANGUAGES, catalog

VALUES = {
    "archive": "ZIP",
    "claim": "30 x 20 = 600",
    "detail": 'cut "short" at | {7} (end)',
    "hint": "a hint",
    "limit": 599,
    "pillow": "12.0",
    "pixels": 600,
}


def of_kind(kind: FaultKind) -> Fault:
    """A fault with the values that the sentence of its kind names."""
    names = {name for _, name, _, _ in string.Formatter().parse(catalog("en", "unreadable")[kind]) if name}
    return Fault(kind, {name: VALUES[name] for name in names})


def raised(message: str) -> tf.errors.OpError:
    """The error that a graph raises with this message."""

    @tf.function
    def fail() -> tf.Tensor:
        with tf.control_dependencies([tf.debugging.Assert(tf.constant(False), [tf.constant(message)])]):
            return tf.constant(0)

    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        fail()
    return caught.value


def test_every_kind_has_a_sentence() -> None:
    for language in LANGUAGES:
        assert set(catalog(language, "unreadable")) == set(get_args(FaultKind))


@pytest.mark.parametrize("kind", get_args(FaultKind))
def test_a_fault_comes_out_of_a_graph_as_it_went_in(kind: FaultKind) -> None:
    fault = of_kind(kind)
    found = fault_of(raised(to_message(fault)))
    assert (found, str(found)) == (fault, str(fault))
    assert "\n" not in str(found)


@given(st.text(max_size=40))
def test_any_words_come_back(detail: str) -> None:
    fault = Fault("damaged", {"detail": detail})
    assert from_message(f"before {to_message(fault)} behind") == fault


def test_an_error_of_the_file_system_is_of_its_kind() -> None:
    with pytest.raises(tf.errors.NotFoundError) as caught:
        tf.io.read_file("/nowhere/a.jpg")
    assert fault_of(caught.value).kind == "missing"
    assert fault_of(tf.errors.PermissionDeniedError(None, None, "/a.jpg; Permission denied")).kind == "no_permission"
    assert fault_of(tf.errors.UnknownError(None, None, "/a.jpg; Input/output error")).kind == "may_pass"
    assert fault_of(tf.errors.ResourceExhaustedError(None, None, "OOM when allocating x")).kind == "out_of_memory"
    assert fault_of(ValueError("something")) == Fault("other", {"detail": "something"})
