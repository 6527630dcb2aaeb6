"""The worker: Gunicorn's threads behind one that does all the waiting.

A thread is spent on a request only when all of it has come, so clients that are silent or dribble cost none, and each
has one deadline for its head and its body together. Probes have threads of their own. Bytes for clients that do not
read have a deadline as well. A connection more than may be is not refused: the one that has taken longest goes.
"""

import errno
import os
import resource
import selectors
import signal
import socket
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Event
from types import FrameType
from typing import Any, Final

from gunicorn import util
from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

from api.exit_codes import ExitCode
from api.interrupts import to_stderr
from api.serving.connection import Connection
from api.serving.exits import CODE
from api.serving.framing import HEAD_BYTES, is_probe
from api.serving.refusals import answer, problem_of
from api.serving.spare import Spare
from api.serving.waiting import Waiting
from engine.clock import NANOSECONDS, WallClock

REQUEST_S: Final = 10.0
"""From a connection's first moment, or a request's first byte, until all of it must be there."""
LINGER_S: Final = 2.0
CLOSING_S: Final = 4.0
"""How long a worker that stops waits for answers under way."""
UNFINISHED: Final = 450
"""Connections that have not sent a whole request yet."""
IDLE: Final = 120
HELD_BYTES: Final = 64 << 20
"""Of requests that are not whole, together."""
QUEUED: Final = 200
"""Requests that wait for a thread or have one; more are told to come back."""
PROBE_THREADS: Final = 2
TICK_S: Final = 0.25
_FILES: Final = 8192


