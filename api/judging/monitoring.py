"""The system under test: a monitor of ours in a process of its own, or the alerts of anybody's."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from urllib.error import URLError
from urllib.request import urlopen

from actors.monitor import Alert, read_alerts
from actors.transports import embedded
from schemas.problems import CannotStart, InvalidInput, Problem

if TYPE_CHECKING:
    from schemas.scenario import Scenario
    from schemas.settings import Settings

_LIMIT_S: Final = 3600.0
_ANSWER_S: Final = 10.0
_MOST_BYTES: Final = 256 << 20


def telemetry_topic(scenario: "Scenario", settings: "Settings") -> Literal["mqtt", "kafka"] | None:
    """From which broker's topics the shipped monitor can be told everything; `None`: a file has to do.

    Only where brokers are embedded, and their sinks send whole frames to the topics of the settings: then nobody else
    writes there. The bridge carries what comes by MQTT on to Kafka, so with both Kafka has all of it.
    """
    mqtt, kafka = embedded(scenario, settings)
    sinks = [sink for sink in scenario.sinks if sink.kind in ("mqtt", "kafka")]
    plain = [
        s for s in sinks if s.options.get("payload") == "frame" and not {"topic", "topic_template"} & set(s.options)
    ]
    if not sinks or len(plain) != len(sinks) or not (mqtt or kafka):
        return None
    if len({sink.kind for sink in sinks}) != mqtt + kafka:
        return None
    return "kafka" if kafka else "mqtt"


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
