"""Faults of a disk, acted out where a sink writes: errors, slowness, torn writes, flipped bits.

They are told on the dispatcher's thread and met on the one that writes. What is not told costs one look at a write.
"""

import errno
import os
import signal
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Final, Literal, NamedTuple

Part = Literal["records", "file"]
"""What bits are flipped in: bytes of single records, which their checksums tell, or anywhere in the file."""


class Torn(NamedTuple):
    """A write gets so far and no further."""

    share: float
    dies: bool
    """Whether the process ends right there, or is told an error."""


class Flips(NamedTuple):
    """Bits that are to be flipped at the next write."""

    bits: int
    part: Part
    draw: Callable[[int], float]
    """A number in (0, 1) for each step; the places follow from them."""


_NEVER: Final = Event()


class DiskFaults:
    """What is wrong with the disk that one sink writes to."""

    def __init__(self) -> None:
        self.error: int | None = None
        """The number of the error that every write fails with."""
        self.delay_s = 0.0
        """How much longer every write takes."""
        self.torn: Torn | None = None
        self.flips: Flips | None = None

    def fail(self, error: int | None, delay_s: float = 0.0) -> None:
        """Have every write fail with this error, or take longer; `None` and nothing: no longer."""
        self.error, self.delay_s = error, delay_s

    def tear(self, share: float, dies: bool) -> None:
        """Have every write get only so far."""
        self.torn = Torn(share, dies)

    def flip(self, bits: int, part: Part, draw: Callable[[int], float]) -> None:
        """Flip bits at the next write."""
        self.flips = Flips(bits, part, draw)

    def mend(self) -> None:
        """Writes get through whole again; what is flipped stays so."""
        self.torn = self.flips = None

    def meet(self, path: Path | str) -> None:
        """Called before each write: wait, and fail, as is told. `OSError`."""
        if self.delay_s > 0.0:
            _NEVER.wait(self.delay_s)
        if self.error is not None:
            raise OSError(self.error, os.strerror(self.error), str(path))

    def interrupt(self, path: Path | str) -> None:
        """Called in the midst of a write. `OSError` when it is torn and the process lives on."""
        if self.torn is not None and not self.torn.dies:
            raise OSError(errno.EIO, "torn: only part of it was written", str(path))

    def portion(self, data: memoryview) -> memoryview:
        """What of some bytes reaches the disk."""
        return data if self.torn is None else data[: int(len(data) * self.torn.share)]

    def end_here(self) -> None:
        """End this process without a word, as a power cut would; nothing when that was not told."""
        if self.torn is not None and self.torn.dies:
            os.kill(os.getpid(), signal.SIGKILL)

    def end_in(self, file: Path, before: int) -> None:
        """Leave only a share of what the last write has put at the end of a file, and end this process."""
        if self.torn is None or not self.torn.dies:
            return
        size = file.stat().st_size
        os.truncate(file, before + int(max(0, size - before) * self.torn.share))
        self.end_here()
