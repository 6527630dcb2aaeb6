"""Free ports on loopback, and finding out whether somebody listens there."""

import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

LOOPBACK: Final = "127.0.0.1"


@contextmanager
def free_ports(count: int) -> Iterator[tuple[int, ...]]:
    """Different free ports; on Linux nobody else is given them while the context lasts, yet a server may listen.

    A socket that is bound with SO_REUSEADDR and does not listen lets another with the same option bind there; other
    systems refuse that, so there the ports are let go at once and a server may find one taken.
    """
    with ExitStack() as held:
        ports = []
        for _ in range(count):
            keeper = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            keeper.bind((LOOPBACK, 0))
            ports.append(keeper.getsockname()[1])
        if sys.platform != "linux":
            held.close()
        yield tuple(ports)


def answers(port: int, question: bytes, answer: bytes, timeout_s: float) -> bool:
    """Whether somebody listens on a port and answers a question with bytes that start like `answer`."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout_s) as link:
            link.settimeout(timeout_s)
            link.sendall(question)
            return link.recv(len(answer)) == answer
    except OSError:
        return False
