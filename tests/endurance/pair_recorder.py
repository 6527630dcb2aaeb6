"""Somebody who listens at Mosquitto, past the proxies, and says what is odd about what arrives."""

import json
import time
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.brokers.mosquitto import Mosquitto

INTERVAL_S: Final = 0.5
"""Between two frames of a device."""


class Recorder:
    """Listens to Mosquitto past the proxies, in a session that survives the broker's orderly end."""

    def __init__(self, broker: Mosquitto) -> None:
        self.seen: dict[str, set[int]] = defaultdict(set)
        self.recent: dict[str, deque[dict[str, Any]]] = defaultdict(lambda: deque(maxlen=60))
        self.duplicates: dict[str, int] = defaultdict(int)
        self.inversions: dict[str, int] = defaultdict(int)
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id="recorder", clean_session=False, protocol=mqtt.MQTTv311
        )
        self._client.max_inflight_messages_set(60_000)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe("data-simulator/#", 1)
        self._client.on_message = lambda client, _, message: self._take(bytes(message.payload))
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()

    def _take(self, payload: bytes) -> None:
        document = json.loads(payload)
        device, number = document["device"], document["sequence"]
        if number in self.seen[device]:
            self.duplicates[device] += 1
        elif self.seen[device] and number < max(self.seen[device]):
            self.inversions[device] += 1
        self.seen[device].add(number)
        self.recent[device].append({**document, "arrived": time.monotonic()})

    def last(self, device: str) -> dict[str, Any]:
        """Its newest message; empty before there is one."""
        recent = self.recent[device]
        return recent[-1] if recent else {}

    def since(self, device: str, moment: float) -> list[dict[str, Any]]:
        """What arrived after a moment."""
        return [document for document in tuple(self.recent[device]) if document["arrived"] > moment]

    def skewed_s(self, device: str, since: float) -> float:
        """How far the stamps of what arrived since are from where the device's earlier ones lead."""
        return self._off_s(device, since, lambda start, each: abs(_between_s(start, each) - _due_s(start, each)))

    def late_s(self, device: str, since: float) -> float:
        """How much later than the device's earlier ones lead to expect something arrived since."""
        return self._off_s(device, since, lambda start, each: each["arrived"] - start["arrived"] - _due_s(start, each))

    def _off_s(self, device: str, since: float, off_s: Callable[[dict[str, Any], dict[str, Any]], float]) -> float:
        recent = tuple(self.recent[device])
        start = min((each for each in recent if each["arrived"] <= since), key=_number, default=None)
        later = [] if start is None else [each for each in recent if each["arrived"] > since]
        return max((off_s(start, each) for each in later if start is not None), default=0.0)

    def missing(self, device: str, first: int, below: int) -> list[int]:
        """Numbers that have not arrived."""
        return [number for number in range(first, below) if number not in self.seen[device]]

    def close(self) -> None:
        """Hang up."""
        self._client.disconnect()
        self._client.loop_stop()


def _number(document: dict[str, Any]) -> int:
    return int(document["sequence"])


def _due_s(one: dict[str, Any], other: dict[str, Any]) -> float:
    return INTERVAL_S * (_number(other) - _number(one))


def _between_s(one: dict[str, Any], other: dict[str, Any]) -> float:
    return (instant(other["time"]) - instant(one["time"])).total_seconds()


def instant(text: str) -> datetime:
    whole, _, fraction = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{(fraction + '000000')[:6]}+00:00")
