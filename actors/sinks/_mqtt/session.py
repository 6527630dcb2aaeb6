"""A session: one client's connection to the broker, what waits in it, and what it waits for."""

from collections.abc import Mapping
from typing import Any, Final, Literal

import orjson
from paho.mqtt.reasoncodes import ReasonCode

from actors.sinks._mqtt.client import FAILURE, Client, session_expiry
from actors.sinks._mqtt.load import Load
from actors.sinks._mqtt.outcomes import Outcomes
from actors.sinks._mqtt.plan import Plan

State = Literal["waiting", "connecting", "greeting", "up", "parked", "refused"]
"""Not connected and waiting for its turn; the network is being reached; the broker has not answered; up; off by order;
refused for good."""

PERMANENT: Final = frozenset({0x81, 0x82, 0x84, 0x85, 0x86, 0x87, 0x8A, 0x8C, 0x90, 0x99, 0x9A, 0x9B, 0x9D})
"""Reason codes of a refused connection that asking again does not mend: somebody has to."""


class Session(Load):
    """See the module. Belongs to the network's thread, but for `dial`, which runs while nobody else touches it."""

    def __init__(self, plan: Plan, device: str, outcomes: Outcomes, guest: bool = False) -> None:
        super().__init__(plan, outcomes)
        self.device = device
        """Whose it is; empty for the one that all share."""
        self.client_id = plan.client_id(device)
        self.guest = guest
        """A stranger with the same client id: says nothing, and does not come back."""
        self.state: State = "waiting"
        self.reason = ""
        """Why it is not up."""
        self.permanent = False
        self.attempts = 0
        """Attempts to connect since it was up."""
        self.stuck = True
        """Does not get on at the moment, so that nobody is to wait for it."""
        self.dialling = False
        self.turn = 0
        """Which of its turns to connect is in force."""
        self.parting = ""
        """Why it is about to leave in peace; empty when it is not."""
        self.lost: str | None = None
        self.greeting: tuple[int, str, Mapping[str, Any]] | None = None
        self._status_qos = min(1, self._qos)
        self._status = plan.status_topic(self.client_id) if plan.options.status and not guest else ""

    # Connecting.

    def dial(self) -> None:
        """Reach the broker and say hello; waits. Any error is the reason why it is not reached."""
        if self.client is None:
            self.client = self._make_client()
        self.client.reconnect()

    def _make_client(self) -> Client:
        plan, target = self.plan, self.plan.target
        clean = not plan.persistent or self.guest
        client = Client(self.client_id, plan.options.protocol, clean)
        client.connect_timeout = plan.options.connect_timeout_s
        client.max_inflight_messages = 65_535  # the window is kept here
        if target.username is not None:
            client.username_pw_set(target.username.reveal(), target.password.reveal() if target.password else None)
        client.tls = plan.tls
        if self._status:
            client.will_set(self._status, self._words("offline", "lost"), self._status_qos, retain=True)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        if self._qos:
            client.on_publish = self._on_publish
        more: dict[str, Any] = {}
        if plan.options.protocol == "5" and clean:
            more = {"clean_start": True}
        elif plan.options.protocol == "5":  # clean at first: numbers of messages begin anew with this process
            more = {"properties": session_expiry(plan.options.session_expiry_s)}
        client.connect_async(target.host, target.port, target.keep_alive_s, **more)
        return client

    # What paho calls: it only notes, and never raises. An exception here would end more than one message.

    def _on_connect(self, client: Any, _: Any, flags: Any, code: ReasonCode, properties: Any) -> None:
        if not code.is_failure and not flags.session_present:
            client.drop_out_messages()  # the broker knows none of them; they are sent anew, in order
            self.take_back()
        elif not code.is_failure:
            self._outcomes.resent += len(self.flight)  # paho sends these again by itself
        self.greeting = (code.value, str(code), vars(properties) if properties is not None else {})

    def _on_disconnect(self, _client: Any, _: Any, flags: Any, code: ReasonCode, _properties: Any) -> None:
        if self.lost is None:
            if flags.is_disconnect_packet_from_server:
                self.lost = f"the broker ended the connection: {code}"
            else:  # paho has one word for all that is no word of the broker's
                self.lost = "connection lost" if code.value == FAILURE else f"connection lost: {code}"

    def _on_publish(self, _client: Any, _: Any, mid: int, code: ReasonCode, _properties: Any) -> None:
        self._acks.append((mid, code.value, "" if code.value < FAILURE else str(code)))

    # Up.

    def welcome(self, limits: Mapping[str, Any], now_ns: int) -> None:
        """The broker takes it: keep to its limits, and be born."""
        self.state, self.reason, self.attempts, self.permanent = "up", "", 0, False
        self.moved_ns = now_ns
        self.window = min(self.plan.options.window, limits.get("ReceiveMaximum", 65_535))
        self._most = limits.get("MaximumPacketSize", 0)
        self._keeps = bool(limits.get("RetainAvailable", 1))
        if self._status and self._keeps:
            self._say("online", "connected")

    def _say(self, state: str, why: str) -> int | None:
        """The number of the message; `None` when nothing is to be acknowledged."""
        if self.client is None or not self._status:
            return None
        said = self.client.publish(self._status, self._words(state, why), self._status_qos, retain=True)
        return said.mid if self._status_qos else None

    def _words(self, state: str, why: str) -> bytes:
        return orjson.dumps({"client": self.client_id, "device": self.device or None, "state": state, "reason": why})

    # Down.

    def cut(self, why: str) -> None:
        """End the connection without a word: the broker will tell the Last Will."""
        self.lost = why
        client = self.client
        if client is not None and client.wire is not None:
            client.wire.kill()
            client.loop_read()

    def part(self, why: str, now_ns: int) -> None:
        """Say goodbye, and send nothing more: the death is told by the client itself.

        It is not over before `may_go`. A client that only says goodbye and closes may be heard by nobody: the broker's
        answer then meets a closed socket, and the broker takes the broken connection for a death and tells the Last
        Will.
        """
        self.parting = why
        self.moved_ns = now_ns
        self.farewell = self._say("offline", why)

    @property
    def may_go(self) -> bool:
        """Whether the broker has answered all there was to answer since `part`."""
        wire = self.client.wire if self.client is not None else None
        return bool(self.parting) and not self.under_way and wire is not None and not wire.unsent

    def go(self) -> None:
        """Disconnect in peace: the broker forgets the Last Will."""
        self.lost = self.parting
        if self.client is not None:
            self.client.disconnect()
