"""Start the process of an arm, ask it, halt it while others run, and end it."""

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

PATIENCE = 600.0  # seconds to wait for an answer, since some libraries may hang


class WorkerError(RuntimeError):
    """An arm's process ended or did not answer. The message has its last output."""


def attempt(running: Any, step: Callable[[], None]) -> None:
    """Do a step for one arm, unless an earlier step has failed.

    A failure is recorded in `result.failure`, and the arm's process is ended. Other arms go on.

    Args:
        running: an object with a `process` and a `result`.
        step: the step to do.
    """
    if running.result.failure:
        return
    try:
        step()
    except WorkerError as error:
        running.result.failure = str(error)
        running.process.close()


class WorkerProcess:
    """A process that answers commands. It has a process group, so that its children halt and end with it.

    Args:
        module: the module to run: `bench.measure.worker`, or another with the same protocol.
        task: the task that the module gets, as JSON values.
    """

    def __init__(self, module: str, task: dict[str, Any]) -> None:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  # open as long as the process runs
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
        if not line:  # no answer, or the end of the pipe
            silent = not answered and self.process.poll() is None
            what = f"gave no answer in {PATIENCE:g} s" if silent else "ended"
            raise WorkerError(f"{' '.join(map(str, self.process.args[2:]))} {what}:\n{self._last_words()}")  # type: ignore[index]  # a list, above
        return dict(json.loads(line))

    def _has_answer(self, pipe: Any) -> bool:
        """Wait for an answer or for the process's end; return whether there is an answer.

        The end of the process must be checked, since a child that outlives it would keep the pipe open.
        """
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            has_ended = self.process.poll() is not None
            if select.select([pipe], [], [], 0 if has_ended else min(0.5, PATIENCE))[0]:
                return True
            if has_ended:
                return False
        return False

    def wait(self) -> dict[str, Any]:
        """Wait until the process is ready, which it is after its imports, and return its first answer."""
        return self._answer()

    def ask(self, do: str, **more: Any) -> dict[str, Any]:
        """Send a command and return the answer.

        Args:
            do: the command.
            more: its arguments.

        Raises:
            WorkerError: the process ended, or did not answer in time.
        """
        if self.process.stdin is None:
            raise WorkerError("the process was started without pipes")
        with contextlib.suppress(BrokenPipeError):  # `_answer` raises an error with the process's last output
            self.process.stdin.write(json.dumps({"do": do, **more}) + "\n")
            self.process.stdin.flush()
        return self._answer()

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def stop(self) -> None:
        """Halt the process and its children, so that they take no time from others."""
        self._signal(signal.SIGSTOP)

    def go(self) -> None:
        """Let the process and its children continue."""
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        """Kill the process and its children."""
        self._signal(signal.SIGKILL)
        self.process.communicate()
        self._errors.close()
