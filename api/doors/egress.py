"""Where this server may connect to because somebody said so over the network: only to what its owner has listed.

A monitor's name is looked up once for each connection, every address it has is judged, and the connection goes to the
address that was judged: what the name stands for a moment later changes nothing. Nothing follows a redirect. Brokers
and registries are connected to by their own clients, which look names up themselves: for them the list is what counts.
"""

import socket
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from schemas.target import read_target

Resolve = Callable[[str, int], Sequence[str]]
ALLOWED: Final = "none, or what DATA_SIMULATOR_TARGETS lists"


class ForbiddenTarget(ConnectionError):
    """Nobody connects there; the message says no more than that."""


class Egress:
    """The list of places, and the judgement. An empty list lets nobody out."""

    def __init__(self, entries: Iterable[str] = (), resolve: Resolve | None = None) -> None:
        """Entries are `host`, `host:port` or a whole URL; none stands for more than it says."""
        self._entries = frozenset(entries)
        self._resolve = resolve or _resolve

    def lists(self, text: str) -> bool:
        """Whether a text that names a place - a host, `host:port`, a URL - is listed, or the place it names."""
        found = text.strip()
        try:
            target = read_target(found)
        except ValueError:
            return found in self._entries
        return found in self._entries or self.allows(target.host, target.port)

    def allows(self, host: str, port: int) -> bool:
        """Whether a place is listed, letter for letter: other ways to write the same address are not."""
        name = host.strip("[]")
        with_port = f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
        return not self._entries.isdisjoint((name, with_port))

    def judge(self, host: str, port: int) -> str:
        """The address to connect to, and nothing else. Raises `ForbiddenTarget`."""
        if not self.allows(host, port):
            raise ForbiddenTarget(f"allowed: {ALLOWED}")
        name = host.strip("[]")
        literal = _literal(name)
        if literal is not None:
            # listed as it stands: the owner means this very address, be it this machine
            return str(literal)
        try:
            addresses = [ip_address(each.partition("%")[0]) for each in self._resolve(name, port)]
        except (OSError, ValueError):
            raise ForbiddenTarget(f"{name} has no address") from None
        if not addresses or any(map(_is_inside, addresses)):
            raise ForbiddenTarget(f"{name} leads into this machine or to nobody's address; list the address itself")
        return str(addresses[0])


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
