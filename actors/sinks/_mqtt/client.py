"""The client: paho's, with a wire for its socket and with an eye on every reason code."""

import socket
import ssl
from typing import Any, Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from actors.sinks._mqtt.wire import Wire

FAILURE: Final = 0x80
"""Reason codes from here on are refusals."""
VERSIONS: Final = {"5": MQTTProtocolVersion.MQTTv5, "3.1.1": MQTTProtocolVersion.MQTTv311}


class Client(paho.Client):
    """One session's end of the protocol. Nothing here starts a thread or waits, but for `reconnect`.

    Two steps of paho are taken otherwise, since it offers no door to them: where it makes its socket, and where it
    takes a PUBREC (it would answer a refusal with PUBREL, and then report the message as delivered).
    """

    wire: Wire | None = None
    tls: ssl.SSLContext | None = None
    """What to check the broker by."""

    def __init__(self, client_id: str, protocol: str, clean: bool) -> None:
        """`protocol` is `5` or `3.1.1`; `clean` says for the latter whether the broker forgets the session."""
        v5 = protocol == "5"
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id,
            clean_session=None if v5 else clean,
            protocol=VERSIONS[protocol],
            reconnect_on_failure=False,
        )

    def _create_socket(self) -> Any:
        self.wire = Wire(_connected(self.host, self.port, self.connect_timeout, self.tls))
        return self.wire

    def _handle_pubrec(self) -> MQTTErrorCode:
        packet = bytes(self._in_packet["packet"])
        if len(packet) < 3 or packet[2] < FAILURE:
            return super()._handle_pubrec()
        with self._out_message_mutex:
            mid = int.from_bytes(packet[:2], "big")
            if mid not in self._out_messages:
                return MQTTErrorCode.MQTT_ERR_SUCCESS
            code = ReasonCode(PacketTypes.PUBREC, identifier=packet[2])
            return self._do_on_publish(mid, code, _properties(PacketTypes.PUBREC))


def _connected(host: str, port: int, timeout_s: float, tls: ssl.SSLContext | None) -> socket.socket:
    """A connection, encrypted when there is something to check it by. Leaves nothing open when it fails."""
    plain = socket.create_connection((host, port), timeout_s)
    if tls is None:
        return plain
    try:
        secured = tls.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
    except BaseException:
        plain.close()
        raise
    try:
        secured.do_handshake()
    except BaseException:
        secured.close()
        raise
    return secured


def session_expiry(seconds: int) -> Properties:
    """CONNECT properties: how long the broker keeps the session after the connection."""
    properties = _properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval = seconds
    return properties


def _properties(packet: int) -> Properties:
    return Properties(packet)  # type: ignore[no-untyped-call]
