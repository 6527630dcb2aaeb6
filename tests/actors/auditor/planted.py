"""A small fleet's messages as the sinks would send them, for tests to spoil."""

from collections.abc import Iterable, Mapping
from random import Random

from actors.auditor.audit import Audit
from actors.auditor.decoding import Decoder
from actors.auditor.findings import ALLOWED, Verdict
from actors.auditor.ledger import Order
from actors.auditor.produced import Produced
from actors.auditor.sightings import Content, Message, Said
from schemas.formats.avro import FORMAT as AVRO
from schemas.formats.base import What, framed
from schemas.formats.json import FORMAT as JSON
from schemas.formats.json_schema import FORMAT as JSON_SCHEMA
from schemas.readings import Frame, Reading

FORMATS = ("json", "json reading", "avro", "avro reading", "json-schema", "json-schema reading")
IDS = {"avro": 11, "avro reading": 12, "json-schema": 13, "json-schema reading": 14}
UNITS = {"temperature": "degC", "power": "W", "fan": "CFM"}
SECOND = 1_000_000_000
START = 1_767_225_600 * SECOND


def schema_by_id(number: int) -> tuple[str, str]:
    """What the registry would say."""
    name = {held: name for name, held in IDS.items()}[number]
    kind, _, per = name.partition(" ")
    what: What = "reading" if per else "frame"
    return (AVRO.schema(what), "AVRO") if kind == "avro" else (JSON_SCHEMA.schema(what), "JSON")


def fleet(devices: int = 12, frames: int = 100) -> list[Frame]:
    """Frames of some devices, second after second."""
    chance = Random(5)
    return [_frame(f"pi-{number:04}", sequence, chance) for sequence in range(frames) for number in range(devices)]


def _frame(device: str, sequence: int, chance: Random) -> Frame:
    at = START + sequence * SECOND + int(device[3:]) * 1_234_567
    values = {"temperature": round(chance.uniform(20, 80), 1), "power": round(chance.uniform(2, 8), 2), "fan": None}
    readings = (Reading(name, name, UNITS[name], value, at) for name, value in values.items())
    return Frame(device, "raspberry-pi", sequence, at, tuple(readings), chance.choice([0, 0x50005, None]))


def messages(frames: Iterable[Frame], form: str) -> list[Message]:
    """Messages of these frames in one of `FORMATS`, in their order."""
    found = []
    for frame in frames:
        bodies = _bodies(frame, form)
        number = IDS.get(form)
        values = bodies if number is None else [framed(number, body) for body in bodies]
        headers = {"sequence": str(frame.sequence).encode()}
        partition = int(frame.device[3:]) % 3
        found += [Message("readings", frame.device.encode(), value, headers, partition) for value in values]
    return found


def _bodies(frame: Frame, form: str) -> list[bytes]:
    parts = range(len(frame.readings))
    match form:
        case "json":
            return [JSON.encode(frame)]
        case "json reading":
            return [JSON.encode_reading(frame, part) for part in parts]
        case "avro":
            return [AVRO.encode(frame)]
        case "avro reading":
            return [AVRO.encoder("reading")(frame, part) for part in parts]
        case "json-schema":
            return [JSON_SCHEMA.encode(frame)]
        case _:
            return [JSON_SCHEMA.encoder("reading")(frame, part) for part in parts]


def reference(frames: Iterable[Frame]) -> Produced:
    """What somebody else would tell of these frames."""
    contents = {}
    for frame in frames:
        said = tuple(Said(one.sensor, one.unit, one.value, one.time_ns) for one in frame.readings)
        contents[frame.device, frame.sequence] = Content(frame.time_ns, frame.throttled, said)
    return Produced(reference=contents)


def audited(
    came: Iterable[Message],
    produced: Produced | None = None,
    *,
    allowed: Iterable[str] = ALLOWED,
    order: Order = "device",
    fields: Mapping[str, str] | None = None,
    digests: bool = False,
) -> Verdict:
    """The verdict of an audit that saw these messages at one source."""
    audit = Audit([Nothing()], Decoder(schema_by_id, fields), order=order, digests=digests)
    for message in came:
        audit.feed(audit.ledgers[0], message)
    return audit.judge(produced or Produced(), allowed)


class Nothing:
    """A source from which nothing comes."""

    name = "kafka"
    drained = True

    def start(self) -> None:
        """Nothing to do."""

    def take(self, timeout_s: float) -> list[Message]:
        """Nothing."""
        return []

    def close(self) -> None:
        """Nothing to do."""
