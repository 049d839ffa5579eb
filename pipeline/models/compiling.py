"""Compile a network: set its optimizer, learning rate, loss and metric."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from pipeline.config import FitConfig
from pipeline.models.head import Head

__all__ = ["compile_model"]

OPTIMIZERS = {"rmsprop": keras.optimizers.RMSprop, "adam": keras.optimizers.Adam, "sgd": keras.optimizers.SGD}
# The default learning rate at the end of a schedule, as a share of the first one.
FINAL_SHARE = 0.01


def _learning_rate(fit: FitConfig, rate: float, epochs: int, steps: int) -> Any:
    """Return the learning rate: a number, or a schedule by the optimizer's step, so that a resumed run continues it."""
    total = epochs * steps
    end = fit.final_learning_rate if fit.final_learning_rate is not None else FINAL_SHARE * rate
    if fit.schedule == "exponential":
        return keras.optimizers.schedules.ExponentialDecay(rate, total, min(end, rate) / rate)
    if fit.schedule != "cosine":
        return rate
    warmup = min(fit.warmup_epochs, epochs - 1) * steps
    return keras.optimizers.schedules.CosineDecay(
        0.0 if warmup else rate,
        total - warmup,
        alpha=min(end, rate) / rate,
        warmup_target=rate if warmup else None,
        warmup_steps=warmup,
    )


def compile_model(model: keras.Model, fit: FitConfig, head: Head, steps: int = 1, *, fine_tuning: bool = False) -> None:
    """Compile a model. XLA is used by default, except with TensorFlow on a CPU, where it is slower.

    Args:
        model: the model.
        fit: the configuration of the training.
        head: the model's last layer, with its loss and metric.
        steps: the steps of an epoch, for the schedule.
        fine_tuning: whether this is the second part of a training, which has its own learning rate and epochs.
    """
    rate = fit.fine_tune_learning_rate if fine_tuning else fit.learning_rate
    epochs = fit.fine_tune_epochs if fine_tuning else fit.epochs
    averaged = {} if fit.ema is None else {"use_ema": True, "ema_momentum": fit.ema}
    tensorflow_on_a_cpu = keras.backend.backend() == "tensorflow" and not tf.config.list_physical_devices("GPU")
    automatic = False if tensorflow_on_a_cpu else "auto"
    model.compile(
        optimizer=OPTIMIZERS[fit.optimizer](learning_rate=_learning_rate(fit, rate, epochs, steps), **averaged),
        loss=head.loss,
        metrics=[getattr(keras.metrics, head.metric)(name=head.metric_name)],
        steps_per_execution=fit.steps_per_execution,
        jit_compile=automatic if fit.jit_compile is None else fit.jit_compile,
    )
