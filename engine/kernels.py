"""Kernels: plain functions over numbers and arrays that run interpreted or compiled, with the same bits.

A function marked `@kernel` stays the plain Python function it is, so that kernels call each other and can be
debugged as usual. One marked `@kernel(entry=..., signature=...)` is an entry: it is reached through `ENTRIES`,
and `load` swaps the interpreted entry there for the compiled one. Importing this module does not import Numba.

Rules inside a kernel, because libm differs between processors and the bytes must not: only + - * / comparisons,
`int()`, `math.sqrt`, integer arithmetic below 2**63 and the functions of `engine.elementary`; no integer powers.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal, NamedTuple, ParamSpec, TypeVar, overload

Mode = Literal["auto", "compiled", "interpreted"]
_P = ParamSpec("_P")
_R = TypeVar("_R")
_Function = Callable[..., Any]


class Entry(NamedTuple):
    """One function that is called from Python and may be compiled."""

    function: _Function
    signature: str
    """Numba's signature of the compiled form: `void(float64[::1], int64)`."""


class Entries:
    """The entries by name, as they run at present; a swap to the compiled form is one attribute store."""

    def __getattr__(self, name: str) -> _Function:
        raise AttributeError(f"no kernel entry '{name}'; known: {', '.join(sorted(_entries)) or 'none'}")


ENTRIES: Final = Entries()
_parts: Final[list[_Function]] = []
_entries: Final[dict[str, Entry]] = {}
_mode: Literal["compiled", "interpreted"] = "interpreted"


@overload
def kernel(function: Callable[_P, _R], /) -> Callable[_P, _R]: ...


@overload
def kernel(*, entry: str, signature: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]: ...


def kernel(function: Any = None, /, *, entry: str = "", signature: str = "") -> Any:
    """Mark a function as usable interpreted and compiled; with `entry` and `signature`, also as an entry."""
    if function is not None:
        _parts.append(function)
        return function

    def mark(marked: _Function) -> _Function:
        if entry in _entries and _entries[entry].function.__module__ != marked.__module__:
            raise ValueError(f"kernel entry '{entry}' is taken by {_entries[entry].function.__module__}")
        _parts.append(marked)
        _entries[entry] = Entry(marked, signature)
        setattr(ENTRIES, entry, _interpreted(marked) if _mode == "interpreted" else _when_called(entry))
        return marked

    return mark


def entries() -> dict[str, Entry]:
    """Every entry known so far, by name."""
    return dict(_entries)


def parts() -> tuple[_Function, ...]:
    """Every kernel known so far, in the order of definition."""
    return tuple(_parts)


def mode() -> Literal["compiled", "interpreted"]:
    """How entries run at present."""
    return _mode


def load(mode: Mode = "auto") -> Literal["compiled", "interpreted"]:
    """Make entries run as asked; answers how they run now.

    `auto` takes the compiled form when the cache already holds it (see `ready`), else stays interpreted, so that
    nothing waits for the compiler. `compiled` compiles here and now what the cache lacks. Entries defined later
    follow the mode loaded last; their compiled form is made at their first call.
    """
    global _mode
    _mode = "compiled" if mode == "compiled" or (mode == "auto" and ready()) else "interpreted"
    for name in _entries:
        _install(name)
    return _mode


def ready() -> bool:
    """Whether the compiled form of every kernel lies in the cache, so that loading it takes well below a second."""
    from engine import kernel_cache

    return kernel_cache.is_filled()


def compile_aside(done: Callable[[], None]) -> None:
    """Fill the cache in a process of its own, then call `done` (on a thread of its own); also when that failed.

    The caller's process is not held up: it runs interpreted, and calls `load("auto")` once told.
    """
    from engine import kernel_cache

    kernel_cache.fill_aside(done)


@contextmanager
def running(mode: Mode) -> Iterator[None]:
    """Run the block's entries in one mode, then return to the present one (for tests and measuring)."""
    before = _mode
    load(mode)
    try:
        yield
    finally:
        load(before)


def _install(name: str) -> None:
    if _mode == "interpreted":
        setattr(ENTRIES, name, _interpreted(_entries[name].function))
        return
    from engine import kernel_cache

    setattr(ENTRIES, name, kernel_cache.compiled(name))


def _when_called(name: str) -> _Function:
    """An entry that is not yet compiled: its module may still be half imported when it is defined."""

    def call(*arguments: Any) -> Any:
        _install(name)
        return getattr(ENTRIES, name)(*arguments)

    return call


def _interpreted(function: _Function) -> _Function:
    """Run a kernel over plain lists: an array's own scalars are slow, and their arithmetic warns where floats raise.

    Arrays are written back at the end only, so an error leaves them as they were.
    """

    def call(*arguments: Any) -> Any:
        lists = [(a, a.tolist()) if hasattr(a, "tolist") else (None, a) for a in arguments]
        result = function(*(plain for _, plain in lists))
        for array, plain in lists:
            if array is not None:
                array[:] = plain
        return result

    return call


if __name__ == "__main__":
    from engine import kernel_cache

    sys.exit(kernel_cache.main(sys.argv[1:]))
