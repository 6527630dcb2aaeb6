"""What would keep a file from being written, found before anything starts."""

import os
import stat
from typing import Final

from actors.sinks._line_file import Compression, InUseError, Mode, NotOursError, claim, packer, whole
from schemas.problems import Problem

_ALLOWED: Final = "a file that can be written"


def check_library(compression: Compression) -> list[Problem]:
    """Whether the library for a compression is there."""
    try:
        packer(compression)
    except ImportError:
        allowed = "'none', 'gzip', or 'zstd' with its library"
        return [Problem("compression", f"'{compression}'", allowed, "pip install 'data-simulator[zstd]'")]
    return []


def check_place(path: str, mode: Mode, compression: Compression) -> list[Problem]:
    """Whether a file can be written in this mode. Leaves nothing behind, and changes nothing of what is there."""
    try:
        return _check_there(path, mode, compression) if os.path.lexists(path) else _check_new(path)
    except OSError as error:
        return [_problem(path, error.strerror or str(error))]


def _check_new(path: str) -> list[Problem]:
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        return [_problem(path, "its folder does not exist", f"Make it: mkdir -p '{folder}'")]
    # Only making the file proves that it can be made: permissions say nothing to root, or on a full disk.
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644))
    os.unlink(path)
    return []


def _check_there(path: str, mode: Mode, compression: Compression) -> list[Problem]:
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        return [_problem(path, "it is a folder" if stat.S_ISDIR(status.st_mode) else "it is no regular file")]
    if mode == "fail" and status.st_size:
        return [_problem(path, "it exists already", "Choose another, or say `mode: append` or `mode: replace`.")]
    fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
    try:
        claim(fd, path)
        if mode == "append" and compression == "none":  # compressed it would have to be read from end to end
            whole(fd, path, compression)
    except InUseError as error:
        return [_problem(path, str(error.strerror), "Stop that one, or choose another file.")]
    except NotOursError as error:
        return [_problem(path, str(error.strerror), "It is left alone; choose another, or say `mode: replace`.")]
    finally:
        os.close(fd)
    return []


def _problem(path: str, reason: str, hint: str = "") -> Problem:
    return Problem("path", f"'{path}' ({reason})", _ALLOWED, hint)
