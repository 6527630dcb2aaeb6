"""Where a request ends, from its first bytes alone: what a worker must know before it spends a thread on it.

Nothing is judged here. What is not plainly a request with a known end is handed on as it is, for the parser to refuse.
"""

import re
from typing import Final, NamedTuple

HEAD_BYTES: Final = 64 * 1024
"""A head that has not ended by then never will."""
LINE_BYTES: Final = 4096
"""The same for the request line."""
BODY_BYTES: Final = 1 << 20
"""A longer body is not read: the application refuses it by its head."""
_LENGTH: Final = re.compile(rb"\r\ncontent-length[ \t]*:[ \t]*([^\r\n]*?)[ \t]*(?=\r\n)", re.I)
_CODED: Final = re.compile(rb"\r\ntransfer-encoding[ \t]*:", re.I)
_ASKING: Final = re.compile(rb"\r\nexpect[ \t]*:[ \t]*100-continue[ \t]*(?=\r\n)", re.I)


class Extent(NamedTuple):
    """How much of the bytes is one request."""

    size: int
    """Bytes of the request; 0 while more are needed to tell or to have it whole."""
    whole: bool = True
    """Whether all of it is there; else nothing that follows can be understood and the connection ends after it."""
    too_long: bool = False
    """The head does not end."""
    asks: bool = False
    """The client waits for a word before it sends the body."""


MORE: Final = Extent(0)


def measure(data: bytes | bytearray) -> Extent:
    """Look at what has come so far."""
    end = data.find(b"\r\n\r\n", 0, HEAD_BYTES)
    if end < 0:
        if len(data) >= HEAD_BYTES:
            return Extent(len(data), whole=False, too_long=True)
        line = data.find(b"\r\n", 0, LINE_BYTES + 2)
        return MORE if line >= 0 or len(data) <= LINE_BYTES else Extent(len(data), whole=False)
    head = bytes(data[: end + 2])
    lengths = _LENGTH.findall(head)
    if _CODED.search(head) or len(lengths) > 1:
        return Extent(len(data), whole=False)
    if not lengths:
        return Extent(end + 4)
    if not lengths[0].isdigit() or len(lengths[0]) > 12 or int(lengths[0]) > BODY_BYTES:
        return Extent(len(data), whole=False)
    size = end + 4 + int(lengths[0])
    if len(data) >= size:
        return Extent(size)
    return Extent(0, asks=_ASKING.search(head) is not None)


def is_probe(data: bytes | bytearray) -> bool:
    """Whether it is one of the questions that must be answered whatever else there is to do."""
    return data.startswith((b"GET /livez", b"GET /readyz"))
