"""Several processes that want the same kernels: one compiles, the others wait for it."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from engine import kernel_cache


def test_of_several_that_want_the_same_kernels_one_compiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_cache, "folder", lambda: tmp_path)
    begun, finish, made = threading.Event(), threading.Event(), []

    def fill() -> bool:
        made.append(1)
        begun.set()
        assert finish.wait(30)
        (tmp_path / kernel_cache._MARK).touch()
        return True

    monkeypatch.setattr(kernel_cache, "_fill", fill)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(kernel_cache.fill)
        assert begun.wait(30)
        others = [pool.submit(kernel_cache.fill) for _ in range(2)]
        wait(others, timeout=0.2)
        assert made == [1], "who comes while one compiles waits"
        finish.set()
        assert [one.result(30) for one in (first, *others)] == [True] * 3
    assert made == [1]


def test_the_lock_of_one_that_was_killed_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_cache, "folder", lambda: tmp_path)
    (tmp_path / kernel_cache._LOCK).write_bytes(b"left behind")
    monkeypatch.setattr(kernel_cache, "_fill", lambda: True)
    assert kernel_cache.fill()
