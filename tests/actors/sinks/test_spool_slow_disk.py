"""A slow disk, acted out: every write takes longer, until it is over."""

import time
from pathlib import Path

from actors.sinks.base.spool_file import FileStore


def seconds(store: FileStore) -> float:
    begun = time.monotonic()
    store.write((), (), {})
    return time.monotonic() - begun


def test_a_slow_disk_is_waited_for_and_nothing_is_written_meanwhile(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "spool.db")
    store.open()
    try:
        quick = seconds(store)
        store.faults.delay_s = quick + 0.3
        assert seconds(store) >= quick + 0.3
        store.faults.delay_s = 0.0
        assert min(seconds(store) for _ in range(5)) < quick + 0.3
    finally:
        store.close()
