"""The verdict: what was seen, held against what was produced, device by device."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any, Final

from actors.auditor.intervals import Intervals
from actors.auditor.ledger import Key, Ledger, Track, held_against
from actors.auditor.produced import Entry, Produced
from actors.auditor.timing import latency

SHOWN: Final = 20
"""Missing stretches that are told of one device."""

WORDS: Final[Mapping[str, str]] = {
    "nothing": "a source where no record was seen at all",
    "loss": "missing, and nothing says why",
    "broker-loss": "acknowledged, says the sink, but never seen: lost by the broker, or never sent",
    "unexpected": "seen, but never produced",
    "wrong": "says something else than it should, or lies under another device's name",
    "unreadable": "no record can be read out of it",
    "reordered": "first seen after a later one",
    "scattered": "devices whose records lie in more than one partition, which keeps no order between them",
    "duplicates": "seen again",
    "recovered": "seen, although the sink's books do not call it delivered",
    "explained": "missing, and the books say why: queued, dropped, rejected",
}
"""What an audit may find."""

ALLOWED: Final = frozenset({"duplicates", "recovered", "explained"})
"""What at-least-once delivery does not exclude; an audit passes in spite of it unless told otherwise."""


@dataclass(slots=True)
class Findings:
    """Counts of what was found, of one device or of many; the words are those of `WORDS`."""

    nothing: int = 0
    loss: int = 0
    broker_loss: int = 0
    unexpected: int = 0
    wrong: int = 0
    unreadable: int = 0
    reordered: int = 0
    scattered: int = 0
    duplicates: int = 0
    recovered: int = 0
    explained: int = 0

    def plus(self, other: "Findings") -> "Findings":
        """Both together."""
        mine, others = asdict(self), asdict(other)
        return Findings(**{name: mine[name] + others[name] for name in mine})

    def by_word(self) -> dict[str, int]:
        """Counts under the words people use."""
        return {name.replace("_", "-"): count for name, count in asdict(self).items()}


@dataclass(slots=True)
class DeviceReport:
    """One device's records of one kind, in one epoch, at one source. Counted are sequences: frames and truths."""

    what: str
    device: str
    epoch: str
    expected: int
    seen: int
    partial: int
    """Frames of which some readings are missing; they are not `seen`."""
    findings: Findings
    missing: list[tuple[int, int]]
    """The first stretches of sequences that were not seen whole."""

    def as_dict(self) -> dict[str, Any]:
        """Plain data; what was not found is left out."""
        found = {word: count for word, count in self.findings.by_word().items() if count}
        plain = {"what": self.what, "device": self.device, "expected": self.expected, "seen": self.seen, **found}
        extras = {"epoch": self.epoch, "partial": self.partial, "missing": self.missing}
        return plain | {name: value for name, value in extras.items() if value}


@dataclass(slots=True)
class SourceReport:
    """Everything about one source."""

    source: str
    messages: int
    findings: Findings
    latency_ms: dict[str, Any] | None
    examples: dict[str, list[dict[str, Any]]]
    devices: list[DeviceReport]

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "messages": self.messages,
            "expected": sum(device.expected for device in self.devices),
            "seen": sum(device.seen for device in self.devices),
            **self.findings.by_word(),
            "latency_ms": self.latency_ms,
            "examples": self.examples,
            "devices": [device.as_dict() for device in self.devices],
        }


@dataclass(slots=True)
class Verdict:
    """The whole audit."""

    sources: list[SourceReport]
    allowed: frozenset[str] = ALLOWED
    compared: int = 0
    """Records whose content was held against a reference."""
    digests: int = 0
    """Devices whose digest was held against the run's."""
    findings: Findings = field(default_factory=Findings)

    @property
    def failed(self) -> list[str]:
        """What was found and is not allowed."""
        return [word for word, count in self.findings.by_word().items() if count and word not in self.allowed]

    def as_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return {
            "ok": not self.failed,
            "failed": self.failed,
            **self.findings.by_word(),
            "compared": self.compared,
            "digests": self.digests,
            "sources": {source.source: source.as_dict() for source in self.sources},
        }


def judge(ledgers: Sequence[Ledger], produced: Produced, allowed: Iterable[str] = ALLOWED) -> Verdict:
    """Hold what was seen against what was produced."""
    seen_anywhere = {(_plain(what), device) for ledger in ledgers for what, _, device in ledger.tracks}
    highs = _highs(produced)
    verdict = Verdict([], frozenset(allowed))
    for ledger in ledgers:
        verdict.compared += held_against(ledger, produced.reference)
        verdict.digests += _hold_digests(ledger, produced)
        never = [name for name in highs if name not in seen_anywhere]
        verdict.sources.append(_source(ledger, produced, highs, never))
    for source in verdict.sources:
        verdict.findings = verdict.findings.plus(source.findings)
    verdict.findings.loss += _beyond(ledgers, produced)
    return verdict


