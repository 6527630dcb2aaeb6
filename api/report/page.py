"""The page: everything of a report in one HTML file, with nothing to be fetched."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

import numpy as np

from api.report.charts import COLOURS, DAY_S, Line, bars, chart, strips
from api.report.model import DeviceStory, Numbers, Report, Table
from api.report.style import STYLE

_UNITS: Final = (("y", 365.25 * DAY_S), ("d", DAY_S), ("h", 3600.0))
_HEAD: Final = (
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width,initial-scale=1">'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    '<meta name="color-scheme" content="light dark">'
)


def page(report: Report) -> str:
    """The whole page."""
    return "".join(_parts(report))


def _parts(report: Report) -> Iterator[str]:
    yield f"{_HEAD}<title>{escape(report.title)}: report</title><style>{STYLE}</style></head><body><main>"
    yield f'<span class="kind">{escape(report.kind)}</span><h1>{escape(report.title)}</h1>'
    if report.about:
        yield f'<p class="soft">{escape(report.about)}</p>'
    facts = "".join(f'<div class="fact"><b>{escape(b)}</b><span>{escape(t)}</span></div>' for b, t in report.facts)
    yield f'<div class="facts">{facts}</div>'
    first = [table for table in report.tables if table.marks]
    yield from map(_table, first)
    yield from _fleet(report)
    if report.stories:
        yield "<h2>Devices</h2>"
        yield _legend()
        for story in report.stories:
            yield from _story(story, report.length_s)
    yield from map(_table, [table for table in report.tables if not table.marks])
    yield "<footer>"
    yield from (f"<p>{escape(note)}</p>" for note in report.notes)
    if report.digest:
        yield f"<p>Digest <code>{escape(report.digest)}</code></p>"
    yield "</footer></main></body></html>\n"


def _fleet(report: Report) -> Iterator[str]:
    if not report.fleet and not report.failures:
        return
    yield "<h2>Fleet</h2>"
    if report.failures:
        marks = enumerate(report.failures.items())
        keys = "".join(
            f'<span><i class="box" style="background:var(--c{n % COLOURS})"></i>{escape(cause)} ({len(at)})</span>'
            for n, (cause, at) in marks
        )
        yield f'<div class="card"><h3>Failures over time</h3><div class="legend">{keys}</div>'
        yield f"{bars(report.failures, report.length_s)}</div>"
    if report.fleet:
        more = f" {report.fleet_left_out} devices are left out." if report.fleet_left_out else ""
        steps = "".join(f'<i class="box step" style="background:var(--h{n})"></i>' for n in range(9, -1, -1))
        yield '<div class="card"><h3>Health of the devices</h3>'
        yield f'<div class="legend"><span>1 {steps} 0</span><span>✕ failed</span><span>◦ a sensor lied</span>'
        yield f"<span>empty: the device was silent.{more}</span></div>"
        yield f"{strips(report.fleet, report.length_s)}</div>"


def _legend() -> str:
    keys = (
        ('<i style="color:var(--said)"></i>', "what the sensor said; pale: its extremes"),
        ('<i class="dash" style="color:var(--clean)"></i>', "what was true"),
        ('<i class="box" style="background:var(--fault)"></i>', "the sensor had a fault"),
        ('<i class="box" style="background:var(--down)"></i>', "the device was down"),
        ('<i class="dash" style="color:var(--true)"></i>', "true remaining life"),
        ('<i class="box" style="background:var(--alert)"></i>', "the monitor gave an alert; all of them over health"),
    )
    return f'<div class="legend">{"".join(f"<span>{mark}{escape(text)}</span>" for mark, text in keys)}</div>'


def _story(story: DeviceStory, length_s: float) -> Iterator[str]:
    yield f'<section class="card story"><header><h3>{escape(story.device)}</h3>'
    yield f'<span class="soft">{escape(story.about)}</span><span class="why">{escape(story.why)}</span></header>'
    yield '<div class="charts">'
    for channel in story.channels:
        lines = [Line("said", f"{channel.name}, as the sensor said", channel.said)]
        if channel.clean is not None:
            lines.append(Line("clean", f"{channel.name}, as it was", channel.clean))
        shades = [("down", span) for span in story.states] + [("fault", span) for span in channel.faults]
        shades += [("alert", span) for sensor, span in story.alerts if sensor == channel.name]
        drawn = chart(
            story.time_s,
            lines,
            length_s=length_s,
            unit=channel.unit,
            label=f"{channel.name} of {story.device}",
            shades=shades,
        )
        yield f"<figure><figcaption>{escape(channel.name)}</figcaption>{drawn}</figure>"
    yield from _health(story, length_s)
    yield from _life(story, length_s)
    yield "</div></section>"


def _health(story: DeviceStory, length_s: float) -> Iterator[str]:
    if story.health is None:
        return
    lines = [Line("health", "health", story.health)]
    for n, (mode, values) in enumerate(story.wear.items()):
        lines.append(Line(f"m{n % COLOURS}", f"damage by {mode}", values))
    drawn = chart(
        story.time_s,
        lines,
        length_s=length_s,
        unit="",
        label=f"health of {story.device}",
        shades=[("down", span) for span in story.states] + [("alert", span) for _, span in story.alerts],
        limits=(0.0, 1.05),
    )
    names = "".join(
        f' <span style="color:var(--c{n % COLOURS})">— {escape(mode)}</span>' for n, mode in enumerate(story.wear)
    )
    yield f"<figure><figcaption>health, and damage by{names or ' nothing'}</figcaption>{drawn}</figure>"


def _life(story: DeviceStory, length_s: float) -> Iterator[str]:
    if story.rul_s is None:
        return
    known = [story.rul_s] if story.rul_true_s is None else [story.rul_s, story.rul_true_s]
    most_s = _most_life_s(known, length_s)
    unit, size = next(((unit, size) for unit, size in _UNITS if most_s > 2 * size), _UNITS[-1])
    lines = [Line("live", "expected at present stress", story.rul_s / size)]
    words = "remaining life, expected live"
    if story.rul_true_s is not None:
        lines.append(Line("true", "on the path that was taken", story.rul_true_s / size))
        words += ", and true" + (" (a lower bound: it did not fail)" if story.censored else "")
    drawn = chart(
        story.time_s,
        lines,
        length_s=length_s,
        unit=unit,
        label=f"remaining life of {story.device}",
        limits=(0.0, most_s / size),
    )
    yield f"<figure><figcaption>{words}</figcaption>{drawn}</figure>"


def _most_life_s(all_: Sequence[Numbers], length_s: float) -> float:
    """No more than three times the time shown, once life is that short: years would flatten the days that matter."""
    known = [values[np.isfinite(values)] for values in all_]
    most = max((float(values.max()) for values in known if len(values)), default=length_s) * 1.05
    least = min((float(values.min()) for values in known if len(values)), default=length_s)
    return min(most, 3.0 * length_s) if least < 3.0 * length_s else most


def _table(table: Table) -> str:
    head = "".join(f'<th class="text">{escape(cell)}</th>' for cell in table.head)
    marks = [*table.marks, *[""] * (len(table.rows) - len(table.marks))]
    body = "".join(
        f'<tr class="{mark}">' + "".join(f"<td{_class(cell)}>{escape(cell)}</td>" for cell in row) + "</tr>"
        for row, mark in zip(table.rows, marks, strict=True)
    )
    about = f'<p class="about">{escape(table.about)}</p>' if table.about else ""
    return (
        f'<h2>{escape(table.title)}</h2>{about}<div class="card"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _class(cell: str) -> str:
    """Numbers stand to the right, texts to the left."""
    plain = cell.replace(",", "").replace("%", "").replace(".", "").replace("-", "").strip()
    return "" if plain.isdigit() else ' class="text"'
