"""An arm's process from outside: started, asked, stopped while others run, ended."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

from bench.measure.places import ROOT

__all__ = ["WorkerError", "WorkerProcess", "attempt"]

PATIENCE = 600.0  # seconds; libraries have been seen to wait for ever


class WorkerError(RuntimeError):
    """An arm's process ended or gave no answer; says what it last wrote."""


def attempt(running: Any, step: Callable[[], None]) -> None:
    """Do a step of something that has a `process` and a `result`, unless one has failed before.

    A failure is noted in `result.failure`, and ends that process and no other's.
    """
    if running.result.failure:
        return
    try:
        step()
    except WorkerError as error:
        running.result.failure = str(error)
        running.process.close()


class WorkerProcess:
    """A process of its own, in a group of its own, so that its children stop and end with it.

    Args:
        module: what it runs, `bench.measure.worker` or another that answers as it does.
        task: what it is told, anything that JSON holds.
    """

    def __init__(self, module: str, task: dict[str, Any]) -> None:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  # as long as the process
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, json.dumps(task)],
            cwd=ROOT,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            start_new_session=True,
        )

    def _last_words(self) -> str:
        self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, self._errors.tell() - 4000))
        return self._errors.read()

    def _answer(self) -> dict[str, Any]:
        pipe = self.process.stdout
        if pipe is None:
            raise WorkerError("the process was started without pipes")
        answered = self._has_answer(pipe)
        line = pipe.readline() if answered else ""
        if not line:  # of an answer: the pipe's end
            silent = not answered and self.process.poll() is None
            what = f"gave no answer in {PATIENCE:g} s" if silent else "ended"
            raise WorkerError(f"{' '.join(map(str, self.process.args[2:]))} {what}:\n{self._last_words()}")  # type: ignore[index]  # a list, above
        return dict(json.loads(line))

    def _has_answer(self, pipe: Any) -> bool:
        """Wait for one, or for the process's end: a child that outlives it would keep the pipe open."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            has_ended = self.process.poll() is not None
            if select.select([pipe], [], [], 0 if has_ended else min(0.5, PATIENCE))[0]:
                return True
            if has_ended:
                return False
        return False

    def wait(self) -> dict[str, Any]:
        """Its first answer, which comes when it has imported what it needs."""
        return self._answer()

    def ask(self, do: str, **more: Any) -> dict[str, Any]:
        """Have it do something.

        Raises:
            WorkerError: it ended, or gave no answer.
        """
        if self.process.stdin is None:
            raise WorkerError("the process was started without pipes")
        with contextlib.suppress(BrokenPipeError):  # the answer will be missing, and its last words say why
            self.process.stdin.write(json.dumps({"do": do, **more}) + "\n")
            self.process.stdin.flush()
        return self._answer()

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def stop(self) -> None:
        """Halt it and its children where they are, so that they take no time from others."""
        self._signal(signal.SIGSTOP)

    def go(self) -> None:
        """Let them run again."""
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        """End it and its children; they hold nothing that is worth keeping."""
        self._signal(signal.SIGKILL)
        self.process.communicate()
        self._errors.close()
