"""An MQTT broker on loopback: rumqttd from the iotcore wheel, in a process of its own that ends with this one."""

import subprocess
import sys
import threading
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Protocol

from actors.embedded.ports import LOOPBACK, answers, free_ports
from engine.clock import Wall, WallClock
from schemas.problems import CannotStart

LIMITS: Final = (
    "The embedded MQTT broker keeps its messages in memory and nothing is left when it ends. It speaks MQTT 3.1.1 and "
    "MQTT 5 on two ports, takes payloads up to 1 MiB, gives a new subscriber with QoS 1 at most 100 retained messages, "
    "may skip QoS 0 messages for subscribers that fall behind, and closes the connection on a wrong password. A client "
    "id that is used on both ports, or whose connection is reset before it was answered, ends the port for newcomers."
)
START_S: Final = 10.0
"""How long to wait for it to answer; it takes a tenth of a second on an idle machine."""
STOP_S: Final = 5.0
ATTEMPTS: Final = 3
_PROTOCOLS: Final = {"v4": 4, "v5": 5}

# Measured: with rumqttd's own 100 MB x 10 for each filter a run of two million messages took 900 MB; with 1 MB x 4
# it stays at 44 MB. The count of outgoing packets limits the burst of retained messages to a QoS 0 subscriber.
_ROUTER: Final = """id = 0
[router]
id = 0
max_connections = 10010
max_outgoing_packet_count = 60000
max_segment_size = 1048576
max_segment_count = 4
"""
_SERVER: Final = """[{version}.1]
name = "{version}"
listen = "{host}:{port}"
next_connection_delay_ms = 0
[{version}.1.connections]
connection_timeout_ms = 60000
max_payload_size = 1048576
max_inflight_count = 100
dynamic_filters = true
"""


class MqttHandle(Protocol):
    """A running broker."""

    host: str
    port: int
    """Where MQTT 3.1.1 is spoken."""
    port5: int
    """Where MQTT 5 is spoken; a client that speaks the other version is refused."""
    limits: str
    """What it cannot do, for people."""

    def close(self) -> None:
        """End it; what it held is gone. A second call does nothing."""
        ...


class Rumqttd:
    """The broker's process with its settings in a folder of its own. Raises `CannotStart`."""

    host = LOOPBACK
    limits = LIMITS

    def __init__(self, users: Mapping[str, str] | None = None, wall: Wall | None = None) -> None:
        if find_spec("iotcore") is None:
            raise CannotStart("the embedded MQTT broker: iotcore is not installed; it has no wheel for this platform")
        self._wall = wall or WallClock()
        self._lock = threading.Lock()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._start(users or {})
                return
            except CannotStart:
                if attempt == ATTEMPTS:
                    raise

    def _start(self, users: Mapping[str, str]) -> None:
        self._folder = TemporaryDirectory(prefix="data-simulator-mqtt-")
        with free_ports(2) as (self.port, self.port5):
            settings = Path(self._folder.name, "broker.toml")
            settings.write_text(toml({"v4": self.port, "v5": self.port5}, users), encoding="utf-8")
            self._process = _launch(settings)
            try:
                self._await(next(iter(users.items()), None))
            except BaseException:
                self.close()
                raise
        self._folder.cleanup()  # it was read; left until the end it would outlive a process that is killed

    @property
    def pid(self) -> int:
        """The broker's process, for tests that act on it from outside."""
        return self._process.pid

    def _await(self, user: tuple[str, str] | None) -> None:
        """Wait until both versions of the protocol are spoken (to a user, where others are turned away silently)."""
        never = threading.Event()
        until = self._wall.monotonic_ns() + round(START_S * 1e9)
        for port, version in ((self.port, _PROTOCOLS["v4"]), (self.port5, _PROTOCOLS["v5"])):
            while not _speaks(port, version, user):
                ended = self._process.poll()
                if ended is not None:
                    raise CannotStart(f"the embedded MQTT broker ended by itself with exit code {ended}")
                if self._wall.monotonic_ns() > until:
                    raise CannotStart(f"the embedded MQTT broker did not answer within {START_S:g} s")
                self._wall.wait(0.01, never)

    def close(self) -> None:
        """End the process."""
        with self._lock:
            if self._process.poll() is None:
                self._process.terminate()
                try:
                    self._process.wait(STOP_S)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait(STOP_S)
            if self._process.stdin is not None:
                self._process.stdin.close()
            self._folder.cleanup()  # once more for a broker that never came up


def toml(ports: Mapping[str, int], users: Mapping[str, str]) -> str:
    """The broker's settings: servers by protocol version (`v4`, `v5`); with users, only they may connect."""
    parts = [_ROUTER]
    for version, port in ports.items():
        parts.append(_SERVER.format(version=version, host=LOOPBACK, port=port))
        if users:
            lines = [f"{_quoted(name)} = {_quoted(password)}\n" for name, password in users.items()]
            parts.append(f"[{version}.1.connections.auth]\n{''.join(lines)}")
    return "".join(parts)


def _quoted(text: str) -> str:
    """A basic string of TOML."""
    escaped = "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08X}" for c in text)
    return f'"{escaped}"'


def _launch(settings: Path) -> subprocess.Popen[bytes]:
    """Start the process in a session of its own: Ctrl-C ends the devices first, cleanly, and the broker with them."""
    child = Path(__file__).with_name("_mqtt_child.py")
    try:
        # -P: the folder of the script holds modules named like others
        return subprocess.Popen(
            [sys.executable, "-P", str(child), str(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise CannotStart(f"the embedded MQTT broker: {error.strerror}") from None


def _speaks(port: int, version: int, user: tuple[str, str] | None) -> bool:
    """Whether a broker takes a CONNECT of this protocol version."""
    flags = 0x02 if user is None else 0xC2
    # no client id: rumqttd 0.20 closes a port for good when an id comes again that it has in a muddle
    fields = ("",) if user is None else ("", *user)
    body = b"\x00\x04MQTT" + bytes([version, flags, 0, 10]) + (b"\x00" if version == 5 else b"")
    for field in fields:
        data = field.encode()
        body += len(data).to_bytes(2) + data
    question = bytearray(b"\x10")
    length = len(body)
    while length > 127:
        question.append(length % 128 + 128)
        length //= 128
    question.append(length)
    return answers(port, bytes(question) + body, b"\x20", 2.0)


def start_mqtt(users: Mapping[str, str] | None = None) -> MqttHandle:
    """Start a broker; with `users` (name: password) others are refused. Raises `CannotStart`."""
    return Rumqttd(users)
