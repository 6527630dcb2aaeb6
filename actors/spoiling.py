"""A format that can be spoiled while a run lives: records that are poison, too long or not to be had, other schemas.

It stands in front of a sink's own format only where a scenario says so, because every record goes through it.
"""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple

from engine.streams import Stream
from schemas.formats.base import Format, NotEncodableError, What, header, is_wire
from schemas.readings import FaultRecord, Frame, Truth

FIRMWARE: Final = "2.0.0"
"""The value of the field that a changed schema has more."""
_TEXT: Final = bytes([2 * len(FIRMWARE)]) + FIRMWARE.encode()
"""A string in Avro: its length, zigzag, and its bytes."""
_IN_UNION: Final = b"\x02" + _TEXT
"""The second branch of a union."""
Change = Literal["compatible", "incompatible"]
_FIELDS: Final[dict[Change, dict[str, Any]]] = {
    "compatible": {"name": "firmware", "type": ["null", "string"], "default": None},
    "incompatible": {"name": "firmware", "type": "string"},
}
"""Without a default nobody can read what was written before: a registry that cares refuses it."""


class Spoil(NamedTuple):
    """What happens to records."""

    share: float
    change: Callable[[bytes], bytes]
    """Makes other bytes of them, or raises `NotEncodableError`."""


class SpoiledFormat:
    """See the module. It is its own format's in everything else. `spoils` are set on one thread and read on others."""

    def __init__(self, form: Format, seed: int, sink: str) -> None:
        self._sound = form
        self._form: Any = form
        self._seed = seed
        self._sink = sink
        self.spoils: dict[str, Spoil] = {}
        self.wrong_id: int | None = None
        """The schema id that stands before each body instead of the right one."""
        self.wrong_id_share = 1.0
        self.spoiled: Counter[str] = Counter()
        """Records that were spoiled, by the word of what was done to them."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._form, name)
        return self._each(found) if name == "encode_reading" else found

    def encode(self, frame: Frame) -> bytes:
        """The bytes of one frame, as they are to be."""
        return self._spoil(self._form.encode(frame), frame.device, frame.sequence)

    def encode_truth(self, truth: Truth) -> bytes:
        """The bytes of one truth, as they are to be."""
        return self._spoil(self._form.encode_truth(truth), truth.device, truth.sequence)

    def encode_fault(self, fault: FaultRecord) -> bytes:
        """The bytes of one record of a fault, as they are to be."""
        return self._spoil(self._form.encode_fault(fault), fault.device, fault.sequence)

    def encoder(self, what: What) -> Callable[..., bytes]:
        """What makes the body of one record."""
        return self._each(self._form.encoder(what))

    def spoiled_head(self, head: bytes, record: Frame | Truth | FaultRecord) -> bytes:
        """What stands before a body."""
        if self.wrong_id is None or not head or not self._drawn("unknown-schema", self.wrong_id_share, record):
            return head
        self.spoiled["unknown-schema"] += 1
        return header(self.wrong_id)

    def evolve(self, change: Change | None) -> None:
        """Have another schema from the next writer on; `None`: its own. `ValueError` for a format that is not Avro."""
        if change is None:
            self._form = self._sound
        elif is_wire(self._sound) and self._sound.schema_type == "AVRO":
            self._form = _Evolved(self._sound, change)
        else:
            raise ValueError(f"format {self._sound.name}: has no schema that can change; allowed: avro")

    def _each(self, encode: Callable[..., bytes]) -> Callable[..., bytes]:
        def made(record: Any, *place: int) -> bytes:
            data = encode(record, *place)
            return self._spoil(data, record.device, record.sequence) if self.spoils else data

        return made

    def _spoil(self, data: bytes, device: str, sequence: int) -> bytes:
        for word, spoil in self.spoils.items():
            if spoil.share >= 1.0 or self._lot(word, device, sequence) < spoil.share:
                self.spoiled[word] += 1
                data = spoil.change(data)
        return data

    def _drawn(self, word: str, share: float, record: Frame | Truth | FaultRecord) -> bool:
        return share >= 1.0 or self._lot(word, record.device, record.sequence) < share

    def _lot(self, word: str, device: str, sequence: int) -> float:
        return Stream(self._seed, device, f"{self._sink}/{word}").uniform(sequence)


class _Evolved:
    """An Avro format whose records have one more field at their end."""

    def __init__(self, form: Any, change: Change) -> None:
        self._form = form
        self._field = _FIELDS[change]
        self._tail = _IN_UNION if change == "compatible" else _TEXT

    def __getattr__(self, name: str) -> Any:
        return getattr(self._form, name)

    def schema(self, what: What) -> str:
        """The schema with the field."""
        schema = json.loads(self._form.schema(what))
        schema["fields"].append(self._field)
        return json.dumps(schema)

    def encode(self, frame: Frame) -> bytes:
        """The bytes of one frame."""
        body: bytes = self._form.encode(frame)
        return body + self._tail

    def encode_truth(self, truth: Truth) -> bytes:
        """The bytes of one truth."""
        body: bytes = self._form.encode_truth(truth)
        return body + self._tail

    def encode_fault(self, fault: FaultRecord) -> bytes:
        """The bytes of one record of a fault."""
        body: bytes = self._form.encode_fault(fault)
        return body + self._tail

    def encoder(self, what: What) -> Callable[..., bytes]:
        """What makes the body of one record."""
        encode, tail = self._form.encoder(what), self._tail
        return lambda *record: encode(*record) + tail


def refuse_to_encode(_: bytes) -> bytes:
    """There are no bytes for this record."""
    raise NotEncodableError("it is not to be encoded: a fault that is acted out")
