"""Parcels: what becomes of a record on its way through a session - messages with topic and payload."""

from collections.abc import Callable, Mapping
from typing import Final

from actors.sinks._mqtt.templates import filled
from actors.sinks.base import Record
from actors.sinks.base.records import fault_encoder
from schemas.formats.base import Format, What, is_wire
from schemas.readings import FaultRecord, Frame, Truth

Message = tuple[str, bytes]
Header = Callable[[What], bytes | None]
"""What stands before the body of a record of some kind; `None` while the registry has not said."""


class NotYetError(Exception):
    """The schema of this record is not known to the registry yet."""


class Parcel:
    """One record under way. `messages` are made when its turn comes: what waits long is kept as the record only."""

    __slots__ = ("left", "messages", "record", "refusal", "retry", "row", "sent", "tries")

    def __init__(self, row: int, record: Record) -> None:
        self.row = row
        self.record = record
        self.messages: list[Message] | None = None
        self.sent = 0
        """How many messages were handed to the session."""
        self.left = 0
        """How many have neither been acknowledged nor refused."""
        self.refusal = ""
        self.retry: list[int] = []
        """Messages refused for a passing reason."""
        self.tries = 1

    def again(self, lost: list[int]) -> None:
        """Go back to where only the messages at these places, and those that never went out, are left."""
        messages = self.messages or []
        self.messages = [messages[place] for place in lost] + messages[self.sent :]
        self.sent = 0
        self.left = len(self.messages)


def plain(_: What) -> bytes:
    """No header at all."""
    return b""


class Packer:
    """Makes the messages of records. Safe on one thread."""

    def __init__(
        self,
        form: Format,
        base: str,
        templates: Mapping[str, str],
        *,
        per_reading: bool,
        header: Header = plain,
    ) -> None:
        """`base` is what stands for `{topic}`; `templates` are those of `data`, `truth` and `fault`."""
        self._base = base
        self._templates = templates
        self._per_reading = per_reading
        self._header = header
        self._encode_reading: Callable[[Frame, int], bytes]
        if is_wire(form):
            self._encode_reading = form.encoder("reading")
        else:
            self._encode_reading = getattr(form, "encode_reading", _no_readings)
        self._encode: Callable[[Frame], bytes] = form.encode
        self._encode_truth: Callable[[Truth], bytes] = form.encode_truth
        self._encode_fault: Callable[[FaultRecord], bytes] = fault_encoder(form)
        self._spoiled: Callable[[bytes, Record], bytes] | None = getattr(form, "spoiled_head", None)
        self._topics: dict[tuple[str, str], str] = {}

    def messages(self, record: Record) -> list[Message]:
        """The messages of one record. `NotYetError` while its schema has no id; else an error is for good."""
        if isinstance(record, Truth):
            body = self._head("truth", record) + self._encode_truth(record)
            return [(self._topic("truth", record.device, "", ""), body)]
        if isinstance(record, FaultRecord):
            body = self._head("fault", record) + self._encode_fault(record)
            parts = {"device": record.device, "fault": record.own_id}
            return [(filled(self._templates["fault"], topic=self._base, **parts), body)]
        if not self._per_reading:
            body = self._head("frame", record) + self._encode(record)
            return [(self._topic("data", record.device, "", record.kind), body)]
        head, encode, topics, device = self._head("reading", record), self._encode_reading, self._topics, record.device
        found: list[Message] = []
        for place, reading in enumerate(record.readings):
            topic = topics.get((device, reading.sensor)) or self._topic("data", device, reading.sensor, record.kind)
            found.append((topic, head + encode(record, place)))
        return found

    def _head(self, what: What, record: Record) -> bytes:
        head = self._header(what)
        if head is None:
            raise NotYetError(what)
        return head if self._spoiled is None else self._spoiled(head, record)

    def _topic(self, what: str, device: str, sensor: str, kind: str) -> str:
        key = (device, sensor or f"/{what}")
        topic = self._topics.get(key)
        if topic is None:
            parts = {"device": device, "sensor": sensor or _NONE, "kind": kind or _NONE}
            topic = self._topics[key] = filled(self._templates[what], topic=self._base, **parts)
        return topic


_NONE: Final = "none"
"""Stands for a part that a template has no use for here; options see to that."""


def _no_readings(frame: Frame, part: int) -> bytes:  # noqa: ARG001 - as every encoder of readings has it
    raise ValueError("this format has no bytes for single readings; allowed: payload: frame")