def _plain(what: str) -> str:
    return "truth" if what == "truth" else "frame"


def _highs(produced: Produced) -> dict[tuple[str, str], int]:
    """The greatest sequence to expect, by kind and device."""
    highs = {name: entry.high for name, entry in produced.books.items()}
    for device, sequence in produced.reference:
        if ("frame", device) not in produced.books:
            highs["frame", device] = max(highs.get(("frame", device), -1), sequence)
    return highs


def _source(
    ledger: Ledger, produced: Produced, highs: Mapping[tuple[str, str], int], never: Iterable[tuple[str, str]]
) -> SourceReport:
    devices = [_device(key, track, ledger, produced, highs) for key, track in ledger.tracks.items()]
    for what, device in never:
        devices.append(_device((what, "", device), Track(), ledger, produced, highs))
    devices.sort(key=lambda one: (one.device, one.what, one.epoch))
    findings = Findings(nothing=int(not ledger.tracks), unreadable=ledger.unreadable + len(ledger.waiting))
    for one in devices:
        findings = findings.plus(one.findings)
    examples = {word: [one._asdict() for one in found] for word, found in ledger.examples.items()}
    messages = ledger.messages + len(ledger.waiting)
    measured = latency(ledger.latencies) if produced.pace in (None, 1) else None
    return SourceReport(ledger.source, messages, findings, measured, examples, devices)


def _device(
    key: Key, track: Track, ledger: Ledger, produced: Produced, highs: Mapping[tuple[str, str], int]
) -> DeviceReport:
    what, epoch, device = key
    name = (_plain(what), device)
    last = highs.get(name, track.high)
    missing = list(track.missing(last))
    if what == "reading" and produced.reference:
        missing = list(_without_empty(missing, device, produced))
    beyond = sum(high - max(low, last + 1) + 1 for low, high in track.seen if high > last)
    findings = Findings(
        unexpected=beyond + sum(sequence > last for sequence in track.partial),
        wrong=track.wrong,
        reordered=track.inversions,
        duplicates=track.duplicates,
        scattered=int(len(track.partitions) > 1 and ledger.order == "device"),
    )
    _explain(findings, missing, track.seen.count - beyond, produced.books.get(name))
    shown = list(islice(missing, SHOWN))
    return DeviceReport(what, device, epoch, last + 1, track.seen.count, len(track.partial), findings, shown)


def _explain(findings: Findings, missing: Sequence[tuple[int, int]], seen: int, entry: Entry | None) -> None:
    """What the books say of the sequences that were not seen."""
    rest = sum(high - low + 1 for low, high in missing)
    if entry is None:
        findings.loss = rest
        return
    held = entry.acked + entry.queued + entry.dropped + entry.rejected
    findings.loss = abs(entry.accepted - held)
    queued = min(rest, entry.queued)
    if entry.waiting is not None:
        queued = sum(_overlap(stretch, entry.waiting) for stretch in missing)
    # what never reached the sink's door is the business of the link before it
    reasons = entry.dropped + entry.rejected + max(0, entry.high + 1 - entry.accepted)
    findings.explained = queued + min(rest - queued, reasons)
    findings.broker_loss = rest - findings.explained
    findings.recovered = max(0, seen - entry.acked)


def _overlap(stretch: tuple[int, int], waiting: Iterable[tuple[int, int]]) -> int:
    return sum(max(0, min(stretch[1], high) - max(stretch[0], low) + 1) for low, high in waiting)


def _without_empty(
    stretches: Iterable[tuple[int, int]], device: str, produced: Produced
) -> Iterator[tuple[int, int]]:
    """Without the frames that hold no reading at all, of which no message was ever made."""
    kept = Intervals()
    for low, high in stretches:
        for sequence in range(low, high + 1):
            told = produced.reference.get((device, sequence))
            if told is None or told.readings:
                kept.add(sequence)
    yield from kept


def _hold_digests(ledger: Ledger, produced: Produced) -> int:
    """Note devices that said something else than the run says; how many could be compared."""
    compared = 0
    for (what, _, device), track in ledger.tracks.items():
        expected = produced.digests.get(device)
        found = ledger.digests.of(device) if ledger.digests and what == "frame" else None
        if expected is not None and found is not None:
            compared += 1
            if found != expected:
                track.wrong += 1
                ledger.note("wrong", device, track.high, "its digest is not the run's")
    return compared


def _beyond(ledgers: Sequence[Ledger], produced: Produced) -> int:
    """Frames that the summary counts and nobody saw; only where nothing tells more exactly."""
    if produced.frames is None or produced.books or produced.reference:
        return 0
    reached: dict[str, int] = {}
    for ledger in ledgers:
        for (what, _, device), track in ledger.tracks.items():
            if what != "truth":
                reached[device] = max(reached.get(device, 0), track.high + 1)
    return max(0, produced.frames - sum(reached.values()))
