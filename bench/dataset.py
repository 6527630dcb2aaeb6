"""Data sets: what the shipped command takes for 240 units of 24 days, from a scenario to Parquet files.

It is no part of a bench of everything: one round takes minutes.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from bench.harness import Limit, Workload

_LIMIT_S: Final = 1200


def made(processes: int) -> tuple[float, float]:
    """Seconds of real time, and the greatest memory of one process in MB."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "api.cli", "dataset", "dataset-wear", "--out", str(Path(folder) / "set"), "-q"]
        start = time.monotonic()
        subprocess.run([*command, "--processes", str(processes)], check=True, timeout=_LIMIT_S)
        seconds = time.monotonic() - start
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


WORKLOADS: Final = (
    Workload("data set of 240 units x 24 d, two processes", "s", lambda: made(2)[0], timeout_s=_LIMIT_S),
    Workload("data set of 240 units x 24 d, one process", "s", lambda: made(1)[0], pinned=True, timeout_s=_LIMIT_S),
    Workload("data set of 240 units x 24 d, memory of a process", "MB", lambda: made(2)[1], timeout_s=_LIMIT_S),
)

LIMITS: Final = (
    Limit("data set of 240 units x 24 d, two processes", at_most=240),
    Limit("data set of 240 units x 24 d, memory of a process", at_most=500),
)
