"""The worker's own thread, without a server around it: connections that end while others are served."""

import selectors
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from api.serving import worker as module
from api.serving.worker import Worker


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A worker with room for two that linger, that answers nothing but what it refuses."""
    monkeypatch.setattr(module, "IDLE", 2)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        listener.setblocking(False)
        config = Config()
        nobody: Any = None
        made: Any = Worker(1, 1, [listener], nobody, 30, config, Logger(config))
        monkeypatch.setattr(ThreadWorker, "init_process", lambda _: None)
        made.poller = selectors.DefaultSelector()
        made.init_process()
        made.set_accept_enabled(True)
        yield made
        made.tmp.close()
        made.poller.close()


def test_who_makes_room_for_another_in_the_same_turn_is_not_served_any_more(worker: Any) -> None:
    address = worker.sockets[0].getsockname()
    clients = [socket.create_connection(address) for _ in range(4)]
    turns(worker)
    assert len(worker._unfinished) == 4
    connections = list(worker._unfinished._line)
    for client in clients:
        client.sendall(b"x" * 70_000)  # a head that does not end: refused, and lingering
    turns(worker)
    assert len(worker._lingering) == 2, "the two that lingered longest have made room"
    for connection in connections:
        worker._readable(connection)  # as the poller says of all that were readable when it looked
    assert worker.nr_conns == 2
    for client in clients:
        client.close()
    turns(worker)
    assert worker.nr_conns == 0


def turns(worker: Any) -> None:
    for _ in range(20):
        worker.wait_for_and_dispatch_events(timeout=0.02)
