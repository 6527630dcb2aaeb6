"""Alerts: what a monitor publishes, and how anybody's alerts are read."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from schemas.instants import iso
from schemas.problems import InvalidInput, Problem

MOST = 1_000_000
"""Alerts read, at most."""


class Alert(NamedTuple):
    """Something is wrong with a device, says a monitor."""

    time_ns: int
    """The instant of the telemetry that it was seen in."""
    device: str
    sensor: str | None
    """The sensor whose readings show it; `None` when it is the device."""
    kind: str
    """What it looks like: `flatline`, `missing`, `spike`, `drift`, `hot`, `fan`, `silent`..."""
    detail: str = ""
    rul_s: float | None = None
    """How long the device will last, as far as the monitor can tell."""

    def line(self) -> str:
        """A line of JSON."""
        return json.dumps({"time": iso(self.time_ns), **self._asdict()})


def read_alerts(lines: Iterable[str], source: str) -> list[Alert]:
    """Alerts from lines of JSON with at least `device` and `time` (RFC 3339) or `time_ns`. Raises `InvalidInput`."""
    found: list[Alert] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(_alert(json.loads(line)))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            allowed = "an object with device and time, and perhaps sensor, kind, detail, rul_s"
            raise InvalidInput(source, [Problem(f"line {number}", f"{error}", allowed)]) from None
        if len(found) > MOST:
            raise InvalidInput(source, [Problem("(file)", f"more than {MOST} alerts", f"at most {MOST}")])
    return sorted(found, key=lambda alert: (alert.time_ns, alert.device))


def _alert(data: Any) -> Alert:
    if not isinstance(data, dict) or not isinstance(data.get("device"), str):
        raise ValueError("no device")
    time_ns = data["time_ns"] if isinstance(data.get("time_ns"), int) else instant_ns(str(data["time"]))
    sensor, rul_s = data.get("sensor"), data.get("rul_s")
    return Alert(
        time_ns,
        data["device"],
        sensor if isinstance(sensor, str) else None,
        str(data.get("kind", "alert")),
        str(data.get("detail", "")),
        float(rul_s) if isinstance(rul_s, int | float) else None,
    )


def instant_ns(text: str) -> int:
    """An RFC 3339 instant as nanoseconds since the Unix epoch, all nine decimals kept. `ValueError` when it is none."""
    head, point, rest = text.strip().replace("z", "Z").partition(".")
    digits = ""
    while rest and rest[0].isdigit():
        digits, rest = digits + rest[0], rest[1:]
    moment = datetime.fromisoformat(head + rest.replace("Z", "+00:00") if point else head.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError(f"found {text!r}; allowed: an instant with its time zone")
    return int(moment.timestamp()) * 10**9 + int(digits[:9].ljust(9, "0") or 0)
