"""Parcels: what becomes of a record on its way - the messages of a frame, a truth or a fault, and their reports."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import KafkaError, KafkaException

from actors.sinks.base import Record
from actors.sinks.base.records import fault_encoder
from schemas.formats.base import Format, What, is_wire
from schemas.readings import FaultRecord, Frame, Truth
from schemas.released import WHATS

if TYPE_CHECKING:
    from actors.sinks._kafka.routes import Route

MILLISECOND: Final = 1_000_000
_ANY: Final = -1
"""The partition that the key leads to."""

Message = tuple[bytes, int]
"""Value, and timestamp in milliseconds."""


class Parcel:
    """One record under way. The client calls `reported` for each of its messages, from `poll` only."""

    __slots__ = (
        "_finished",
        "error",
        "headers",
        "key",
        "left",
        "messages",
        "place",
        "record",
        "refusal",
        "route",
        "row",
    )

    def __init__(self, row: int, record: Record, route: "Route", finished: list["Parcel"]) -> None:
        self.row = row
        self.record = record
        self.key: str = record[0]
        """Records of one key lie in one partition, in their order."""
        self.route = route
        self.messages: list[Message] | None = None
        self.headers: Any = None
        self.place = 0
        """How many messages were handed to the client."""
        self.left = 0
        """How many messages have not been reported."""
        self.error: KafkaError | None = None
        self.refusal = ""
        """Why it will never be taken."""
        self._finished = finished

    def reported(self, error: KafkaError | None, _: Any) -> None:
        """One message is delivered, or is not. It only takes note: nothing else may be done where this is called."""
        if error is not None and self.error is None:
            self.error = error
        self.left -= 1
        if not self.left:
            self._finished.append(self)

    def end(self) -> None:
        """What was not handed to the client will not be: it is finished when the rest is reported."""
        unsent = len(self.messages or ()) - self.place
        self.messages = None
        self.left -= unsent
        if self.left <= 0:
            self._finished.append(self)


class Packer:
    """Makes messages of records and hands them to the client. Belongs to the writer's thread."""

    def __init__(
        self,
        form: Format,
        data: What,
        run: str,
        epoch_of: Callable[[int], int],
    ) -> None:
        self._data = data
        self._encode_reading: Callable[[Frame, int], bytes]
        if is_wire(form):
            self._encode_reading = form.encoder("reading")
            self._encode_frame: Callable[[Frame], bytes] = form.encoder("frame")
            self._encode_truth: Callable[[Truth], bytes] = form.encoder("truth")
            self._encode_fault: Callable[[FaultRecord], bytes] = form.encoder("fault")
        else:
            self._encode_reading = getattr(form, "encode_reading", _no_readings)
            self._encode_frame = form.encode
            self._encode_truth = form.encode_truth
            self._encode_fault = fault_encoder(form)
        self._head: Callable[[bytes, Record], bytes] | None = getattr(form, "spoiled_head", None)
        self._run = ("run", run.encode())
        self._epoch_of = epoch_of
        self._epochs: dict[int, tuple[str, bytes]] = {}
        self._contents = {what: ("content", what.encode()) for what in WHATS}

    def pack(self, parcel: Parcel, head: bytes) -> None:
        """Make its messages. Any error says that it has none."""
        record = parcel.record
        if self._head is not None:
            head = self._head(head, record)
        sequence = record.sequence
        what: What
        if isinstance(record, Truth):
            what, messages = "truth", [(head + self._encode_truth(record), record.time_ns // MILLISECOND)]
        elif isinstance(record, FaultRecord):
            what, messages = "fault", [(head + self._encode_fault(record), record.time_ns // MILLISECOND)]
            parcel.key = record.key
        else:
            what = self._data
            if what == "reading":
                encode = self._encode_reading
                messages = [
                    (head + encode(record, place), reading[4] // MILLISECOND)
                    for place, reading in enumerate(record.readings)
                ]
            else:
                messages = [(head + self._encode_frame(record), record.time_ns // MILLISECOND)]
        parcel.headers = [self._run, self._epoch(parcel.row), ("sequence", b"%d" % sequence), self._contents[what]]
        parcel.messages = messages
        parcel.left = len(messages)

    def _epoch(self, row: int) -> tuple[str, bytes]:
        epoch = self._epoch_of(row)
        found = self._epochs.get(epoch)
        if found is None:
            found = self._epochs[epoch] = ("epoch", b"%d" % epoch)
        return found


def hand_over(parcel: Parcel, produce: Callable[..., None]) -> bool:
    """Give what is left of a packed parcel to the client; false when its queue is full, and it has to be tried again.

    An error of the client is the parcel's; it is finished then, as soon as what was given before is reported.
    """
    messages = parcel.messages
    if messages is None:
        return True
    topic, key, headers, reported = parcel.route.topic, parcel.key, parcel.headers, parcel.reported
    start = place = parcel.place
    try:
        for value, time_ms in messages[start:] if start else messages:
            produce(topic, value, key, _ANY, reported, timestamp=time_ms, headers=headers)
            place += 1
    except BufferError:
        parcel.place = place
        return False
    except KafkaException as error:
        parcel.place = place
        if parcel.error is None:
            parcel.error = error.args[0]
        parcel.end()
    else:
        parcel.place = place
        parcel.messages = None
    return True


def _no_readings(frame: Frame, part: int) -> bytes:  # noqa: ARG001 - as every encoder of readings has it
    raise ValueError("this format has no bytes for single readings; allowed: payload: frame")
