"""The arms by name. This module imports no library of an arm; an arm whose library is missing is skipped by name."""

from __future__ import annotations

from bench.arms.arm import Arm, Setting
from bench.arms.generator import adapter_settings
from bench.arms.keras_layers import map_settings
from bench.arms.limits import LIMITS
from bench.arms.package import service_settings
from bench.arms.peers import PEERS

__all__ = ["ARMS", "LIMITS", "Arm", "Setting", "find_arm"]

TENSORFLOW = ("pipeline.runtime.startup", "tensorflow", "keras")
PACKAGE = (*TENSORFLOW, "pipeline.builders.directory")
AUGMENTED, PLAIN = (True,), (False,)


def _generators() -> list[Arm]:
    """Keras' generator and, by the same functions, the drop-in."""
    made = []
    for name, library in (("generator", "keras"), ("drop-in", "pipeline")):
        imports = (*TENSORFLOW, "pipeline.legacy.generator") if library == "pipeline" else TENSORFLOW
        options = {"library": library}

        def arm(suffix: str, function: str, **more: object) -> Arm:
            fields = {"imports": imports, "options": options, "limit": "decode exact", "buffer": 4, **more}  # noqa: B023
            return Arm(name + suffix, f"bench.arms.generator:{function}", **fields)  # type: ignore[arg-type]  # noqa: B023

        made += [
            arm("", "in_a_loop", buffer=0 if library == "keras" else 4),
            arm("-adapter", "through_adapter", settings=adapter_settings, buffer=12, least=20),
            arm("-function", "with_function", augments=AUGMENTED),
            arm("-arrays", "arrays", limit="warp", augments=AUGMENTED),
            arm("-arrays-float", "floats", limit="warp", augments=AUGMENTED),
            arm("-whitened", "whitened", limit="", augments=AUGMENTED),
        ]
    return made


def _keras_layers() -> list[Arm]:
    code = "bench.arms.keras_layers"
    return [
        Arm("keras-layers", f"{code}:in_map", settings=map_settings, limit="decode exact"),
        Arm("keras-layers-in-model", f"{code}:in_model", limit="decode exact", augments=AUGMENTED),
        Arm("keras-layers-cached", f"{code}:cached", limit="copy", fills=True),
    ]


def _package() -> list[Arm]:
    def arm(name: str, function: str, **fields: object) -> Arm:
        return Arm(name, f"bench.arms.package:{function}", imports=PACKAGE, **fields)  # type: ignore[arg-type]

    return [
        arm("pipeline", "uncached"),
        arm("pipeline-exact", "exact", limit="decode exact"),
        arm("pipeline-memory", "memory", limit="copy"),
        arm("pipeline-disk", "disk", limit="copy"),
        arm("pipeline-in-model", "in_model", augments=AUGMENTED),
        arm("pipeline-memory-in-model", "in_model", options={"cache": "memory"}, limit="warp", augments=AUGMENTED),
        arm("pipeline-with-keras-layers", "with_keras_layers", augments=AUGMENTED),
        arm("pipeline-service", "on_service", settings=service_settings, augments=AUGMENTED),
    ]


ARMS: dict[str, Arm] = {arm.name: arm for arm in (*_generators(), *_keras_layers(), *_package(), *PEERS)}


def find_arm(name: str) -> Arm:
    """Return the arm or limit of this name.

    Raises:
        ValueError: no arm and no limit has this name.
    """
    everyone = {**ARMS, **LIMITS}
    if name not in everyone:
        raise ValueError(f"no arm has this name. Received: {name!r}; allowed: {', '.join(everyone)}")
    return everyone[name]
