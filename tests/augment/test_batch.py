"""A batch as Keras takes it."""

from __future__ import annotations

import tensorflow as tf

from pipeline.augment.batch import Batch, pack

INDEX, EPOCH = tf.range(2, dtype=tf.int64), tf.constant(0, tf.int64)
IMAGE, AGE, LABELS = tf.zeros([2, 3, 3, 1]), tf.ones([2, 1]), tf.constant([1, 0])


def test_one_input_is_a_tensor_and_several_are_a_dict() -> None:
    assert pack(Batch({"image": IMAGE}, None, None, INDEX, EPOCH)) is IMAGE
    x, y = pack(Batch({"image": IMAGE, "age": AGE}, LABELS, None, INDEX, EPOCH))
    assert (list(x), y) == (["image", "age"], LABELS)


def test_weights_come_third() -> None:
    weights = tf.constant([0.5, 1.0])
    assert pack(Batch({"image": IMAGE}, LABELS, weights, INDEX, EPOCH)) == (IMAGE, LABELS, weights)
    targets = {"kind": LABELS, "age": AGE}
    assert pack(Batch({"image": IMAGE}, targets, None, INDEX, EPOCH)) == (IMAGE, targets)
