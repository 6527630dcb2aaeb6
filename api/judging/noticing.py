"""The table of what was wrong and what the system under test noticed of it, from the score as plain data."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from schemas.durations import format_duration

MOST_ROWS: Final = 24
MOST_FALSE: Final = 10
_NS: Final = 10**9
HEAD: Final = ("step", "fault", "at", "from", "to", "noticed", "by")

Plain = Mapping[str, Any]


class Noticed(NamedTuple):
    """The table's rows, as text."""

    rows: Sequence[Sequence[str]]
    """What had to be noticed, and what never should have been and was; what was missed is always among them."""
    missed: Sequence[bool]
    left_out: int
    may: tuple[int, int]
    """How much of what may be noticed was, and how much there was."""
    false: Sequence[str]


def noticed(score: Plain, most: int = MOST_ROWS) -> Noticed:
    """The table, shortened for reading."""
    faults: Sequence[Plain] = score["faults"]
    shown = [each for each in faults if each["notice"] == "must" or (each["notice"] == "never" and each["by"])]
    wrong = [each for each in shown if _is_wrong(each)]
    room = max(0, most - len(wrong))
    kept = {id(each) for each in (*wrong[:most], *[each for each in shown if not _is_wrong(each)][:room])}
    rows = [each for each in shown if id(each) in kept]
    may = [each for each in faults if each["notice"] == "may"]
    return Noticed(
        [_row(each) for each in rows],
        [_is_wrong(each) for each in rows],
        len(shown) - len(rows),
        (sum(each["by"] is not None for each in may), len(may)),
        [_told(each) for each in score["false_alarms"]],
    )


def lines(score: Plain) -> Iterator[str]:
    """The table as lines of text; nothing where nothing was wrong and nothing was said."""
    found = noticed(score)
    if found.rows:
        yield f"what had to be noticed: {score['wanted']}, in time {score['found']}"
        cells = [HEAD, *found.rows]
        widths = [max(len(row[n]) for row in cells) for n in range(len(HEAD) - 1)]
        for row in cells:
            yield "  " + "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]])
        if found.left_out:
            yield f"  ... and {found.left_out} more that were noticed or missed; --report has them all"
    if found.may[1]:
        yield f"what may be noticed: {found.may[1]}, told {found.may[0]}"
    if found.false:
        yield f"false alarms: {len(found.false)}"
        yield from (f"  {each}" for each in found.false[:MOST_FALSE])
        if len(found.false) > MOST_FALSE:
            yield f"  ... and {len(found.false) - MOST_FALSE} more; --report has them all"
    elif score["alerts"]:
        yield "false alarms: none"


def _is_wrong(fault: Plain) -> bool:
    return fault["notice"] == "never" or not fault["noticed"]


def _row(fault: Plain) -> tuple[str, ...]:
    device = fault["device"] or "everybody"
    by = fault["by"]
    verdict = "MISSED"
    if by is not None:
        late = "NEVER " if fault["notice"] == "never" else "" if fault["noticed"] else "LATE "
        after_s = fault["after_s"]
        verdict = f"{late}after {short(after_s)}" if after_s >= 0 else f"{short(-after_s)} before"
    return (
        fault["step"] or "by itself",
        fault["what"],
        f"{device}/{fault['sensor']}" if fault["sensor"] else device,
        short(fault["onset_s"]),
        "-" if fault["end_s"] is None else short(fault["end_s"]),
        verdict,
        "" if by is None else _what(by),
    )


def _told(alert: Plain) -> str:
    return f"at {short(alert['at_s'])} {alert['device']}: {_what(alert)}"


def _what(alert: Plain) -> str:
    sensor = f" {alert['sensor']}" if alert["sensor"] else ""
    detail = f": {alert['detail']}" if alert["detail"] else ""
    return f"{alert['kind']}{sensor}{detail}"


def short(seconds: float) -> str:
    """A length of time in whole seconds, or with what is below a second."""
    if seconds <= 0:
        return "0s"
    return format_duration(round(seconds) * _NS if seconds >= 10 else round(seconds * 10) * (_NS // 10))
