"""The MQTT sink against paho's own ceiling: bare `publish()` of a ready payload, in a loop that does nothing else.

All of it over one connection to one broker on loopback: Mosquitto where it is installed, else the embedded broker. The
sink does what it always does: frames through its spool on disk, its books, JSON for each reading, reason codes.
"""

import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from actors.embedded.ports import free_ports
from actors.sinks.base import Surroundings
from actors.sinks.mqtt import SINK
from bench.harness import Ratio, Workload
from engine.clock import WallClock
from schemas.quantities import QUANTITIES, UNITS
from schemas.readings import Frame, Reading

T0: Final = 1_767_225_600 * 10**9
MESSAGES: Final = {0: 60_000, 1: 24_000}
"""Enough for a second or two."""
WINDOW: Final = 100
PAYLOAD: Final = b"x" * 190
"""As long as a reading in JSON."""


@contextmanager
def broker() -> Iterator[int]:
    """A broker for MQTT 5 on loopback; its port."""
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        from actors.embedded.mqtt import start_mqtt

        handle = start_mqtt()
        try:
            yield handle.port5
        finally:
            handle.close()
        return
    with tempfile.TemporaryDirectory() as folder, free_ports(1) as (port,):
        settings = Path(folder, "mosquitto.conf")
        settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n")
        process = subprocess.Popen([program, "-c", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not _listening(port):
                time.sleep(0.02)
            yield port
        finally:
            process.kill()
            process.wait()


def _listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _connected(port: int, acked: list[int]) -> paho.Client:
    client = paho.Client(CallbackAPIVersion.VERSION2, "bare", protocol=paho.MQTTv5)
    client.max_inflight_messages = WINDOW
    client.on_publish = lambda *_: acked.append(1) if acked is not None else None
    for _ in range(100):
        try:
            client.connect("127.0.0.1", port)
            break
        except OSError:
            time.sleep(0.05)
    while not client.is_connected():
        _ready(client, selectors.EVENT_READ)
        client.loop_read()
    return client


def _ready(client: paho.Client, events: int) -> None:
    with selectors.DefaultSelector() as selector:
        sock: Any = client.socket()
        selector.register(sock, events)
        selector.select(1.0)


def bare(qos: int, measure: Callable[[], float]) -> tuple[int, float]:
    """Nothing but `publish()`: how many messages, and how long by this measure."""
    acked: list[int] = []
    with broker() as port:
        client = _connected(port, acked)
        if not qos:
            client.on_publish = None  # it costs more than the message
        count, start = MESSAGES[qos], measure()
        for sent in range(count):
            client.publish("fleet/pi-0001/temperature", PAYLOAD, qos)
            while client.want_write():
                _ready(client, selectors.EVENT_WRITE)
                client.loop_write()
            while qos and sent - len(acked) >= WINDOW:
                client.loop_read()
        while qos and len(acked) < count:
            client.loop_read()
        return count, measure() - start


def _frames(count: int) -> list[Frame]:
    readings = tuple(Reading(name, name, UNITS[name], 41.5, T0) for name in QUANTITIES)
    return [Frame(f"pi-{i % 10:04d}", "raspberry-pi", i // 10, T0, readings, 0) for i in range(count)]


def sink(qos: int, measure: Callable[[], float]) -> tuple[int, float]:
    """The sink, from its door to the broker's acknowledgement."""
    frames = _frames(MESSAGES[qos] // len(QUANTITIES))
    with broker() as port, tempfile.TemporaryDirectory() as folder:
        options: dict[str, Any] = {"host": "127.0.0.1", "port": port, "topic": "fleet", "qos": qos}
        made = SINK.build(SINK.options(**options), Surroundings("bench", wall=WallClock(), state_folder=Path(folder)))
        pump = made.pump(1, lambda: None)
        pump.start()
        while made.connections.get("up", 0) < 1:
            pump.turn()
        start = measure()
        for frame in frames:
            made.lane.put(frame)
        while made.depth:
            pump.turn_once()
        took = measure() - start
        assert made.books.totals().acked == len(frames)
        pump.fail()
        made.abandon()
        made.close()
        return len(frames) * len(QUANTITIES), took


def _rate(run: Callable[[int, Callable[[], float]], tuple[int, float]], qos: int) -> Callable[[], float]:
    def measure() -> float:
        count, seconds = run(qos, time.perf_counter)
        return count / seconds

    return measure


def _cost(run: Callable[[int, Callable[[], float]], tuple[int, float]], qos: int) -> Callable[[], float]:
    def measure() -> float:
        count, seconds = run(qos, time.process_time)
        return seconds * 1e6 / count

    return measure


WORKLOADS: Final = tuple(
    Workload(f"mqtt qos {qos} {name}{what}", unit, make(run, qos))
    for qos in (0, 1)
    for name, run in (("sink", sink), ("bare publish()", bare))
    for what, unit, make in (("", "messages/s", _rate), (", CPU", "us/message", _cost))
)
RATIOS: Final = tuple(
    Ratio(f"mqtt qos {qos}: sink / bare publish()", f"mqtt qos {qos} sink", f"mqtt qos {qos} bare publish()", 0.5)
    for qos in (0, 1)
)

if __name__ == "__main__":
    for workload in WORKLOADS:
        sys.stdout.write(f"{workload.name}: {workload.run():,.1f} {workload.unit}\n")
