"""What comes by MQTT, as long as somebody listens."""

import os
import ssl
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from threading import Event
from typing import Any, Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from actors.auditor.sightings import Message
from engine.clock import WallClock
from schemas.connections import MqttSettings, Tls
from schemas.problems import CannotStart

READY_S: Final = 15.0
KEPT_S: Final = 3600
"""How long the broker keeps what comes while the auditor is away."""
AT_ONCE: Final = 65_535
TAKEN: Final = 10_000


class MqttSource:
    """One subscription. A broken connection is taken up again, in the same session."""

    drained = False
    """There is always more to come."""

    def __init__(self, settings: MqttSettings, filters: Sequence[str]) -> None:
        self.name = "mqtt"
        self._settings = settings
        self._filters = [(one, 2) for one in filters]
        self._came: SimpleQueue[Message] = SimpleQueue()
        self._subscribed = Event()
        self._refused = ""
        # paho hands callbacks their arguments by position; nothing in them may raise, or its thread ends silently
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=f"data-simulator-audit-{os.getpid()}", protocol=paho.MQTTv5
        )
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        self._client.reconnect_delay_set(1, 2)
        if settings.username is not None:
            password = None if settings.password is None else settings.password.reveal()
            self._client.username_pw_set(settings.username.reveal(), password)
        if settings.tls is not None:
            self._client.tls_set_context(tls_context(settings.tls))

    def start(self) -> None:
        """Connect and subscribe. `CannotStart` when that takes too long or is refused."""
        properties = _properties(PacketTypes.CONNECT, SessionExpiryInterval=KEPT_S, ReceiveMaximum=AT_ONCE)
        where = f"{self._settings.host}:{self._settings.port}"
        try:
            self._client.connect(
                self._settings.host, self._settings.port, keepalive=15, clean_start=False, properties=properties
            )
        except (OSError, ValueError) as error:
            raise CannotStart(f"no MQTT broker at {where}: {error}") from error
        self._client.loop_start()
        if not self._subscribed.wait(READY_S) or self._refused:
            self.close()
            raise CannotStart(f"the MQTT broker at {where} gives no subscription: {self._refused or 'no answer'}")

    def take(self, timeout_s: float) -> list[Message]:
        """What has come; waits a little when nothing has."""
        found: list[Message] = []
        try:
            found.append(self._came.get(timeout=timeout_s))
            while len(found) < TAKEN:
                found.append(self._came.get_nowait())
        except Empty:
            pass
        return found

    def close(self) -> None:
        """Hang up, for good: the broker need keep nothing."""
        self._client.disconnect(properties=_properties(PacketTypes.DISCONNECT, SessionExpiryInterval=0))
        self._client.loop_stop()

    def _on_connect(self, client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._refused = str(reason)
            self._subscribed.set()
        else:
            client.subscribe(self._filters)

    def _on_subscribe(self, _client: Any, _data: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        self._refused = "; ".join(str(reason) for reason in reasons if reason.is_failure)
        self._subscribed.set()

    def _on_message(self, _client: Any, _data: Any, message: Any) -> None:
        headers = {}
        if message.properties is not None:
            headers = {name: value.encode() for name, value in getattr(message.properties, "UserProperty", ())}
        # what was retained came long ago
        received = None if message.retain else WallClock.epoch_ns()
        self._came.put(Message(message.topic, None, bytes(message.payload), headers, 0, received))


def _properties(packet: int, **values: int) -> Properties:
    made = Properties(packet)  # type: ignore[no-untyped-call]
    for name, value in values.items():
        setattr(made, name, value)
    return made


def tls_context(tls: Tls) -> ssl.SSLContext:
    """What to trust and what to show."""
    context = ssl.create_default_context(cafile=None if tls.ca_file is None else str(tls.ca_file))
    if tls.cert_file is not None:
        context.load_cert_chain(tls.cert_file, tls.key_file)
    return context
