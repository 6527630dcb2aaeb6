"""What the tests of the MQTT sink share: a sink with its writer's thread, and a subscriber that knows nothing of it."""

import json
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from actors.sinks.base import Surroundings
from actors.sinks.mqtt import SINK, MqttSink
from schemas.formats.base import Format
from schemas.formats.json import FORMAT
from schemas.quantities import QUANTITIES, UNITS, Quantity
from schemas.readings import Frame, Reading
from schemas.settings import Settings
from tests.brokers.processes import wait_until

T0 = 1_767_225_600 * 10**9


def frame(device: str, sequence: int, sensors: tuple[Quantity, ...] = QUANTITIES) -> Frame:
    readings = tuple(Reading(name, name, UNITS[name], 40.0 + sequence, T0 + sequence) for name in sensors)
    return Frame(device, "raspberry-pi", sequence, T0 + sequence, readings, 0)


class Rig:
    """A sink at work, without a simulation around it."""

    def __init__(self, environment: dict[str, str], topic: str, form: Format = FORMAT, **options: Any) -> None:
        settings = Settings.load({**environment, "MQTT_TOPIC": topic})
        made = SINK.options.model_validate({"spool": "none", **options})
        around = Surroundings("out", form, gated=lambda: False, settings=settings)
        self.sink: MqttSink = SINK.build(made, around)
        self.sent: Counter[str] = Counter()
        self._stop = threading.Event()
        self._woken = threading.Event()
        self.error: BaseException | None = None
        self.start()

    def start(self, generation: int = 1) -> None:
        self._stop.clear()
        self.pump = self.sink.pump(generation, self._woken.set)
        self.pump.start()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            while not self._stop.is_set() and self.pump.turn():
                if self.pump.network is None:
                    self._stop.wait(0.05)
        except BaseException as error:
            self.error = error

    def put(self, device: str, count: int = 1) -> None:
        for _ in range(count):
            self.sink.lane.put(frame(device, self.sent[device]))
            self.sent[device] += 1

    def drained(self, timeout_s: float = 20.0) -> None:
        wait_until(lambda: self.sink.depth == 0, timeout_s, f"a drained sink ({self.sink.problem})")
        assert self.error is None

    def up(self, sessions: int = 1, timeout_s: float = 20.0) -> None:
        wait_until(lambda: self.sink.connections.get("up", 0) == sessions, timeout_s, f"{sessions} sessions")

    def halt(self) -> None:
        """The writer's thread ends between two rounds; nothing is closed."""
        self._stop.set()
        self.pump.nudge()
        self._thread.join()

    def stop(self) -> None:
        """In order, as the writer stops."""
        self.sink.lane.refuse()
        self.halt()
        self.pump.finish()

    def crash(self) -> None:
        """The writer dies where it stands."""
        self.halt()
        self.pump.fail()


@contextmanager
def rig(environment: dict[str, str], topic: str, **options: Any) -> Iterator[Rig]:
    made = Rig(environment, topic, **options)
    try:
        yield made
    finally:
        made.crash()
        made.sink.abandon()
        made.sink.close()


class Recorder:
    """An independent subscriber: plain paho, its own thread, everything in the order in which it came."""

    def __init__(self, broker: Any, *topics: str, port: int | None = None) -> None:
        self.messages: list[tuple[str, bytes]] = []
        ready = threading.Event()
        self.client = client = paho.Client(
            CallbackAPIVersion.VERSION2, f"recorder-{id(self)}", protocol=MQTTProtocolVersion.MQTTv5
        )
        client.on_message = lambda _client, _data, message: self.messages.append(
            (message.topic, bytes(message.payload))
        )
        client.on_subscribe = lambda *_: ready.set()
        client.on_connect = lambda *_: client.subscribe([(topic, 2) for topic in topics]) and None
        if getattr(broker, "username", None):
            client.username_pw_set(broker.username, broker.password)
        if getattr(broker, "ca", None):
            client.tls_set(str(broker.ca))
        client.connect(broker.host, port or broker.port, 30)
        client.loop_start()
        assert ready.wait(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def on(self, prefix: str) -> list[tuple[str, bytes]]:
        return [message for message in list(self.messages) if message[0].startswith(prefix)]

    def wait(self, prefix: str, count: int, timeout_s: float = 20.0) -> list[tuple[str, bytes]]:
        wait_until(lambda: len(self.on(prefix)) >= count, timeout_s, f"{count} messages on {prefix}")
        return self.on(prefix)

    def last(self, topic: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.on(topic)[-1][1])
        return found

    def first_receipts(self, prefix: str) -> dict[tuple[str, str], list[int]]:
        """Sequences by device and sensor in the order in which each was first seen."""
        found: dict[tuple[str, str], list[int]] = defaultdict(list)
        seen: set[tuple[str, str, int]] = set()
        for _, payload in self.on(prefix):
            record = json.loads(payload)
            key = (record["device"], record.get("sensor", ""), record["sequence"])
            if key not in seen:
                seen.add(key)
                found[key[:2]].append(key[2])
        return found

    def duplicates(self, prefix: str) -> int:
        return len(self.on(prefix)) - sum(map(len, self.first_receipts(prefix).values()))


def missing(recorder: Recorder, prefix: str, sent: Counter[str], sensors: int = len(QUANTITIES)) -> int:
    """How many readings never came; what came has to be in order."""
    found = recorder.first_receipts(prefix)
    for order in found.values():
        assert order == sorted(order), "nothing in disorder"
    return sum(sent.values()) * sensors - sum(map(len, found.values()))
