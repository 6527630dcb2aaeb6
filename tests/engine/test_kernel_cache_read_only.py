"""Compiled kernels that lie in a folder which cannot be written - a container's image - are used all the same."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine import kernel_cache, kernels
from engine.devices import cpu
from engine.devices.base import BodySpec


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of compiled kernels, which nobody may write to."""
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda *words, **more: str(tmp_path))
    names = {kernel_cache.GENERIC: "generic"}
    monkeypatch.setattr(kernel_cache, "_fingerprint", lambda processor: names.get(processor, "fingerprint"))

    def refuse(**words: object) -> None:
        raise PermissionError("a read-only file system")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    forget_all()
    return tmp_path / "kernels" / "fingerprint"


def forget_all() -> None:
    kernel_cache.folder.cache_clear()
    kernel_cache._chosen.cache_clear()


@pytest.fixture(autouse=True)
def forget() -> object:
    yield
    forget_all()


def test_a_filled_folder_is_copied_to_where_it_can_be_written(place: Path) -> None:
    (place / "deep").mkdir(parents=True)
    (place / "filled").touch()
    (place / "deep" / "kernel.nbc").write_bytes(b"code")
    found = kernel_cache.folder()
    assert found is not None
    assert found != place
    assert (found / "deep" / "kernel.nbc").read_bytes() == b"code"
    assert kernel_cache.is_filled()


def test_on_another_processor_what_was_compiled_for_all_is_used(place: Path) -> None:
    generic = place.with_name("generic")
    generic.mkdir(parents=True)
    (generic / "filled").touch()
    (generic / "kernel.nbc").write_bytes(b"generic code")
    assert kernel_cache._chosen() == kernel_cache.GENERIC
    found = kernel_cache.folder()
    assert found is not None
    assert (found / "kernel.nbc").read_bytes() == b"generic code"
    assert kernel_cache.is_filled()


def test_what_was_compiled_for_this_processor_goes_first(place: Path) -> None:
    for folder in (place, place.with_name("generic")):
        folder.mkdir(parents=True)
        (folder / "filled").touch()
    assert kernel_cache._chosen() != kernel_cache.GENERIC
    assert kernel_cache.is_filled()


GENERIC_RUN = """
import sys
from engine import kernel_cache, kernels
from engine.devices.base import BodySpec
from engine.devices.cpu import KIND
kernel_cache._processor = lambda: sys.argv[1]
assert kernels.load("auto") == "compiled", "nothing was compiled ahead"
import numba
assert numba.config.CPU_NAME == "generic"
body = KIND.build(BodySpec("cpu-1", 7, "65w", "tower"))
body.advance(600)
stats = [entry.stats for entry in kernel_cache._entries_made.values()]
hits, misses = (sum(sum(getattr(one, name).values()) for one in stats) for name in ("cache_hits", "cache_misses"))
print(hits > 0, misses, body.snapshot().hex())
"""


def test_kernels_compiled_for_all_processors_say_the_same_bits_and_nothing_is_compiled_on_another(
    tmp_path: Path,
) -> None:
    """Seconds of compiling, in processes of their own: the compiler's target is fixed at its first use."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}

    def run(*arguments: str) -> str:
        command = [sys.executable, "-P", *arguments]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    run("-m", "engine.kernels", "generic")
    found, misses, compiled = run("-c", GENERIC_RUN, "a processor of tomorrow").split()
    assert (found, misses) == ("True", "0")
    body = cpu.KIND.build(BodySpec("cpu-1", 7, "65w", "tower"))
    with kernels.running("interpreted"):
        body.advance(600)
    assert body.snapshot().hex() == compiled


def test_an_empty_one_is_of_no_use(place: Path) -> None:
    place.mkdir(parents=True)
    assert kernel_cache.folder() is None
    assert not kernel_cache.is_filled()


def test_without_room_for_temporary_files_kernels_are_made_anew(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place.mkdir(parents=True)
    (place / "filled").touch()

    def refuse(**words: object) -> str:
        raise OSError("no room")

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    assert kernel_cache.folder() is None
