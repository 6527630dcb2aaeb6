"""Digests: a proof that two runs said the same. Over numbers only, so no format and no locale can change them."""

import struct
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

from schemas.readings import Frame

_SIZE: Final = 16
_NAN: Final = float("nan")


@lru_cache(maxsize=64)
def _packer(count: int) -> struct.Struct:
    return struct.Struct("<qqqI" + "Iqd" * count)


@lru_cache(maxsize=4096)
def _code(sensor: str) -> int:
    return int.from_bytes(blake2b(sensor.encode(), digest_size=4).digest(), "little")


_NOTHING: Final = blake2b(digest_size=_SIZE).hexdigest()


class FrameDigest:
    """The running digest of one device's frames, in the order of their sequence.

    A chain: each link is the digest of the one before and of one frame, so that sixteen bytes are all there is to keep
    when a run goes on in another process.
    """

    __slots__ = ("state",)

    def __init__(self) -> None:
        self.state = b""

    def add(self, frame: Frame) -> None:
        """Take one frame in: sequence, time, throttle word, and sensor, time and value of each reading."""
        readings = frame[4]
        throttled = frame[5]
        numbers: list[int | float] = []
        for sensor, _, _, value, time_ns in readings:
            numbers += (_code(sensor), time_ns, _NAN if value is None else value)
        data = _packer(len(readings)).pack(
            frame[2], frame[3], -1 if throttled is None else throttled, len(readings), *numbers
        )
        self.state = blake2b(self.state + data, digest_size=_SIZE).digest()

    def add_packed(self, frames: bytes, size: int) -> None:
        """Take in many frames of `size` bytes each, packed as `packed` says; the same as adding one after the other."""
        state = self.state
        for start in range(0, len(frames), size):
            state = blake2b(state + frames[start : start + size], digest_size=_SIZE).digest()
        self.state = state

    def hex(self) -> str:
        """The digest so far, 32 hexadecimal digits."""
        return self.state.hex() or _NOTHING


def packed(
    first: int, times: NDArray[np.int64], throttled: NDArray[np.int64] | None, values: Mapping[str, NDArray[np.float64]]
) -> tuple[bytes, int]:
    """Frames in which every sensor spoke once at the frame's instant, as bytes for `add_packed`, and the size of one.

    `first` is the sequence of the first frame; a value that is not a number stands for none.
    """
    fields = [("sequence", "<i8"), ("time", "<i8"), ("throttled", "<i8"), ("count", "<u4")]
    for place in range(len(values)):
        fields += [(f"code{place}", "<u4"), (f"time{place}", "<i8"), (f"value{place}", "<f8")]
    rows = np.zeros(len(times), np.dtype(fields))
    rows["sequence"] = np.arange(first, first + len(times))
    rows["time"] = times
    rows["throttled"] = -1 if throttled is None else throttled
    rows["count"] = len(values)
    for place, (sensor, said) in enumerate(values.items()):
        rows[f"code{place}"] = _code(sensor)
        rows[f"time{place}"] = times
        rows[f"value{place}"] = np.where(np.isnan(said), _NAN, said)
    return rows.tobytes(), rows.itemsize


class HistoryDigest:
    """The running digest of what happened to one device; a chain as well."""

    __slots__ = ("state",)

    def __init__(self) -> None:
        self.state = b""

    def add(self, words: Iterable[object]) -> None:
        """Take one event in, as its words and numbers."""
        data = ("\x1f".join(map(str, words)) + "\x1e").encode()
        self.state = blake2b(self.state + data, digest_size=_SIZE).digest()

    def hex(self) -> str:
        """The digest so far, 32 hexadecimal digits."""
        return self.state.hex() or _NOTHING


def run_digest(frames: Mapping[str, str], history: Mapping[str, str]) -> str:
    """The digest of a whole run, whatever the order in which devices were named or made.

    `frames` and `history` hold one digest per device id; devices without history may be left out of `history`.
    """
    total = blake2b(digest_size=_SIZE)
    for device in sorted(frames):
        total.update(f"{device}\x1f{frames[device]}\x1f{history.get(device, '')}\x1e".encode())
    return total.hexdigest()
