"""A session's load: the records that wait in it, and the messages that are under way."""

from collections import deque
from typing import Final

from actors.sinks._mqtt.client import FAILURE, Client
from actors.sinks._mqtt.outcomes import DeniedError, Outcomes
from actors.sinks._mqtt.parcels import NotYetError, Packer, Parcel
from actors.sinks._mqtt.plan import Plan
from schemas.readings import FaultRecord

PASSING: Final = frozenset({0x80, 0x83, 0x89, 0x93, 0x97})
"""Reason codes of a refused message that may be taken later: unspecified, busy, too many, quota."""
DENIED: Final = frozenset({0x87, 0x90})
"""Reason codes of a refused message that speak of its topic: not authorized, not valid."""
DENIED_S: Final = 60
"""So long no record with such a topic is offered again: a broker may end the connection each time."""
TRIES: Final = 3
"""How often a message is offered to a broker that refuses it for a passing reason."""
BACKLOG: Final = 262_144
"""Bytes that may wait for the network in one session."""


class Load:
    """See the module. Base of a session, which says when something may go out and notes what comes in."""

    def __init__(self, plan: Plan, outcomes: Outcomes) -> None:
        self.plan = plan
        self.client: Client | None = None
        self.queue: deque[Parcel] = deque()
        self.flight: dict[int, tuple[Parcel, int]] = {}
        """By number of the message: the record, and which of its messages it is."""
        self.afloat: list[Parcel] = []
        """Sent with QoS 0, but not known to have left yet."""
        self.window = plan.options.window
        self.allowed = self.window
        """How many may be under way now: one after a loss, and more with each acknowledgement. A broker that ends the
        connection over one message can only say so when nothing follows it."""
        self.moved_ns = 0
        """When it last got on: connected, or had an acknowledgement."""
        self.pause_ns = 0
        """Nothing goes out before this instant."""
        self.frozen = False
        """Half-open: nothing is read and nothing is sent."""
        self.farewell: int | None = None
        """Number of the message that says goodbye, while the broker has not acknowledged it."""
        self._acks: list[tuple[int, int, str]] = []
        self._outcomes = outcomes
        self._qos = plan.options.qos
        self._most = 0
        """Bytes of a packet that the broker takes; 0 for any."""
        self._keeps = True
        """Whether the broker retains messages at all."""
        self._status = ""

    @property
    def under_way(self) -> bool:
        """Whether something was sent that has not come to its end."""
        return bool(self.flight or self.afloat) or self.farewell is not None

    @property
    def held(self) -> int:
        """Records in here."""
        sent = {id(parcel) for parcel, _ in self.flight.values()}
        return len(self.queue) + len(self.afloat) + len(sent - {id(parcel) for parcel in list(self.queue)[:1]})

    @property
    def has_acks(self) -> bool:
        """Whether acknowledgements came that were not taken in."""
        return bool(self._acks)

    def fill(self, packer: Packer, now_ns: int) -> bool:
        """Send what the window lets through; whether only the network's own buffer keeps it from sending more."""
        client, queue, flight = self.client, self.queue, self.flight
        if client is None or client.wire is None or self.frozen or self.pause_ns > now_ns:
            return False
        if queue and not flight and not self.afloat:
            self.moved_ns = now_ns
        while queue and len(flight) < self.allowed and client.wire.unsent < BACKLOG:
            parcel = queue[0]
            if parcel.messages is None and not self._pack(parcel, packer, now_ns):
                return False
            if parcel.messages is not None:
                self._send(client, parcel, parcel.messages)
        return bool(queue) and len(flight) < self.allowed

    def _pack(self, parcel: Parcel, packer: Packer, now_ns: int) -> bool:
        """Make its messages; false when it must wait. One that cannot be delivered whole does not go out in part."""
        try:
            messages = packer.messages(parcel.record)
            if self._outcomes.denied:
                self._outcomes.check([topic for topic, _ in messages], now_ns)
            parcel.messages = messages
        except NotYetError:
            return False
        except DeniedError as denied:
            self.queue.popleft()
            self._outcomes.refuse(parcel.row, parcel.record, str(denied))
            return True
        except Exception as error:  # a format of someone else may raise anything
            self.queue.popleft()
            self._outcomes.refuse(parcel.row, parcel.record, f"{type(error).__name__}: {error}")
            return True
        parcel.left = len(parcel.messages)
        return True

    def _send(self, client: Client, parcel: Parcel, messages: list[tuple[str, bytes]]) -> None:
        flight, qos, options = self.flight, self._qos, self.plan.options
        retain = options.retain_faults and self._keeps if isinstance(parcel.record, FaultRecord) else options.retain
        place, window = parcel.sent, self.allowed
        while place < len(messages) and len(flight) < window:
            topic, payload = messages[place]
            try:
                if self._most and len(topic) + len(payload) + 16 > self._most:
                    raise ValueError(f"{len(payload)} bytes; the broker takes packets up to {self._most}")
                mid = client.publish(topic, payload, qos, retain).mid
            except ValueError as error:
                parcel.refusal = f"{topic}: {error}"
                parcel.left -= 1
            else:
                if qos:
                    flight[mid] = (parcel, place)
            place += 1
        parcel.sent = place
        if place == len(messages):
            self.queue.popleft()
            if not qos:
                self.afloat.append(parcel)
            elif not parcel.left:
                self._settle(parcel, 0)

    def flush(self) -> bool:
        """Let out what was sent; whether that was all."""
        wire = self.client.wire if self.client else None
        if wire is None or self.frozen or not wire.flush():
            return False
        for parcel in self.afloat:
            if parcel.refusal:
                self._outcomes.refuse(parcel.row, parcel.record, parcel.refusal)
            else:
                self._outcomes.done.append(parcel.row)
        self.afloat.clear()
        return True

    def absorb(self, now_ns: int) -> None:
        """Take in the acknowledgements that came."""
        acks, self._acks = self._acks, []
        if acks:
            self.moved_ns = now_ns
            self.allowed = min(self.window, 2 * self.allowed)
        for mid, code, text in acks:
            entry = self.flight.pop(mid, None)
            if entry is None:
                if mid == self.farewell:
                    self.farewell = None
                if code >= FAILURE:
                    self._outcomes.note = f"{self._status}: {text}"
                continue
            parcel, place = entry
            if code in PASSING and parcel.tries < TRIES:
                parcel.retry.append(place)
            elif code >= FAILURE:
                self._refused(parcel, place, code, text, now_ns)
            parcel.left -= 1
            if not parcel.left:
                self._settle(parcel, now_ns)

    def _refused(self, parcel: Parcel, place: int, code: int, text: str, now_ns: int) -> None:
        messages = parcel.messages or []
        topic = messages[place][0]
        parcel.refusal = f"{topic}: {text}"
        if code in DENIED:
            self._outcomes.denied[topic] = (now_ns + DENIED_S * 10**9, parcel.refusal)
        # the record is refused as a whole, so what did not go out yet stays
        parcel.left -= len(messages) - parcel.sent
        del messages[parcel.sent :]
        if self.queue and self.queue[0] is parcel:
            self.queue.popleft()

    def _settle(self, parcel: Parcel, now_ns: int) -> None:
        if parcel.retry:
            parcel.tries += 1
            retry, parcel.retry = parcel.retry, []
            parcel.again(retry)
            self.queue.appendleft(parcel)
            self.pause_ns = now_ns + 10**9
        elif parcel.refusal:
            self._outcomes.refuse(parcel.row, parcel.record, parcel.refusal)
        else:
            self._outcomes.done.append(parcel.row)

    def take_back(self) -> None:
        """What was sent and not acknowledged stands in line again, where it stood."""
        sent: dict[Parcel, list[int]] = {}
        for parcel, place in self.flight.values():
            sent.setdefault(parcel, []).append(place)
        self.flight.clear()
        head = self.queue[0] if self.queue and self.queue[0].sent else None
        if head is not None:
            sent.setdefault(head, [])
        self._outcomes.resent += sum(map(len, sent.values()))
        if sent:
            self.allowed = 1
        again = []
        for parcel, places in sent.items():
            parcel.again([*parcel.retry, *places])
            parcel.retry.clear()
            if parcel.refusal:
                self._outcomes.refuse(parcel.row, parcel.record, parcel.refusal)
            elif parcel is not head:
                again.append(parcel)
        if head is not None and head.refusal:
            self.queue.popleft()
        self.queue.extendleft(reversed(again))
        self._drop_afloat(head)

    def _drop_afloat(self, head: Parcel | None) -> None:
        """At most once: what was on its way with QoS 0 may have come through, so it is not sent again."""
        if self._qos:
            return
        if head is not None:
            self.queue.popleft()
            self.afloat.append(head)
        self._outcomes.cut += [parcel.row for parcel in self.afloat]
        self.afloat.clear()

    def trim(self, most: int) -> int:
        """Keep the newest records only: a device without a connection has a memory of some size. How many went."""
        gone = 0
        while len(self.queue) > most and not self.queue[0].sent:
            self._outcomes.overflow.append(self.queue.popleft().row)
            gone += 1
        return gone