class Worker(ThreadWorker):
    """See the module."""

    on_closing: Callable[[], None] | None = None
    _interrupts = 0
    _answering = 0

    def init_process(self) -> None:
        """Before anything else there must be room for as many connections as may come."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < _FILES:
            wanted = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
            with suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        self._spare = Spare()
        self._probes = _whole(ThreadPoolExecutor(PROBE_THREADS, "probes"), PROBE_THREADS)
        self._unfinished = Waiting(REQUEST_S, UNFINISHED, self._late)
        self._idle = Waiting(float(self.cfg.keepalive), IDLE, self._end)
        self._lingering = Waiting(LINGER_S, IDLE, self._end)
        super().init_process()

    def get_thread_pool(self) -> ThreadPoolExecutor:
        """The threads that answer, all of them there from the start."""
        return _whole(super().get_thread_pool(), self.cfg.threads)

    # --- signals ---

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - as Gunicorn calls it
        """SIGTERM: end in order."""
        self._close()

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """SIGINT, which a terminal sends to every process, or SIGQUIT, by which the master hands one on.

        The first one ends in order; a second SIGINT forces the end.
        """
        if sig == signal.SIGINT:
            self._interrupts += 1
            if self._interrupts > 1:
                CODE.say(ExitCode.FORCED)
                os._exit(ExitCode.FORCED)
        self._close()

    def _close(self) -> None:
        if self.alive:
            self.alive = False
            if self.on_closing is not None:
                self.on_closing()
            to_stderr("Stopping in order. Ctrl-C again forces the end and loses what is still queued.")
            self.method_queue.defer(lambda: None)

    # --- the accepting thread ---

    def run(self) -> None:
        """Wait for everybody at once, until told to stop; then let answers under way end."""
        bell: Any = self.method_queue
        self.poller.register(bell, selectors.EVENT_READ, bell.run_callbacks)
        self.set_accept_enabled(True)
        while self.alive and self.is_parent_alive():
            self._turn(TICK_S)
            self.set_accept_enabled(self.nr_conns < self.worker_connections)
        self.set_accept_enabled(False)
        for listener in self.sockets:
            listener.close()
        if self.on_closing is not None:
            self.on_closing()
        until = _now() + CLOSING_S
        self._unfinished.empty()
        self._idle.empty()
        while self._answering and _now() < until:
            self._turn(0.05)
        self.tpool.shutdown(wait=False, cancel_futures=True)

    def _turn(self, seconds: float) -> None:
        self.notify()
        self.wait_for_and_dispatch_events(timeout=seconds)
        now = _now()
        for waiting in (self._unfinished, self._idle, self._lingering):
            waiting.expire(now)

    def accept(self, listener: socket.socket) -> None:
        """Take in whoever stands at the door."""
        for _ in range(64):
            try:
                sock, client = listener.accept()
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE):
                    self._spare.turn_away(listener)
                return
            self.nr_conns += 1
            connection = Connection(sock, client, listener.getsockname())
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.poller.register(sock, selectors.EVENT_READ, lambda _, c=connection: self._readable(c))
            self._unfinished.add(connection, _now())
            if self.nr_conns >= self.worker_connections:
                return

    def _readable(self, connection: Connection) -> None:
        if connection.closed:  # it had to make room for another one that was served just before
            return
        if connection in self._lingering:
            if not connection.drain():
                self._lingering.remove(connection)
                self._end(connection)
            return
        there = connection.receive()
        if connection in self._idle:  # a request begins, and with it its time
            self._idle.remove(connection)
            self._unfinished.add(connection, _now())
        if connection.look():
            self._unfinished.remove(connection)
            self._answer(connection)
        elif not there:
            self._unfinished.remove(connection)
            self._end(connection)
        elif connection.held > HEAD_BYTES:  # as many as may be of all others do not matter
            self._unfinished.relieve(HELD_BYTES)

    def _answer(self, connection: Connection) -> None:
        probe = is_probe(connection.head)
        if connection.extent.too_long:
            self._refuse(connection, "431 Request Header Fields Too Large")
        elif self._answering >= QUEUED and not probe:
            self._refuse(connection, "503 Service Unavailable")
        else:
            self.poller.unregister(connection.sock)
            connection.take(self.cfg)
            self._answering += 1
            work = (self._probes if probe else self.tpool).submit(self.handle, connection)
            work.add_done_callback(lambda done: self.method_queue.defer(self._answered, connection, done))

    def _answered(self, connection: Connection, done: "Future[bool]") -> None:
        self._answering -= 1
        try:
            again = not done.cancelled() and done.result()
        except Exception:
            again = False
        if not (again and self.alive):
            self._hang_up(connection)
            return
        connection.rest()
        self.poller.register(connection.sock, selectors.EVENT_READ, lambda _: self._readable(connection))
        if connection.look():  # the next request came with the last one
            self._answer(connection)
        else:
            (self._unfinished if connection.held else self._idle).add(connection, _now())

    def _late(self, connection: Connection) -> None:
        """Its time is over, or another one needs the place."""
        if connection.held:
            self._refuse(connection, "408 Request Timeout")
        else:
            self._end(connection)

    def _refuse(self, connection: Connection, status: str) -> None:
        connection.refuse(status)
        self.poller.unregister(connection.sock)
        self._hang_up(connection)

    def _hang_up(self, connection: Connection) -> None:
        """Close without cutting the last answer off, and without waiting here."""
        if not self.alive or not connection.hang_up():
            self._gone(connection)
            return
        self.poller.register(connection.sock, selectors.EVENT_READ, lambda _: self._readable(connection))
        self._lingering.add(connection, _now())

    def _end(self, connection: Connection) -> None:
        self.poller.unregister(connection.sock)
        self._gone(connection)

    def _gone(self, connection: Connection) -> None:
        self.nr_conns -= 1
        connection.close()

    # --- a thread ---

    def handle(self, conn: Any) -> bool:
        """Answer one request, all of which is there; whether the connection goes on."""
        request = None
        try:
            request = next(conn.parser)
            return bool(self.handle_request(request, conn)) and conn.extent.whole
        except (StopIteration, errors.NoMoreData):
            pass
        except OSError as error:
            self.log.debug("a client has gone: %s", error)
        except Exception as error:
            with suppress(OSError):
                problem = problem_of(error)
                if problem is None:
                    self.handle_error(request, conn.sock, conn.client, error)
                else:
                    util.write_nonblock(conn.sock, answer(problem))
        return False


def _now() -> float:
    return WallClock.monotonic_ns() / NANOSECONDS


def _whole(pool: ThreadPoolExecutor, threads: int) -> ThreadPoolExecutor:
    """A pool with all its threads: one that has to begin another when a request comes may get none, and then the
    request would be lost and the worker with it."""
    gate = Event()
    for _ in range(threads):
        pool.submit(gate.wait)
    gate.set()
    return pool
