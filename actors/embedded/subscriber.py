"""A plain MQTT subscriber on paho's own thread, whose end and errors do not go unseen."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from paho.mqtt.client import Client, MQTTMessage, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

KEEP_ALIVE_S: Final = 30
SESSION_S: Final = 3600
"""How long the broker keeps what comes while a subscriber with acknowledgements of its own is away."""
FIRST_RETRY_S: Final = 1
LAST_RETRY_S: Final = 10
NEVER_RETAINED: Final = 2


class Take(Protocol):
    """What is done with a message; on paho's thread."""

    def __call__(self, topic: str, payload: bytes, message: MQTTMessage, /) -> None: ...


class Subscriber:
    """Subscribes as often as it connects. An error in `take` ends it, and `check` raises it on another thread."""

    def __init__(
        self,
        host: str,
        port: int,
        topics: Sequence[str],
        take: Take,
        *,
        version: int,
        client_id: str,
        qos: int = 0,
        manual_ack: bool = False,
        lost: Callable[[], None] = lambda: None,
    ) -> None:
        """`version` 5 or 4 (MQTT 3.1.1). With `manual_ack` the session outlives the connection, and whoever takes a
        message calls `ack`. `lost` is called when a connection ended.
        """
        self._host, self._port, self._topics, self._qos = host, port, topics, qos
        self._take, self._lost = take, lost
        self._five = version == 5
        self._lasting = manual_ack
        self.ready = threading.Event()
        """Set while the subscription stands."""
        self.problem = ""
        self._failure: BaseException | None = None
        self._client_id = client_id
        self._closing = self._paused = False
        settings: dict[str, Any] = {} if self._five else {"clean_session": not manual_ack}
        self._client = client = Client(
            CallbackAPIVersion.VERSION2,
            client_id,
            protocol=MQTTv5 if self._five else MQTTv311,
            manual_ack=manual_ack,
            **settings,
        )
        client.reconnect_delay_set(FIRST_RETRY_S, LAST_RETRY_S)
        client.on_connect, client.on_disconnect = self._connected, self._disconnected
        client.on_subscribe, client.on_message = self._subscribed, self._came

    def start(self) -> None:
        """Connect in the background, as often as it takes."""
        client = self._client
        if self._five:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = SESSION_S if self._lasting else 0
            client.connect_async(
                self._host, self._port, KEEP_ALIVE_S, clean_start=not self._lasting, properties=properties
            )
        else:
            client.connect_async(self._host, self._port, KEEP_ALIVE_S)
        client.loop_start()

    def pause(self) -> None:
        """Unsubscribe until `resume`; what comes meanwhile is never seen."""
        self._paused = True
        self._client.unsubscribe(list(self._topics))

    def resume(self) -> None:
        """Subscribe again."""
        self._paused = False
        self._subscribe()

    def ack(self, mid: int, qos: int) -> None:
        """Acknowledge a message; from any thread."""
        self._client.ack(mid, qos)

    def check(self) -> None:
        """Raise what went wrong in `take`, or `RuntimeError` when paho's thread has ended by itself."""
        if self._failure is not None:
            raise self._failure
        name = f"paho-mqtt-client-{self._client_id}"
        if not self._closing and not any(thread.name == name for thread in threading.enumerate()):
            raise RuntimeError("the MQTT client's thread has ended")

    def close(self) -> None:
        """Disconnect and end the thread."""
        self._closing = True
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(self, _: Client, __: Any, ___: Any, reason: Any, ____: Any) -> None:
        if reason.is_failure:
            self.problem = f"the MQTT broker refuses: {reason}"
            return
        self.problem = ""
        if not self._paused:
            self._subscribe()

    def _subscribe(self) -> None:
        if self._five:
            options = SubscribeOptions(qos=self._qos, retainHandling=0 if self._lasting else NEVER_RETAINED)
            self._client.subscribe([(topic, options) for topic in self._topics])
        else:
            self._client.subscribe([(topic, self._qos) for topic in self._topics])

    def _subscribed(self, _: Client, __: Any, ___: int, reasons: Sequence[Any], ____: Any) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        if refused:
            self.problem = f"the MQTT broker refuses the subscription: {', '.join(refused)}"
        else:
            self.ready.set()

    def _disconnected(self, _: Client, __: Any, ___: Any, reason: Any, ____: Any) -> None:
        self.ready.clear()
        if not self._closing and not self.problem:  # what was said before it ended says more
            self.problem = f"the connection to the MQTT broker ended: {reason}"
        try:
            self._lost()
        except Exception as error:
            self._failure = error

    def _came(self, client: Client, _: Any, message: MQTTMessage) -> None:
        if self._failure is not None:
            return
        try:
            self._take(message.topic, bytes(message.payload), message)
        except Exception as error:  # out of a callback it would end paho's thread, and nobody would hear of it
            self._failure = error
            client.disconnect()
