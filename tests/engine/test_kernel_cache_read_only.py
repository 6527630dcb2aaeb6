"""Compiled kernels that lie in a folder which cannot be written - a container's image - are used all the same."""

from pathlib import Path

import pytest

from engine import kernel_cache


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of compiled kernels, which nobody may write to."""
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda *words, **more: str(tmp_path))
    monkeypatch.setattr(kernel_cache, "_fingerprint", lambda: "fingerprint")

    def refuse(**words: object) -> None:
        raise PermissionError("a read-only file system")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    kernel_cache.folder.cache_clear()
    return tmp_path / "kernels" / "fingerprint"


@pytest.fixture(autouse=True)
def forget() -> object:
    yield
    kernel_cache.folder.cache_clear()


def test_a_filled_folder_is_copied_to_where_it_can_be_written(place: Path) -> None:
    (place / "deep").mkdir(parents=True)
    (place / "filled").touch()
    (place / "deep" / "kernel.nbc").write_bytes(b"code")
    found = kernel_cache.folder()
    assert found is not None
    assert found != place
    assert (found / "deep" / "kernel.nbc").read_bytes() == b"code"
    assert kernel_cache.is_filled()


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
