"""The verdict: what was seen, held against what was produced, device by device."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from actors.auditor.findings import ALLOWED, DeviceReport, Findings, SourceReport, Verdict
from actors.auditor.intervals import Intervals
from actors.auditor.ledger import Key, Ledger, Track, held_against
from actors.auditor.produced import Entry, Produced
from actors.auditor.timing import latency

SHOWN: Final = 20
"""Missing stretches that are told of one device."""


def judge(ledgers: Sequence[Ledger], produced: Produced, allowed: Iterable[str] = ALLOWED) -> Verdict:
    """Hold what was seen against what was produced."""
    present = _present(ledgers, produced)
    seen_anywhere = {(_plain(what), device) for what, _, device in present}
    highs = _highs(produced)
    never = [name for name in highs if name not in seen_anywhere]
    verdict = Verdict([], frozenset(allowed))
    for ledger in ledgers:
        here = present & ledger.tracks.keys()
        verdict.compared += held_against(ledger, produced.reference, here)
        verdict.digests += _hold_digests(ledger, produced, here)
        devices = [_device(key, track, ledger, produced, highs, key in here) for key, track in ledger.tracks.items()]
        devices += [_device((what, "", one), Track(), ledger, produced, highs, True) for what, one in never]
        verdict.sources.append(_source(ledger, produced, devices))
    for source in verdict.sources:
        verdict.findings = verdict.findings.plus(source.findings)
    verdict.findings.loss += _beyond(ledgers, produced)
    return verdict


def _plain(what: str) -> str:
    return what if what in ("truth", "fault") else "frame"


def _present(ledgers: Sequence[Ledger], produced: Produced) -> set[Key]:
    """What is of the run that was told of; a topic may hold earlier ones, whose numbers were others."""
    latest: dict[str, str] = {}
    for ledger in ledgers:
        for _, epoch, device in ledger.tracks:
            latest[device] = max(latest.get(device, ""), epoch, key=lambda text: (len(text), text))
    latest.update(produced.epochs)
    return {key for ledger in ledgers for key in ledger.tracks if key[1] in ("", latest[key[2]])}


def _highs(produced: Produced) -> dict[tuple[str, str], int]:
    """The greatest sequence to expect, by kind and device."""
    highs = {name: entry.high for name, entry in produced.books.items()}
    for device, sequence in produced.reference:
        if ("frame", device) not in produced.books:
            highs["frame", device] = max(highs.get(("frame", device), -1), sequence)
    return highs


def _source(ledger: Ledger, produced: Produced, devices: list[DeviceReport]) -> SourceReport:
    devices.sort(key=lambda one: (one.device, one.what, one.epoch))
    findings = Findings(nothing=int(not ledger.tracks), unreadable=ledger.unreadable + len(ledger.waiting))
    for one in devices:
        findings = findings.plus(one.findings)
    examples = {word: [one._asdict() for one in found] for word, found in ledger.examples.items()}
    messages = ledger.messages + len(ledger.waiting)
    measured = latency(ledger.latencies) if produced.pace in (None, 1) else None
    return SourceReport(ledger.source, messages, findings, measured, examples, devices)


def _device(
    key: Key, track: Track, ledger: Ledger, produced: Produced, highs: Mapping[tuple[str, str], int], present: bool
) -> DeviceReport:
    what, epoch, device = key
    name = (_plain(what), device)
    last = highs.get(name, track.high) if present else track.high
    missing = list(track.missing(last))
    if what == "reading" and produced.reference and present:
        missing = list(_without_empty(missing, device, produced))
    beyond = sum(high - max(low, last + 1) + 1 for low, high in track.seen if high > last)
    findings = Findings(
        unexpected=beyond + sum(sequence > last for sequence in track.partial),
        wrong=track.wrong,
        reordered=track.inversions,
        duplicates=track.duplicates,
        scattered=int(len(track.partitions) > 1 and ledger.order == "device" and what != "fault"),
    )
    _explain(findings, missing, track.seen.count - beyond, produced.books.get(name) if present else None)
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


def _without_empty(stretches: Iterable[tuple[int, int]], device: str, produced: Produced) -> Iterator[tuple[int, int]]:
    """Without the frames that hold no reading at all, of which no message was ever made."""
    kept = Intervals()
    for low, high in stretches:
        for sequence in range(low, high + 1):
            told = produced.reference.get((device, sequence))
            if told is None or told.readings:
                kept.add(sequence)
    yield from kept


def _hold_digests(ledger: Ledger, produced: Produced, present: Iterable[Key]) -> int:
    """Note devices that said something else than the run says; how many could be compared."""
    compared = 0
    for key in present:
        what, epoch, device = key
        expected = produced.digests.get(device)
        found = ledger.digests.of(device, epoch) if ledger.digests and what == "frame" else None
        if expected is not None and found is not None:
            compared += 1
            if found != expected:
                ledger.tracks[key].wrong += 1
                ledger.note("wrong", device, ledger.tracks[key].high, "its digest is not the run's")
    return compared


def _beyond(ledgers: Sequence[Ledger], produced: Produced) -> int:
    """Frames that the summary counts and nobody saw; only where nothing tells more exactly."""
    if produced.frames is None or produced.books or produced.reference:
        return 0
    reached: dict[str, int] = {}
    for ledger in ledgers:
        for (what, _, device), track in ledger.tracks.items():
            if what in ("reading", "frame"):
                reached[device] = max(reached.get(device, 0), track.high + 1)
    return max(0, produced.frames - sum(reached.values()))
