"""Charts as SVG text: lines with their spread, shaded stretches, a strip for each device, stacked bars."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import floor, isfinite, log10
from typing import Final, NamedTuple

import numpy as np

from api.report.model import Numbers, Row, Span

SMALL: Final = 380
WIDE: Final = 1160
LEFT: Final = 44
RIGHT: Final = 8
_BUCKETS: Final = 300
_TICKS: Final = 4
DAY_S: Final = 86_400.0
COLOURS: Final = 6
"""Colours of causes and modes in the style: `--c0` to `--c5`."""


class Line(NamedTuple):
    """One line of a chart: its class in the style, its name, its values."""

    style: str
    name: str
    values: Numbers


class Frame(NamedTuple):
    """Where a chart's values stand."""

    start_s: float
    end_s: float
    low: float
    high: float
    height: int
    width: int = SMALL

    def x(self, time_s: float) -> float:
        """Place of an instant."""
        share = (time_s - self.start_s) / ((self.end_s - self.start_s) or 1.0)
        return LEFT + share * (self.width - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Place of a value."""
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return self.height - 18 - share * (self.height - 32)


def chart(
    time_s: Numbers,
    lines: Sequence[Line],
    *,
    length_s: float,
    unit: str,
    label: str,
    height: int = 118,
    shades: Sequence[tuple[str, Span]] = (),
    limits: tuple[float, float] | None = None,
) -> str:
    """Lines over time; a line with many more points than there is room shows its mean and, pale, its extremes."""
    frame = Frame(0.0, length_s, *(limits or _range([line.values for line in lines])), height)
    parts = [f'<svg class="chart" viewBox="0 0 {SMALL} {height}" role="img" aria-label="{escape(label)}">']
    parts += _shades(frame, shades)
    parts += _axes(frame, unit)
    for line in lines:
        parts += _line(frame, time_s, line)
    parts.append("</svg>")
    return "".join(parts)


def _range(all_: Sequence[Numbers]) -> tuple[float, float]:
    """Where nearly all values lie; a single absurd one must not flatten the rest."""
    known = [values[np.isfinite(values)] for values in all_]
    values = np.concatenate(known) if known else np.array([])
    if not len(values):
        return 0.0, 1.0
    low, high = (float(number) for number in np.percentile(values, (0.2, 99.8)))
    room = (high - low) * 0.08 or abs(high) * 0.05 or 1.0
    floor_ = 0.0 if low >= 0.0 and low - room < 0.0 else low - room
    return floor_, high + room


def _shades(frame: Frame, shades: Sequence[tuple[str, Span]]) -> Iterator[str]:
    for style, span in shades:
        left, right = frame.x(span.start_s), frame.x(span.end_s)
        yield (
            f'<rect class="{style}" x="{left:.1f}" y="14" width="{max(right - left, 1.5):.1f}" '
            f'height="{frame.height - 32}"><title>{escape(span.what)}: {clock(span.start_s)} to '
            f"{clock(span.end_s)}</title></rect>"
        )


def _axes(frame: Frame, unit: str) -> Iterator[str]:
    bottom = frame.height - 18
    for value in ticks(frame.low, frame.high):
        y = frame.y(value)
        yield f'<line class="grid" x1="{LEFT}" x2="{frame.width - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="tick" x="{LEFT - 5}" y="{y + 3:.1f}" text-anchor="end">{short(value)}</text>'
    yield f'<line class="axis" x1="{LEFT}" x2="{frame.width - RIGHT}" y1="{bottom}" y2="{bottom}"/>'
    step = time_step(frame.end_s - frame.start_s)
    for n in range(int(frame.end_s / step) + 1):
        x = frame.x(n * step)
        anchor = "start" if n == 0 else "middle" if x < frame.width - 30 else "end"
        yield f'<text class="tick" x="{x:.1f}" y="{frame.height - 5}" text-anchor="{anchor}">{clock(n * step)}</text>'
    if unit:
        yield f'<text class="tick unit" x="{LEFT - 5}" y="9" text-anchor="end">{escape(unit)}</text>'


def _line(frame: Frame, time_s: Numbers, line: Line) -> Iterator[str]:
    if len(time_s) <= _BUCKETS:
        yield _path(line.style, [_points(frame, time_s, line.values)], line.name)
        return
    bucket = np.minimum((time_s / (frame.end_s or 1.0) * _BUCKETS).astype(int), _BUCKETS - 1)
    runs: list[list[tuple[float, float, float, float]]] = [[]]
    for each in range(_BUCKETS):
        inside = line.values[bucket == each]
        inside = inside[np.isfinite(inside)]
        if not len(inside):
            if runs[-1]:
                runs.append([])
            continue
        at = (each + 0.5) / _BUCKETS * frame.end_s
        mean, low, high = (frame.y(_held(frame, value)) for value in (inside.mean(), inside.min(), inside.max()))
        runs[-1].append((frame.x(at), mean, low, high))
    for run in runs:
        if run:
            upper = [(x, top) for x, _, _, top in run]
            lower = [(x, low) for x, _, low, _ in reversed(run)]
            yield f'<polygon class="{line.style} spread" points="{_text([*upper, *lower])}"/>'
    yield _path(line.style, [[(x, mean) for x, mean, _, _ in run] for run in runs if run], line.name)


def _points(frame: Frame, time_s: Numbers, values: Numbers) -> list[tuple[float, float]]:
    known = np.isfinite(values)
    pairs = zip(time_s[known].tolist(), values[known].tolist(), strict=True)
    return [(frame.x(at), frame.y(_held(frame, value))) for at, value in pairs]


def _held(frame: Frame, value: float) -> float:
    """A value beyond the chart stands at its edge."""
    return min(max(float(value), frame.low), frame.high)


def _path(style: str, runs: Sequence[Sequence[tuple[float, float]]], name: str) -> str:
    text = " ".join(f"M{_text(run).replace(' ', 'L')}" for run in runs if run)
    return f'<path class="{style}" d="{text}"><title>{escape(name)}</title></path>'


def _text(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def strips(rows: Sequence[Row], length_s: float) -> str:
    """Health of every device over time: one strip each, from healthy to failed; silence is empty."""
    width, height, left = WIDE, 15, 150
    total = height * len(rows) + 22
    parts = [f'<svg class="strips" viewBox="0 0 {width} {total}" role="img" aria-label="health of the fleet">']
    for place, row in enumerate(rows):
        y = place * height
        mark = "✕ " if row.failed else "◦ " if row.faulty else ""
        name = f"{mark}{escape(row.device)}"
        parts.append(f'<text class="name" x="{left - 8}" y="{y + 11}" text-anchor="end">{name}</text>')
        parts += _strip(row, left, y, (width - left - 8) / len(row.health), height)
    step = time_step(length_s)
    for n in range(int(length_s / step) + 1):
        x = left + n * step / length_s * (width - left - 8)
        anchor = "start" if n == 0 else "middle" if x < width - 40 else "end"
        parts.append(f'<text class="tick" x="{x:.1f}" y="{total - 6}" text-anchor="{anchor}">{clock(n * step)}</text>')
    return "".join([*parts, "</svg>"])


def _strip(row: Row, left: int, y: int, width: float, height: int) -> Iterator[str]:
    """Neighbouring slices of one colour are one rectangle."""
    steps = [-1 if not isfinite(h) else min(9, max(0, int(h * 10))) for h in row.health.tolist()]
    start = 0
    for place in range(1, len(steps) + 1):
        if place == len(steps) or steps[place] != steps[start]:
            if steps[start] >= 0:
                x, wide = left + start * width, (place - start) * width
                health = f"{float(np.nanmean(row.health[start:place])):.2f}"
                yield (
                    f'<rect class="h{steps[start]}" x="{x:.1f}" y="{y + 1}" width="{wide + 0.3:.1f}" '
                    f'height="{height - 3}"><title>{escape(row.device)}: health {health}</title></rect>'
                )
            start = place


def bars(failures: Mapping[str, Sequence[float]], length_s: float) -> str:
    """How many devices failed when, by cause, stacked."""
    slots, height = 48, 190
    causes = list(failures)
    counts = np.zeros((len(causes), slots), dtype=int)
    for place, cause in enumerate(causes):
        for at in failures[cause]:
            counts[place, min(slots - 1, int(at / length_s * slots))] += 1
    # at least four, so that the marks on the axis are whole numbers
    most = max(4, int(counts.sum(axis=0).max()))
    frame = Frame(0.0, length_s, 0.0, float(most), height, WIDE)
    parts = [f'<svg class="chart" viewBox="0 0 {WIDE} {height}" role="img" aria-label="failures over time">']
    parts += _axes(frame, "")
    wide = (WIDE - LEFT - RIGHT) / slots
    for slot in range(slots):
        low = 0
        for place, cause in enumerate(causes):
            count = int(counts[place, slot])
            if count:
                top, bottom = frame.y(low + count), frame.y(low)
                parts.append(
                    f'<rect class="c{place % COLOURS}" x="{LEFT + slot * wide + 1:.1f}" y="{top:.1f}" '
                    f'width="{wide - 2:.1f}" height="{bottom - top:.1f}"><title>{escape(cause)}: {count}</title></rect>'
                )
                low += count
    return "".join([*parts, "</svg>"])


def ticks(low: float, high: float) -> list[float]:
    """A few round numbers between two."""
    span = high - low
    if not isfinite(span) or span <= 0:
        return [low]
    raw = span / _TICKS
    size = 10.0 ** floor(log10(raw))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= raw)
    first = floor(low / step) + 1 if low % step else low / step
    return [n * step for n in range(int(first), int(high / step + 1e-9) + 1)]


def time_step(length_s: float) -> float:
    """Distance of marks on the axis of time."""
    for step in (1, 5, 10, 30, 60, 300, 600, 1200, 1800, 3600, 7200, 10800, 21600, 43200, DAY_S, 2 * DAY_S, 4 * DAY_S):
        if length_s / step <= 7:
            return float(step)
    return float(max(1, round(length_s / DAY_S / 6))) * DAY_S


def clock(seconds: float) -> str:
    """An instant for people: `90s`, `12m`, `3h`, `4d`."""
    for unit, size in (("d", DAY_S), ("h", 3600.0), ("m", 60.0)):
        if seconds >= size:
            whole = seconds / size
            return f"{whole:.0f}{unit}" if abs(whole - round(whole)) < 0.05 else f"{whole:.1f}{unit}"
    return f"{seconds:.0f}s" if seconds else "0"


def short(value: float) -> str:
    """A number on an axis."""
    if abs(value) >= 10_000:
        return f"{value / 1000:,.0f}k"
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text
