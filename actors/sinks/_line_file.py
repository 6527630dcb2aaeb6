"""A file of whole lines: appended to in batches, cut back to its last whole line after a crash.

Plain text ends with a line feed or it was torn. Compressed, each batch is a member of its own (gzip, RFC 1952 section
2.2) or a frame of its own (Zstandard, RFC 8878 section 3), which all tools read as one stream; a torn one can be cut.
"""

import errno
import fcntl
import gzip
import os
import zlib
from collections.abc import Callable
from typing import IO, Any, Final, Literal

from actors.sinks.base.disk_faults import DiskFaults

Compression = Literal["none", "gzip", "zstd"]
Mode = Literal["fail", "append", "replace"]

_BLOCK: Final = 1 << 20
_LEVELS: Final = {"gzip": 6, "zstd": 3}


class NotOursError(OSError):
    """The file is not one of whole lines in this compression, so nothing of it may be cut off."""


class InUseError(OSError):
    """Another process writes to the file."""


def packer(compression: Compression) -> Callable[[bytes], bytes]:
    """How a batch of lines becomes bytes of the file. `ImportError` when the library for it is not installed."""
    if compression == "none":
        return lambda data: data
    if compression == "gzip":
        return lambda data: gzip.compress(data, _LEVELS["gzip"], mtime=0)
    from zstandard import ZstdCompressor

    compress: Callable[[bytes], bytes] = ZstdCompressor(level=_LEVELS["zstd"], write_checksum=True).compress
    return compress


class LineFile:
    """One file, open for appending whole lines. Belongs to one thread."""

    def __init__(self, path: str, compression: Compression, mode: Mode, faults: DiskFaults | None = None) -> None:
        """Opens the file, or raises `OSError`. What is in it stays, is thrown away, or keeps it from being opened.

        `faults` are what is acted out of its disk.
        """
        self._pack = packer(compression)
        self._path = path
        self._faults = faults or DiskFaults()
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            claim(self._fd, path)
            if mode == "fail" and os.fstat(self._fd).st_size:
                raise FileExistsError(errno.EEXIST, "it exists already", path)
            self.end = 0 if mode == "replace" else whole(self._fd, path, compression)
            os.ftruncate(self._fd, self.end)
        except BaseException:
            os.close(self._fd)
            raise

    def append(self, lines: bytes) -> None:
        """Write whole lines, all or none: on `OSError` the file is as it was before."""
        data = memoryview(self._pack(lines))
        start, faults = self.end, self._faults
        try:
            faults.meet(self._path)
            while data:
                written = os.write(self._fd, faults.portion(data))
                faults.end_here()
                faults.interrupt(self._path)
                self.end += written
                data = data[written:]
        except BaseException:
            self.cut(start)
            raise

    def cut(self, end: int) -> None:
        """Take back what was appended after the file was this long."""
        os.ftruncate(self._fd, end)
        self.end = end

    def sync(self) -> None:
        """Wait until all of it would survive a power cut."""
        getattr(os, "fdatasync", os.fsync)(self._fd)

    def close(self) -> None:
        """Let the file go."""
        os.close(self._fd)


def claim(fd: int, path: str) -> None:
    """Keep other processes from writing to an open file. `InUseError` when one does.

    POSIX record locks: they do not hold between threads of one process, so a new writer may take over from one that
    hangs. A file system without locks goes without.
    """
    try:
        fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN):
            raise InUseError(error.errno, "another process writes to it", path) from error


def whole(fd: int, path: str, compression: Compression) -> int:
    """Length in bytes of an open file down to its last whole line or compressed batch.

    `NotOursError` when there is something in the file but not one whole line.
    """
    # Not a descriptor of its own: to close it would end the claim.
    with open(fd, "rb", closefd=False) as file:
        size = os.fstat(fd).st_size
        end = _last_line(file, size) if compression == "none" else _last_member(file, compression)
    if size and not end:
        what = "line" if compression == "none" else f"{compression} batch"
        raise NotOursError(errno.EINVAL, f"it holds no whole {what}", path)
    return end


def _last_line(file: IO[bytes], size: int) -> int:
    end = size
    while end > 0:
        start = max(0, end - _BLOCK)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _last_member(file: IO[bytes], compression: Compression) -> int:
    """Walk over all members; their own checksums tell which are whole."""
    end = position = 0
    file.seek(0)
    reader = _reader(compression)
    while data := file.read(_BLOCK):
        while data:
            try:
                reader.decompress(data)
            except Exception:  # each library has its own error; what they mean is that the file is torn from here
                return end
            position += len(data) - len(reader.unused_data)
            if not reader.eof:
                break
            end, data, reader = position, reader.unused_data, _reader(compression)
    return end


def _reader(compression: Compression) -> Any:
    if compression == "gzip":
        return zlib.decompressobj(wbits=31)
    from zstandard import ZstdDecompressor

    return ZstdDecompressor().decompressobj()
