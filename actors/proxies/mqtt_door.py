"""Turns MQTT clients away at the door, as a broker does that does not let them in."""

import asyncio
from typing import Final

CONNECT: Final = 0x10
MOST: Final = 1 << 16
PATIENCE_S: Final = 10.0
OLD_CODES: Final = {0x86: 4, 0x87: 5, 0x88: 3, 0x97: 3}
"""What 3.1.1 has for reasons of MQTT 5: bad user or password, not authorized, server unavailable; a quota it does not
know (MQTT 3.1.1 table 3.1, MQTT 5 table 2-6)."""


async def turn_away(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, reason: int) -> None:
    """Read the CONNECT and answer it with a CONNACK that refuses; whoever says something else is hung up on."""
    try:
        version = await asyncio.wait_for(_version(reader), PATIENCE_S)
        if version == 5:
            # flags, reason, and no properties
            writer.write(bytes((0x20, 3, 0, reason, 0)))
        elif version is not None:
            writer.write(bytes((0x20, 2, 0, OLD_CODES.get(reason, 5))))
        await writer.drain()
        writer.write_eof()
        await asyncio.wait_for(reader.read(MOST), PATIENCE_S)
    except (OSError, EOFError, TimeoutError, asyncio.IncompleteReadError):
        return


async def _version(reader: asyncio.StreamReader) -> int | None:
    """The level of the protocol; `None` when it is no CONNECT."""
    if (await reader.readexactly(1))[0] != CONNECT:
        return None
    length, shift = 0, 0
    while True:
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
        if shift > 21:
            return None
    if length > MOST:
        return None
    body = await reader.readexactly(length)
    # two bytes of length, MQTT, and the level
    return body[6] if body[:6] == b"\0\4MQTT" and length > 6 else None
