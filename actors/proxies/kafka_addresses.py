"""Keeps Kafka's clients with the proxy: a broker tells them its own address, and this puts the proxy's there.

Only the port changes, so both have to be on the same host; the length of an answer stays what it was.
"""

from struct import Struct
from typing import Final

_LENGTH: Final = Struct(">i")
MOST: Final = 1 << 20
"""Answers longer than this are records, not addresses, and pass as they are."""


class KafkaAddresses:
    """Rewrites the answers of one connection. Feed it what comes from the server; it gives what goes to the client."""

    def __init__(self, host: str, port: int, instead: int) -> None:
        self._old = host.encode() + _LENGTH.pack(port)
        self._new = host.encode() + _LENGTH.pack(instead)
        self._held = b""
        self._passing = 0
        """Bytes of a long answer that are still to pass."""

    def feed(self, data: bytes) -> bytes:
        """What may go on now."""
        out = bytearray()
        self._held += data
        while self._held:
            if self._passing:
                passed = self._held[: self._passing]
                out += passed
                self._passing -= len(passed)
                self._held = self._held[len(passed) :]
                continue
            if len(self._held) < _LENGTH.size:
                break
            size = _LENGTH.unpack_from(self._held)[0] + _LENGTH.size
            if size > MOST or size < _LENGTH.size:
                self._passing = size if size >= _LENGTH.size else len(self._held)
                continue
            if len(self._held) < size:
                break
            out += self._held[:size].replace(self._old, self._new)
            self._held = self._held[size:]
        return bytes(out)
