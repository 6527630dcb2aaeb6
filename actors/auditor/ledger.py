"""The ledger of one source: what was seen of each device, how often and in which order."""

from array import array
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Final, Literal, NamedTuple

from actors.auditor.digests import Digests
from actors.auditor.intervals import Intervals
from actors.auditor.sightings import Content, Message, Sighting, fingerprint

EXAMPLES: Final = 10
"""So many cases of each kind are told in full."""
MOST_LATENCIES: Final = 4_000_000
MOST_MARKS: Final = 4_000_000
"""Fingerprints kept to tell whether what comes twice says the same; about 150 bytes each."""

Order = Literal["device", "sensor"]
"""Within what the order of records must be kept."""

Key = tuple[str, str, str]
"""What, epoch and device."""


class Example(NamedTuple):
    """One case, for people."""

    device: str
    sequence: int
    note: str


class Track:
    """One device's records of one kind in one epoch."""

    __slots__ = ("duplicates", "inversions", "marks", "newest", "partial", "partitions", "seen", "wrong")

    def __init__(self) -> None:
        self.seen = Intervals()
        """Sequences that were seen whole."""
        self.partial: dict[int, tuple[set[int], int]] = {}
        """Sequences of which some readings were seen, with how many there are."""
        self.marks: dict[tuple[int, int], bytes] = {}
        self.newest: dict[str, tuple[int, int]] = {}
        """The furthest first receipt, by what order is kept within."""
        self.duplicates = 0
        self.inversions = 0
        self.wrong = 0
        self.partitions: set[int] = set()

    @property
    def high(self) -> int:
        """The greatest sequence of which anything was seen, -1 when nothing was."""
        return max(self.seen.last, max(self.partial, default=-1))

    def take(self, sighting: Sighting) -> bool:
        """Note a record; whether it is the first receipt."""
        sequence, part, parts = sighting.sequence, sighting.part, sighting.parts
        if parts == 1:
            return self.seen.add(sequence)
        if sequence in self.seen:
            return False
        found, parts = self.partial.setdefault(sequence, (set(), parts))
        if part in found:
            return False
        found.add(part)
        if len(found) >= parts:
            del self.partial[sequence]
            self.seen.add(sequence)
        return True

    def missing(self, last: int) -> Iterator[tuple[int, int]]:
        """Stretches of sequences up to `last` that were not seen whole."""
        return self.seen.missing(0, last)


class Ledger:
    """What was seen at one source."""

    def __init__(self, source: str, order: Order = "device") -> None:
        self.source = source
        self.order = order
        self.tracks: dict[Key, Track] = {}
        self.messages = 0
        self.unreadable = 0
        self.waiting: list[Message] = []
        """Messages that could not be read yet."""
        self.examples: dict[str, list[Example]] = {}
        self.reasons: Counter[str] = Counter()
        """Why messages were not readable."""
        self.latencies = array("q")
        """Receipt minus the record's instant, nanoseconds."""
        self.digests: Digests | None = None
        """Digests of what each device said, where they can be compared with the run's own."""
        self._marks = 0
        self._devices: set[str] = set()
        self._places: dict[str, set[str]] = {}

    def refuse(self, message: Message, reason: str) -> None:
        """Note a message in which there is no record."""
        self.messages += 1
        self.unreadable += 1
        self.reasons[reason if len(self.reasons) < EXAMPLES or reason in self.reasons else "other"] += 1
        self.note("unreadable", message.topic, -1, reason)

    def take(self, message: Message, sighting: Sighting) -> None:
        """Note a record."""
        self.messages += 1
        key = (sighting.what, sighting.epoch, sighting.device)
        track = self.tracks.get(key)
        if track is None:
            track = self.tracks[key] = Track()
        track.partitions.add(message.partition)
        self._check_place(message, sighting, track)
        known = track.partial.get(sighting.sequence)
        if known is not None and known[1] != sighting.parts:
            self.wrong(sighting, track, f"of {sighting.parts} parts, others of it are of {known[1]}")
        if track.take(sighting):
            self._first(message, sighting, track)
        else:
            self._again(sighting, track)

    def note(self, kind: str, device: str, sequence: int, text: str) -> None:
        """Keep a case for people, unless there are enough of its kind."""
        kept = self.examples.setdefault(kind, [])
        if len(kept) < EXAMPLES:
            kept.append(Example(device, sequence, text))

    def wrong(self, sighting: Sighting, track: Track, text: str) -> None:
        """Note a record that says something else than it should."""
        track.wrong += 1
        self.note("wrong", sighting.device, sighting.sequence, text)

    def _first(self, message: Message, sighting: Sighting, track: Track) -> None:
        within = sighting.sensor if self.order == "sensor" or sighting.what == "fault" else ""
        place = (sighting.sequence, sighting.part)
        if self.digests is not None and isinstance(sighting.content, Content):
            self.digests.take(sighting.device, sighting.epoch, sighting.sequence, sighting.content)
        newest = track.newest.get(within, (-1, -1))
        if place < newest:
            track.inversions += 1
            self.note("reordered", sighting.device, sighting.sequence, f"first seen after {newest[0]}")
        else:
            track.newest[within] = place
        if self._marks < MOST_MARKS:
            track.marks[place] = sighting.fingerprint
            self._marks += 1
        if message.received_ns is not None and sighting.time_ns is not None and len(self.latencies) < MOST_LATENCIES:
            self.latencies.append(message.received_ns - sighting.time_ns)

    def _again(self, sighting: Sighting, track: Track) -> None:
        track.duplicates += 1
        self.note("duplicates", sighting.device, sighting.sequence, f"part {sighting.part} seen again")
        first = track.marks.get((sighting.sequence, sighting.part))
        if first is not None and first != sighting.fingerprint:
            self.wrong(sighting, track, "seen again with other content")

    def _check_place(self, message: Message, sighting: Sighting, track: Track) -> None:
        """A message must not lie under another device's name: key of Kafka, topic of MQTT."""
        place = (message.key or b"").decode(errors="replace") or message.topic
        self._devices.add(sighting.device)
        if place == sighting.device or place in self._places.setdefault(sighting.device, set()):
            return
        levels = place.split("/")
        others = [level for level in levels if level in self._devices and level != sighting.device]
        if sighting.device not in levels and (others or (message.key and len(levels) == 1)):
            self.wrong(sighting, track, f"lies under {place!r}")
        else:
            self._places[sighting.device].add(place)


Reference = Mapping[tuple[str, int], Content]
"""What each frame says, by device and sequence, told by somebody else than the sink."""


def held_against(ledger: Ledger, reference: Reference, present: Collection[Key]) -> int:
    """Note what says something else than the reference does; how many records of `present` were compared."""
    compared = 0
    for key in present:
        what, _, device = key
        track = ledger.tracks[key]
        if what in ("truth", "fault"):
            continue
        for (sequence, part), mark in track.marks.items():
            whole = reference.get((device, sequence))
            if whole is not None:
                compared += 1
                told = [whole] if what == "frame" else whole.readings
                if mark not in map(fingerprint, told):
                    track.wrong += 1
                    ledger.note("wrong", device, sequence, f"part {part} is not what was produced")
    return compared
