"""The system under test: a monitor of ours in a process of its own, or the alerts of anybody's."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

from actors.monitor import Alert, read_alerts
from schemas.problems import CannotStart, InvalidInput, Problem

_LIMIT_S: Final = 3600.0
_ANSWER_S: Final = 10.0
_MOST_BYTES: Final = 256 << 20


def by_process(telemetry: Path, alerts: Path, monitor: str) -> Sequence[Alert]:
    """Have one of ours read what the devices said, in a process that knows nothing else. Raises `CannotStart`."""
    command = [
        sys.executable,
        "-m",
        "api.cli",
        "monitor",
        str(telemetry),
        "--alerts",
        str(alerts),
        "--monitor",
        monitor,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_LIMIT_S, check=False)
    if done.returncode != 0:
        raise CannotStart(f"the monitor ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    with open(alerts, encoding="utf-8") as file:
        return read_alerts(file, "alerts of the monitor")


def from_outside(where: str) -> Sequence[Alert]:
    """Alerts from a file of JSON lines, or from a web address that answers with such lines. Raises `InvalidInput`."""
    if not where.startswith(("http://", "https://")):
        try:
            with open(where, encoding="utf-8") as file:
                return read_alerts(file, where)
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(
                where, [Problem("(file)", str(error), "a file of alerts, one JSON object a line")]
            ) from None
    try:
        with urlopen(where, timeout=_ANSWER_S) as answer:  # the scheme was looked at above
            data: bytes = answer.read(_MOST_BYTES + 1)
    except (URLError, OSError, ValueError) as error:
        raise InvalidInput(where, [Problem("(address)", str(error), "alerts, one JSON object a line")]) from None
    return read_alerts(data.decode("utf-8", errors="replace").splitlines(), where)
