"""What a verdict says of the monitor under test: its score, each fault with the alert that noticed it, false alarms."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from api.judging.noticing import HEAD, noticed
from api.report.model import Span, Table

Alerts = Sequence[tuple[str | None, Span]]
_LISTS: Final = frozenset({"faults", "false_alarms", "missed", "ruls", "told"})
_MOST: Final = 100


def monitor_tables(score: Mapping[str, Any]) -> Iterator[Table]:
    """The tables on one monitor."""
    if "faults" in score:
        found = noticed(score, _MOST)
        if found.rows:
            about = f"{score['found']} of {score['wanted']} in time."
            about += f" {found.left_out} more are left out." if found.left_out else ""
            marks = ["bad" if missed else "good" for missed in found.missed]
            yield Table("What had to be noticed", about, HEAD, found.rows, marks)
        if found.false:
            rows = [[text] for text in found.false[:_MOST]]
            yield Table("False alarms", "Alerts about nothing.", ["alert"], rows, ["bad"] * len(rows))
    rows = [[word.replace("_", " "), _shown(value)] for word, value in score.items() if word not in _LISTS]
    yield Table("The monitor's score", "Its alerts, held against the truth.", ["what", "found"], rows)


def alerts_of(verdicts: Sequence[Mapping[str, Any]]) -> dict[str, list[tuple[str | None, Span]]]:
    """By device: what its monitor said, and about which sensor; of the one verdict that there is."""
    found: dict[str, list[tuple[str | None, Span]]] = {}
    monitor = verdicts[0].get("monitor") if len(verdicts) == 1 else None
    for alert in monitor.get("told", ()) if isinstance(monitor, dict) else ():
        at_s = float(alert["at_s"])
        words = " ".join(filter(None, (alert["kind"], alert["detail"])))
        found.setdefault(alert["device"], []).append((alert["sensor"], Span(at_s, at_s, words)))
    return found


def wrong_at(verdicts: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Devices at which the monitor of the one verdict was wrong, and how."""
    found: dict[str, str] = {}
    monitor = verdicts[0].get("monitor") if len(verdicts) == 1 else None
    if not isinstance(monitor, dict):
        return found
    for fault in monitor.get("faults", ()):
        if fault["notice"] == "must" and not fault["noticed"] and fault["device"]:
            found.setdefault(fault["device"], f"the monitor missed {fault['what']}")
    for alert in monitor.get("false_alarms", ()):
        found.setdefault(alert["device"], "the monitor gave a false alarm")
    return found


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(one)}" for key, one in value.items())
    return "none" if value is None else str(value)
