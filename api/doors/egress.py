"""Where this server may connect to because somebody said so over the network: only to what its owner has listed.

A name is looked up once, every address it has is judged, and the connection goes to the address that was judged: what
the name stands for a moment later changes nothing. Nothing follows a redirect.
"""

import re
import socket
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, NamedTuple

Resolve = Callable[[str, int], Sequence[str]]
_ENTRY: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?):([0-9]{1,5})", re.ASCII)
ALLOWED: Final = "a HOST:PORT that the server's owner has listed in DATA_SIMULATOR_TARGETS"


class ForbiddenTarget(ValueError):
    """Nobody connects there; the message says no more than that."""


class Place(NamedTuple):
    """An address that was judged: connect to it and to nothing else."""

    address: str
    port: int
    host: str
    """The name it was asked by, for `Host` and for certificates."""


class Egress:
    """The list of places, and the judgement. An empty list lets nobody out."""

    def __init__(self, entries: Iterable[str] = (), resolve: Resolve | None = None) -> None:
        """Entries are `host:port`, in lower case, IPv6 in brackets. Raises `ValueError` for any other form."""
        self._entries: set[tuple[str, int]] = set()
        self._resolve = resolve or _resolve
        for entry in entries:
            found = _ENTRY.fullmatch(entry)
            if found is None or not 1 <= int(found[2]) <= 65_535:
                raise ValueError(f"found {entry[:80]!r}; allowed: host:port, such as broker.example:8883 or [::1]:80")
            self._entries.add((found[1].strip("[]"), int(found[2])))

    def allows(self, host: str, port: int) -> bool:
        """Whether a place is listed, letter for letter: other ways to write the same address are not."""
        return (host.strip("[]"), port) in self._entries

    def judge(self, host: str, port: int) -> Place:
        """The address to connect to. Raises `ForbiddenTarget`."""
        if not self.allows(host, port):
            raise ForbiddenTarget(f"allowed: {ALLOWED}")
        name = host.strip("[]")
        literal = _literal(name)
        if literal is not None:
            # listed as it stands: the owner means this very address, be it this machine
            return Place(str(literal), port, name)
        try:
            addresses = [ip_address(each.partition("%")[0]) for each in self._resolve(name, port)]
        except (OSError, ValueError):
            raise ForbiddenTarget(f"{name} has no address") from None
        if not addresses or any(map(_is_inside, addresses)):
            raise ForbiddenTarget(f"{name} leads into this machine or to nobody's address; list the address itself")
        return Place(str(addresses[0]), port, name)

    def connect(self, host: str, port: int, timeout_s: float) -> socket.socket:
        """A connection to a judged address. Raises `ForbiddenTarget`, `OSError`."""
        place = self.judge(host, port)
        return socket.create_connection((place.address, place.port), timeout_s)


def _literal(name: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(name)
    except ValueError:
        return None


def _is_inside(address: IPv4Address | IPv6Address) -> bool:
    """Addresses that no name of somebody else's should have: this machine, this link, everybody, nobody."""
    plain = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None) or address
    return plain.is_loopback or plain.is_link_local or plain.is_multicast or plain.is_unspecified or plain.is_reserved


def _resolve(host: str, port: int) -> Sequence[str]:
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
