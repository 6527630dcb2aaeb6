"""The compiled form of kernels: Numba, and a folder on disk that keeps what it made.

The folder's name is a hash of all kernel sources, Numba's version and the processor, so a change of any of them
begins a new one. `python -m engine.kernels` fills it. `python -m engine.kernels generic` fills one for every processor
of this architecture, as an image needs that is run elsewhere; it is taken where the present processor has none.
"""

import atexit
import fcntl
import hashlib
import importlib
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import platformdirs

from engine import kernels

_FOLDERS: Final = ("physics", "devices", "ageing")
"""Folders whose modules hold kernels, or constants that kernels are compiled with."""
_IMPORTS_KERNELS: Final = b"from engine.kernels import"
_ROOT: Final = Path(__file__).resolve().parent
_ERROR_MODEL: Final = "numpy"
"""No hidden branch at each division: kernels never divide by zero."""
_MARK: Final = "filled"
_LOCK: Final = "filling"
GENERIC: Final = "generic"
"""What the compiler calls a processor of which nothing is known but its architecture."""
_COMPILE_TIMEOUT_S: Final = 300.0
_wanted = ""
"""The processor to compile for, where it is not the present one."""
_entries_made: Final[dict[str, Any]] = {}
_registered: Final[set[Callable[..., Any]]] = set()


def compiled(name: str) -> Callable[..., Any]:
    """The compiled form of an entry: from this process, from the folder, or made now."""
    if name not in _entries_made:
        numba = _numba()
        for part in kernels.parts():
            if part not in _registered:
                # Not inlined, a part would count references to its arrays at each call: twice the time of a tick.
                numba.extending.register_jitable(error_model=_ERROR_MODEL, forceinline=True)(part)
                _registered.add(part)
        entry = kernels.entries()[name]
        _entries_made[name] = _compile(numba, entry)
    made: Callable[..., Any] = _entries_made[name]
    return made


def _compile(numba: Any, entry: kernels.Entry) -> Any:
    options = {"error_model": _ERROR_MODEL, "fastmath": False, "nogil": True}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an unwritable cache is no reason to speak: the kernel is then made anew
        try:
            return numba.njit(entry.signature, cache=folder() is not None, **options)(entry.function)
        except (RuntimeError, OSError):
            return numba.njit(entry.signature, **options)(entry.function)


@cache
def _numba() -> Any:
    import numba
    import numba.extending

    place = folder()
    settings = {} if place is None else {"CACHE_DIR": str(place)}
    if _chosen() == GENERIC:
        settings |= {"CPU_NAME": GENERIC, "CPU_FEATURES": ""}
    for name, value in settings.items():
        setattr(numba.config, name, value)  # Numba makes its settings at run time
    return numba


@cache
def folder() -> Path | None:
    """Where compiled kernels lie; `None` when no such folder can be written."""
    place = _place(_chosen())
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place):
            return place
    except OSError:
        return _copy(place) if (place / _MARK).exists() else None


def _place(processor: str) -> Path:
    return Path(platformdirs.user_cache_dir("data-simulator", appauthor=False)) / "kernels" / _fingerprint(processor)


@cache
def _chosen() -> str:
    """The processor that kernels are compiled for: the present one, unless only the generic folder is filled."""
    own = _processor()
    filled = (processor for processor in (own, GENERIC) if (_place(processor) / _MARK).exists())
    return GENERIC if _wanted == GENERIC else next(filled, own)


def _copy(place: Path) -> Path | None:
    """A filled folder that cannot be written (a container's image) as a folder of this process that can.

    Numba takes only folders that it may write to. `None` when there is no room for temporary files either.
    """
    try:
        room = tempfile.mkdtemp(prefix="data-simulator-kernels-")
        atexit.register(shutil.rmtree, room, ignore_errors=True)
        return Path(shutil.copytree(place, room, dirs_exist_ok=True))
    except OSError:
        return None


def _fingerprint(processor: str) -> str:
    # A file's path is part of Numba's own key, so two installations do not share a folder either.
    digest = hashlib.blake2b(digest_size=10)
    for word in (metadata.version("numba"), metadata.version("llvmlite"), sys.version, platform.machine(), str(_ROOT)):
        digest.update(word.encode() + b"\0")
    digest.update(processor.encode())
    for source in _sources():
        stat = source.stat()
        digest.update(f"{source.name} {stat.st_size} {stat.st_mtime_ns}\0".encode() + source.read_bytes())
    return digest.hexdigest()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return "\n".join(sorted({line for line in lines if line.startswith(("model name", "flags", "Features"))}))


def _sources() -> Iterator[Path]:
    for source in sorted(_ROOT.rglob("*.py")):
        if source.parent.name in _FOLDERS or _IMPORTS_KERNELS in source.read_bytes():
            yield source


def import_all() -> None:
    """Import every module of the product that defines kernels."""
    for source in _sources():
        if _IMPORTS_KERNELS in source.read_bytes() and source != Path(__file__).resolve():
            importlib.import_module(".".join(("engine", *source.relative_to(_ROOT).with_suffix("").parts)))


def is_filled() -> bool:
    """Whether the folder holds every kernel of the product."""
    place = folder()
    return place is not None and (place / _MARK).exists()


def fill() -> bool:
    """Compile every kernel of the product into the folder; answers whether they lie there now.

    Of several processes that want the same, one compiles and the others wait for it.
    """
    with _alone():
        return is_filled() or _fill()


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the folder's lock, where there is one; a process that is killed lets it go."""
    place = folder()
    if place is None:
        yield
        return
    with (place / _LOCK).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fill() -> bool:
    import_all()
    for name in kernels.entries():
        compiled(name)
    place = folder()
    if place is None:
        return False
    (place / _MARK).touch()
    return True


def fill_aside(done: Callable[[], None]) -> None:
    """Fill the folder in a process of its own, watched by a daemon thread, which then calls `done`."""

    def work() -> None:
        try:
            subprocess.run(
                [sys.executable, "-m", "engine.kernels"],
                cwd=_ROOT.parent,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_COMPILE_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.SubprocessError):
            pass  # the caller asks `ready()` and stays interpreted
        finally:
            done()

    threading.Thread(target=work, name="compile-kernels", daemon=True).start()


def main(arguments: Sequence[str] = ()) -> int:
    """Fill the folder; the exit code says whether that worked."""
    global _wanted
    _wanted = GENERIC if GENERIC in arguments else ""
    return 0 if fill() else 1
