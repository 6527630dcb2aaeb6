"""The words of a verdict, and the reports that count them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

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
    """One device's records of one kind, in one epoch, at one source. Counted are sequences: frames, truths, faults."""

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
