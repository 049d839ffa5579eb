"""The arms of other libraries. Each is optional; one that is not installed is skipped by name."""

from __future__ import annotations

from bench.arms.arm import Arm, Setting
from bench.arms.gpu import has_gpu

__all__ = ["PEERS"]

NO_FFCV = "FFCV: its source distribution does not build (it wants pkg-config's opencv and libturbojpeg headers)"


def _counts(cores: int) -> list[int]:
    return sorted({max(1, cores // 2), cores, 2 * cores})


def _grain(cores: int) -> list[Setting]:
    """Return settings with several threads of one process, or with several processes."""
    return [{"threads": count} for count in _counts(cores)] + [{"workers": count} for count in _counts(cores)]


def _dali(cores: int) -> list[Setting]:
    """Return settings with several numbers of threads, and one with a longer queue."""
    return [{"threads": count} for count in _counts(cores)] + [{"threads": cores, "ready": 4}]


def _torchvision(cores: int) -> list[Setting]:
    """Return settings with several numbers of processes.

    One of them has one more process than cores, since the main process waits most of the time.
    """
    return [{"workers": count} for count in sorted({*_counts(cores), 1, cores + 1})]


def _albumentations(cores: int) -> list[Setting]:
    """Return settings with several numbers of parallel calls of the data set's map."""
    return [{"calls": count} for count in _counts(cores)]


PEERS: tuple[Arm, ...] = (
    Arm(
        "torchvision",
        "bench.arms.torchvision:stream",
        settings=_torchvision,
        imports=("torch", "torchvision"),
        needs=("torch", "torchvision"),
        buffer=16,
    ),
    Arm(
        "dali",
        "bench.arms.dali:stream",
        settings=_dali,
        imports=("nvidia.dali",),
        needs=("nvidia.dali",),
    ),
    Arm(
        "dali-gpu",
        "bench.arms.dali:gpu_stream",
        settings=_dali,
        imports=("nvidia.dali",),
        needs=("nvidia.dali",),
        limit="",
        why_not="" if has_gpu() else "no GPU: not measured",
    ),
    Arm(
        "grain-opencv",
        "bench.arms.grain_opencv:stream",
        settings=_grain,
        imports=("grain", "cv2"),
        needs=("grain", "cv2"),
        buffer=12,
    ),
    Arm(
        "albumentations",
        "bench.arms.albumentations:stream",
        settings=_albumentations,
        imports=("pipeline.runtime.startup", "tensorflow", "albumentations", "cv2"),
        needs=("albumentations", "cv2"),
    ),
    Arm("ffcv", "bench.arms.peers:none", imports=(), needs=("ffcv",), why_not=NO_FFCV),
)
