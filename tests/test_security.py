"""Files from strangers run nothing: a payload in each leaves no trace."""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.config import document
from pipeline.errors import InputError
from pipeline.runs.checkpoints import STATE, load_last
from tests.support.places import ROOT


class Payload:
    """Makes a file when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.trace),)


def test_the_payload_would_work(tmp_path: Path) -> None:
    """Or the tests below would show nothing."""
    pickle.loads(pickle.dumps(Payload(tmp_path / "ran")))
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "text",
    [
        "data: !!python/object/apply:os.mkdir [{trace}]",
        "data: !!python/object/new:os.mkdir [{trace}]",
        "? !!python/object/apply:os.mkdir [{trace}]\n: 1",
        "data: !!python/name:os.mkdir",
        "data: !!python/module:antigravity",
    ],
)
def test_a_configuration_runs_nothing(text: str, tmp_path: Path) -> None:
    trace, config = tmp_path / "ran", tmp_path / "config.yaml"
    config.write_text(text.format(trace=trace))
    with pytest.raises(InputError, match="must be a readable YAML file"):
        document.read(config)
    command = [sys.executable, "-m", "pipeline.train", "--config", str(config)]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert not trace.exists()


def test_an_option_runs_nothing(tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    found = document.value(f"!!python/object/apply:os.mkdir [{trace}]")
    assert isinstance(found, str)
    assert not trace.exists()


def test_a_checkpoint_runs_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Pickled objects under a name with the right digest: whoever forges the one can forge the other."""
    trace, aside = tmp_path / "ran", tmp_path / "aside.npz"
    kept: dict[str, Any] = {STATE: np.array([Payload(trace)], dtype=object)}
    np.savez(aside, **kept)
    digest = hashlib.blake2b(aside.read_bytes(), digest_size=16).hexdigest()
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    aside.rename(folder / f"epoch-000000-step-000000001-{digest}.npz")
    assert load_last(folder) is None
    assert "allow_pickle=False" in capsys.readouterr().err
    assert not trace.exists()
