"""`data-simulator audit` beside whatever a test does, as people run it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Auditor:
    """`data-simulator audit` in a process of its own."""

    def __init__(self, folder: Path, environment: Mapping[str, str], *arguments: str) -> None:
        self._report = folder / "report.json"
        command = [sys.executable, "-m", "api.cli", "audit", "--report", str(self._report), *arguments]
        known = {**os.environ, **environment, "PYTHONPATH": os.pathsep.join(sys.path)}
        self._process = subprocess.Popen(command, env=known, cwd=folder, stderr=subprocess.PIPE, text=True)

    def listening(self) -> None:
        """Wait until nothing that comes now is missed."""
        assert self._process.stderr is not None
        line = self._process.stderr.readline()
        assert line == "listening\n", line + self._process.stderr.read()

    def verdict(self, code: int, timeout_s: float = 60.0) -> dict[str, Any]:
        """Its report; it must have ended with this exit code."""
        _, said = self._process.communicate(timeout=timeout_s)
        assert self._process.returncode == code, said
        found: dict[str, Any] = json.loads(self._report.read_text(encoding="utf-8"))
        return found

    def enough(self) -> None:
        """As by Ctrl-C: it judges what it has seen so far."""
        self._process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """For a test that failed before it was done."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()


@contextmanager
def auditor(folder: Path, environment: Mapping[str, str], *arguments: str) -> Iterator[Auditor]:
    """An auditor that is listening."""
    running = Auditor(folder, environment, *arguments)
    try:
        running.listening()
        yield running
    finally:
        running.kill()
