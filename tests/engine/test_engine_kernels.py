"""Kernels: the same bits interpreted and compiled, on processors with and without FMA; swapped without a stir."""

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, MutableSequence
from pathlib import Path

import numpy as np
import pytest

import engine
from engine import kernel_cache, kernels
from engine.devices import cpu, raspberry_pi
from engine.devices.base import BodySpec
from engine.kernels import ENTRIES, kernel

ROOT = Path(engine.__file__).resolve().parent.parent
HARD = {
    ("4", "open"): {"arm_boost": True, "rail_resistance_ohm": 0.4},
    ("4", "closed-case"): {"room_temperature_c": 35.0},
    ("5", "active-cooler"): {"demand_factor": 2.0},
    ("65w", "tower"): {"room_temperature_c": 50.0},
    ("125w", "tower"): {"demand_factor": 2.5},
}
"""Settings that bring limits into play."""
BODIES = tuple(
    (kind.name, model, setup)
    for kind in (raspberry_pi.KIND, cpu.KIND)
    for model in kind.models
    for setup in kind.setups[model]
)


@kernel(entry="test_swap", signature="void(float64[::1], int64)")
def swap(numbers: MutableSequence[float], n: int) -> None:
    """An entry of this test alone: breaks off half-way when asked to."""
    for i in range(n):
        numbers[i] = numbers[i] * 3.0 + 1.0
    if n == 3:
        raise ValueError("broken off")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    with kernels.running("interpreted"):
        yield


def life(name: str, model: str, setup: str, seconds: int) -> bytes:
    """A few thousand ticks with worn parts, in odd chunks: the snapshot and what was shown on the way."""
    kind = raspberry_pi.KIND if name == "raspberry-pi" else cpu.KIND
    spec = BodySpec("unit", 3, model, setup, "edge", acceleration=1e5, settings=HARD.get((model, setup), {}))
    body = kind.build(spec)
    for part in body.wear():
        body.hurt(part.mode, 0.5)
    seen = hashlib.blake2b()
    tick = 0
    for i in range(10**9):
        tick = min(tick + 1 + (i * 37) % 101, seconds)
        body.advance(tick)
        seen.update(repr(body.clean()).encode())
        if tick == seconds:
            return seen.digest() + body.snapshot()
    raise AssertionError


@pytest.mark.parametrize(("name", "model", "setup"), BODIES)
def test_interpreted_and_compiled_bodies_are_the_same_bits(name: str, model: str, setup: str) -> None:
    interpreted = life(name, model, setup, 4000)
    with kernels.running("compiled"):
        assert kernels.mode() == "compiled"
        assert life(name, model, setup, 4000) == interpreted


def test_interpreted_and_compiled_draws_are_the_same_bits() -> None:
    found = []
    modes: tuple[kernels.Mode, ...] = ("interpreted", "compiled")
    for mode in modes:
        with kernels.running(mode):
            out = np.zeros(5000)
            ENTRIES.normals(0xFFFFFFFF, 0x80000000, 0xDEADBEEF, 2**40 - 1234, out)
            found.append(out)
    assert np.array_equal(found[0], found[1])


DIGEST = """
import hashlib, sys
from engine import kernels
kernels.load(sys.argv[1])
from tests.engine.test_engine_kernels import BODIES, life
digest = hashlib.blake2b(digest_size=16)
for name, model, setup in BODIES:
    digest.update(life(name, model, setup, 1500))
print(digest.hexdigest())
"""


def digest_elsewhere(mode: str, cache: Path, **environment: str) -> str:
    """The digest of all bodies' lives in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", DIGEST, mode],
        cwd=ROOT,
        env={**os.environ, "XDG_CACHE_HOME": str(cache), **environment},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_processor_without_fma_and_avx2_gives_the_same_digest(tmp_path: Path) -> None:
    """The C library picks its functions by the processor; compiled code is told to be for the plainest one."""
    masked = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX,-AVX512F,-ERMS"}
    plain = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    here = hashlib.blake2b(digest_size=16)
    with kernels.running("compiled"):
        for name, model, setup in BODIES:
            here.update(life(name, model, setup, 1500))
    assert digest_elsewhere("interpreted", tmp_path, **masked) == here.hexdigest()
    assert digest_elsewhere("compiled", tmp_path, **masked, **plain) == here.hexdigest()


def test_kernels_are_imported_without_numba() -> None:
    code = "import engine.streams, engine.devices.cpu, sys; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False).returncode == 0


def test_an_interpreted_entry_writes_back_at_its_end_only() -> None:
    numbers = np.array([1.0, 2.0, 3.0])
    ENTRIES.test_swap(numbers, 2)
    assert numbers.tolist() == [4.0, 7.0, 3.0]
    with pytest.raises(ValueError, match="broken off"):
        ENTRIES.test_swap(numbers, 3)
    assert numbers.tolist() == [4.0, 7.0, 3.0]


def test_a_swap_changes_the_entry_and_not_the_function() -> None:
    before = ENTRIES.test_swap
    with kernels.running("compiled"):
        assert ENTRIES.test_swap is not before
        numbers = np.array([1.0, 2.0])
        ENTRIES.test_swap(numbers, 2)
        assert numbers.tolist() == [4.0, 7.0]
    plain = [1.0]
    swap(plain, 1)
    assert plain == [4.0]


def test_an_unknown_entry_is_named_with_the_known_ones() -> None:
    with pytest.raises(AttributeError, match=r"no kernel entry 'nonesuch'; known: .*test_swap"):
        ENTRIES.nonesuch(1)


def test_an_entry_of_the_same_name_elsewhere_is_refused() -> None:
    def other(numbers: MutableSequence[float]) -> None:
        """Of another module."""

    other.__module__ = "elsewhere"
    with pytest.raises(ValueError, match="taken"):
        kernel(entry="test_swap", signature="void(float64[::1])")(other)


def test_auto_takes_the_compiled_form_only_from_a_filled_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_cache, "is_filled", lambda: False)
    assert kernels.load("auto") == "interpreted"
    monkeypatch.setattr(kernel_cache, "is_filled", lambda: True)
    assert kernels.load("auto") == "compiled"


def test_compiling_aside_calls_back_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    for outcome in (None, OSError("no such program"), subprocess.TimeoutExpired("python", 1.0)):
        called = threading.Event()

        def run(*words: object, outcome: Exception | None = outcome, **more: object) -> None:
            if outcome is not None:
                raise outcome

        monkeypatch.setattr(subprocess, "run", run)
        kernels.compile_aside(called.set)
        assert called.wait(10.0)


def test_the_cache_is_filled_by_a_process_and_then_loaded(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    filled = subprocess.run(
        [sys.executable, "-m", "engine.kernels"], cwd=ROOT, env=environment, timeout=150, check=False
    )
    assert filled.returncode == 0
    code = (
        "import engine.devices.cpu, engine.ageing; engine.ageing.MODES.members();"
        "from engine import kernels, kernel_cache; assert kernels.ready(); assert kernels.load('auto') == 'compiled';"
        "assert all(sum(e._cache_hits.values()) for e in kernel_cache._entries_made.values())"
    )
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, timeout=60, check=False)
    assert loaded.returncode == 0
