"""The number of threads, on which the last bits of weights depend."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.places import ROOT


@pytest.mark.slow
def test_the_environment_s_threads_are_known() -> None:
    code = "from pipeline.runtime.machine import threads; print(threads())"
    for environment, wanted in (({"TF_NUM_INTRAOP_THREADS": "1"}, 1), ({}, len(os.sched_getaffinity(0)))):
        clean = {name: value for name, value in os.environ.items() if name != "TF_NUM_INTRAOP_THREADS"}
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**clean, **environment},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            check=True,
        )
        assert int(done.stdout) == wanted
