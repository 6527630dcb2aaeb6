"""The digest of what each device said, computed from what arrived, to hold against the one the run computed itself."""

import struct
from hashlib import blake2b
from typing import Final

from actors.auditor.sightings import Content

_SIZE: Final = 16
_NO_VALUE: Final = float("nan")
_PATIENCE: Final = 10_000
"""Frames of one device that may wait for an earlier one; past that something is missing and no digest will come."""


class Digests:
    """Takes frames in any order; the digest is over their order of sequence, from 0.

    A chain, as the run makes it: each link is the digest of the one before and of one frame.
    """

    def __init__(self) -> None:
        self._devices: dict[tuple[str, str], _Device] = {}

    def take(self, device: str, epoch: str, sequence: int, content: Content) -> None:
        """Note the first receipt of a frame."""
        found = self._devices.get((device, epoch))
        if found is None:
            found = self._devices[device, epoch] = _Device()
        found.take(sequence, content)

    def of(self, device: str, epoch: str) -> str | None:
        """The digest, or `None` when frames are missing between those that came."""
        found = self._devices.get((device, epoch))
        return None if found is None or found.waiting else found.state.hex()


class _Device:
    __slots__ = ("next", "state", "waiting")

    def __init__(self) -> None:
        self.state = b""
        self.next = 0
        self.waiting: dict[int, Content] = {}

    def take(self, sequence: int, content: Content) -> None:
        if sequence != self.next:
            if len(self.waiting) < _PATIENCE:
                self.waiting[sequence] = content
            return
        while True:
            self.state = blake2b(self.state + _packed(self.next, content), digest_size=_SIZE).digest()
            self.next += 1
            if self.next not in self.waiting:
                return
            content = self.waiting.pop(self.next)


def _packed(sequence: int, content: Content) -> bytes:
    """Numbers only, each reading by a code of its sensor, its instant and its value: as the run packs them."""
    throttled = -1 if content.throttled is None else content.throttled
    numbers: list[int | float] = [sequence, content.time_ns, throttled, len(content.readings)]
    for said in content.readings:
        code = int.from_bytes(blake2b(said.sensor.encode(), digest_size=4).digest(), "little")
        numbers += (code, said.time_ns, _NO_VALUE if said.value is None else said.value)
    return struct.pack("<qqqI" + "Iqd" * len(content.readings), *numbers)
