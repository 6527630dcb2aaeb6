"""A server as people start it, in a process of its own, for the tests to talk to, to signal and to kill."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

PROGRAM = (sys.executable, "-P", "-m", "api.cli")
PATIENCE_S = 60.0
"""Others load the machine as well."""


class Got(NamedTuple):
    """An answer."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Server:
    """Starts `data-simulator serve`, or what is given instead; what it says on stderr is kept."""

    def __init__(
        self, folder: Path, *arguments: str, command: tuple[str, ...] = (*PROGRAM, "serve"), **variables: str
    ) -> None:
        self.folder = folder
        environment = {**os.environ, "XDG_STATE_HOME": str(folder / "home"), **variables}
        self.process = subprocess.Popen(
            [*command, *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self.out: list[str] = []
        self._threads = [
            threading.Thread(target=self._read, args=(self.process.stderr, self.lines), daemon=True),
            threading.Thread(target=self._read, args=(self.process.stdout, self.out), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @staticmethod
    def _read(stream: Any, into: list[str]) -> None:
        for line in stream:
            into.append(line.rstrip("\n"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            for pid in (*self.workers(), self.process.pid):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        self.process.wait(PATIENCE_S)
        for thread in self._threads:
            thread.join(PATIENCE_S)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()

    @property
    def said(self) -> str:
        return "\n".join(self.lines)

    @property
    def url(self) -> str:
        """Where it listens, as it says itself."""
        found = self.until(lambda: re.search(r"http://\S+:\d+/", self.said))
        return str(found[0]).rstrip("/")

    def until(self, ask: Callable[[], Any], within_s: float = PATIENCE_S) -> Any:
        """Wait for something to be so."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if found := ask():
                return found
            assert self.process.poll() is None, f"it ended with {self.process.returncode}\n{self.said}"
            time.sleep(0.02)
        raise AssertionError(f"not within {within_s} s\n{self.said}")

    def ask(
        self,
        path: str,
        method: str = "GET",
        body: Any = None,
        timeout: float = 20.0,
        key: str | None = None,
        **headers: str,
    ) -> Got:
        """One request."""
        data = None if body is None else json.dumps(body).encode()
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            names["Authorization"] = f"Bearer {key}"
        if data is not None:
            names["Content-Type"] = "application/json"
        request = urllib.request.Request(f"{self.url}{path}", data, names, method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return Got(answer.status, answer.read(), dict(answer.headers))
        except urllib.error.HTTPError as error:
            with error:
                return Got(error.code, error.read(), dict(error.headers))

    def ready(self) -> Self:
        """Wait until it answers."""
        self.until(lambda: self._is_ready())
        return self

    def _is_ready(self) -> bool:
        try:
            return self.ask("/readyz").status == 200
        except OSError:
            return False

    def workers(self) -> list[int]:
        """The processes that the master has started itself."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        try:
            return [int(pid) for pid in children.read_text().split()]
        except OSError:
            return []

    def signal(self, number: signal.Signals) -> Self:
        self.process.send_signal(number)
        return self

    def end(self) -> int:
        """Wait for its end; the exit code."""
        return self.process.wait(PATIENCE_S)
