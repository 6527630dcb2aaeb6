"""Servers of the tests as processes: started on loopback, asked until they answer, ended one by one."""

import os
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Final

HOST: Final = "127.0.0.1"
_LOWEST: Final = 20_000
_HIGHEST: Final = 32_000
"""Below the ports that systems hand out by themselves, so that a server finds its own port free when it comes back."""


class NotReady(RuntimeError):
    """A server did not come up; the text holds the end of its log."""


def _candidates() -> Iterator[int]:
    # two processes that look for ports at the same time look in different places
    start = os.getpid() * 613 % (_HIGHEST - _LOWEST)
    for step in count():
        yield _LOWEST + (start + step) % (_HIGHEST - _LOWEST)


_NEXT: Final = _candidates()


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    for port in _NEXT:
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise AssertionError("unreachable")


def listening(port: int) -> bool:
    """Whether somebody accepts connections on a port."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((HOST, port)) == 0


def wait_until(ready: Callable[[], bool], timeout_s: float, what: str) -> None:
    """Ask again and again; these are other processes, so there is nothing else to wait on."""
    deadline = time.monotonic() + timeout_s
    while not ready():
        if time.monotonic() > deadline:
            raise NotReady(f"{what} within {timeout_s:g} s")
        time.sleep(0.02)


class Broker(ABC):
    """One server process; may be ended and started again on the same port with the same data."""

    start_timeout_s = 60.0
    stop_timeout_s = 20.0

    def __init__(self, name: str, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.host = HOST
        self.folder = folder
        self.port = free_port()
        self.log = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> Sequence[str]:
        """What is run."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether it answers."""

    def environment(self) -> dict[str, str]:
        """Settings of the product that lead to this server."""
        return {}

    def own_environment(self) -> dict[str, str]:
        """What the process itself needs to know."""
        return {}

    def start(self) -> None:
        """Start it and wait until it answers."""
        assert not self.running, f"{self.name} runs already"
        # a test process that is killed takes its servers along
        leash = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*leash, *self.command()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={**os.environ, **self.own_environment()},
                start_new_session=True,
            )
        self._wait()

    def _wait(self) -> None:
        try:
            wait_until(lambda: not self.running or self.ready(), self.start_timeout_s, f"{self.name} does not answer")
        except NotReady as error:
            self.kill()
            raise NotReady(f"{error}:\n{self.log_text()[-3000:]}") from None
        if not self.running:
            raise NotReady(f"{self.name} ended by itself:\n{self.log_text()[-3000:]}")

    @property
    def running(self) -> bool:
        """Whether the process lives (stopped by `stop` counts as living)."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process that `start` made last."""
        assert self._process is not None, f"{self.name} was never started"
        return self._process.pid

    def log_text(self) -> str:
        """Everything it has written so far, over all its starts."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def term(self) -> None:
        """Ask it to end and wait until it has."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL: no time to write anything down."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGSTOP: it is there, keeps its connections and does nothing."""
        os.kill(self.pid, signal.SIGSTOP)

    def cont(self) -> None:
        """SIGCONT: it goes on."""
        os.kill(self.pid, signal.SIGCONT)

    def restart(self) -> None:
        """End it in order and start it again."""
        self.term()
        self.start()

    def close(self) -> None:
        """End it for good."""
        self.term()

    def _end(self, number: signal.Signals) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(number)
        # one that is stopped takes no signal but SIGKILL before it goes on
        self._process.send_signal(signal.SIGCONT)
        try:
            self._process.wait(self.stop_timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
