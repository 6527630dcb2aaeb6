"""The console sink: lines that can be searched and cut into fields, a table that can be read, a quiet end."""

import errno
import io
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.text import Text

from actors.sinks._shown import frame_line, life, truth_line
from actors.sinks._table import LiveTable
from actors.sinks.base import NobodyListensError, QueuedSink, Surroundings
from actors.sinks.console import SINK, ConsoleOptions, LinesOutlet, TableOutlet, is_terminal
from engine.clock import NANOSECONDS, FakeWall
from schemas.quantities import QUANTITIES, UNITS
from schemas.readings import FaultTruth, Frame, Reading, Truth

T0 = 1_767_225_605_123_456_789
ROOT = Path(__file__).parents[3]


def _frame(device: str = "pi-0042", sequence: int = 17, throttled: int | None = 0, **values: float | None) -> Frame:
    known: dict[str, float | None] = {
        "temperature": 48.31,
        "power": 5.125,
        "load": 37.5,
        "voltage": 5.0875,
        "fan": None,
        "clock": 2.4,
    }
    readings = [Reading(name, name, UNITS[name], {**known, **values}[name], T0) for name in QUANTITIES]
    return Frame(device, "raspberry-pi", sequence, T0, tuple(readings), throttled)


def _truth(device: str = "pi-0042", state: str = "running", **more: Any) -> Truth:
    fields: dict[str, Any] = {"health": 0.87, "rul_s": 86_400.0 * 12, "faults": (), "symptoms": (), **more}
    return Truth(device=device, sequence=17, time_ns=T0, state=state, wear=(), clean=(), **fields)


# --- lines ---


def test_a_frame_line() -> None:
    assert frame_line(_frame(throttled=0x50005), 10) == (
        "2026-01-01T00:00:05.123Z pi-0042    seq=17      temperature=48.3degC  power=5.12W   load=37.5%  "
        "voltage=5.088V   fan=-         clock=2.400GHz   throttled=0x50005"
    )


def test_a_truth_line() -> None:
    fault = FaultTruth("f1", "temperature", "stuck", 0)
    assert truth_line(_truth(state="degraded", faults=(fault,), symptoms=("throttled", "fan-degraded")), 8) == (
        "2026-01-01T00:00:05.123Z pi-0042  seq=17      truth state=degraded health=0.870 rul=12.0d "
        "faults=stuck@temperature symptoms=throttled,fan-degraded"
    )


def test_the_fields_stand_in_the_same_places_whatever_a_frame_holds() -> None:
    whole = frame_line(_frame()).split()
    silent = frame_line(_frame()._replace(readings=(), throttled=None)).split()
    hot = frame_line(_frame(temperature=-12.5, power=125.0)).split()
    for fields in (silent, hot):
        assert [field.partition("=")[0] for field in fields[2:]] == [field.partition("=")[0] for field in whole[2:]]
    assert silent[3:] == ["temperature=?", "power=?", "load=?", "voltage=?", "fan=?", "clock=?", "throttled=-"]
    assert frame_line(_frame()).index("power=") == frame_line(_frame(temperature=9.1)).index("power=")


def test_what_does_not_fit_the_columns_stands_at_the_end() -> None:
    frame = _frame()
    twice = frame._replace(readings=(*frame.readings, frame.readings[0]._replace(value=50.0)))
    assert frame_line(twice).split()[-1] == "temperature=50.000degC"


def test_a_hostile_name_stays_on_its_line() -> None:
    bad = "pi\x1b[2J\n\u2028"
    frame = _frame(device=bad)._replace(readings=(Reading(bad, bad, bad, 1.0, T0),))
    for line in (frame_line(frame), truth_line(_truth(device=bad, symptoms=(bad,)))):
        assert line.isprintable()


@pytest.mark.parametrize(("seconds", "text"), [(None, "-"), (0.0, "0.0h"), (7200.0, "2.0h"), (864_000.0, "10.0d")])
def test_a_remaining_life(seconds: float | None, text: str) -> None:
    assert life(seconds) == text


def _lines_sink(monkeypatch: pytest.MonkeyPatch, stream: Any, **options: Any) -> QueuedSink:
    monkeypatch.setattr(sys, "stdout", stream)
    return SINK.build(ConsoleOptions(**options), Surroundings("console", truth=True, wall=FakeWall()))


def test_every_so_manieth_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    sink = _lines_sink(monkeypatch, stream, every=3)
    pump = sink.pump(1, lambda: None)
    pump.start()
    for sequence in range(10):
        sink.lane.put(_frame(sequence=sequence))
        sink.lane.put(_frame("cpu-1", sequence))
    pump.finish()
    numbers = [line.split()[2] for line in stream.getvalue().splitlines() if "pi-0042" in line]
    assert numbers == ["seq=0", "seq=3", "seq=6", "seq=9"]
    assert sink.books.totals().acked == 20


def test_an_old_encoding_gets_escapes_and_no_error() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    LinesOutlet(ConsoleOptions(), stream).write([_frame(device="pi-é")], lambda: None)
    assert b"pi-\\xe9" in raw.getvalue()


class _Broken(io.StringIO):
    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def flush(self) -> None:
        raise OSError(self.number, os.strerror(self.number))


@pytest.mark.parametrize("number", [errno.EPIPE, errno.EIO])
def test_a_reader_that_leaves_ends_the_sink_and_says_so_once(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    ended: list[str] = []
    monkeypatch.setattr(sys, "stdout", _Broken(number))
    sink = SINK.build(ConsoleOptions(batch=2), Surroundings("console", ended=ended.append, wall=FakeWall()))
    pump = sink.pump(1, lambda: None)
    pump.start()
    for sequence in range(5):
        sink.lane.put(_frame(sequence=sequence))
    assert pump.turn()
    sink.lane.put(_frame(sequence=5))
    assert pump.turn()
    pump.finish()
    assert ended == ["pipe-closed"]
    assert sink.books.totals().dropped == {"pipe-closed": 6}
    assert sink.open()
    successor = sink.pump(2, lambda: None)
    successor.start()
    assert successor.turn(), "there is nothing to take over, and no reason to die of it"


def test_another_error_is_tried_again() -> None:
    stream = _Broken(errno.ENOSPC)
    with pytest.raises(OSError, match="space"):
        LinesOutlet(ConsoleOptions(), stream).write([_frame()], lambda: None)
    stream.close()
    with pytest.raises(NobodyListensError):
        LinesOutlet(ConsoleOptions(), stream).write([_frame()], lambda: None)


def test_head_takes_three_lines_and_nobody_complains() -> None:
    """A real pipe whose reader leaves: no traceback, not even at exit."""
    code = textwrap.dedent(
        """
        import sys
        sys.path.insert(0, "tests/actors/sinks")
        from actors.sinks.base import Surroundings
        from actors.sinks.console import SINK, ConsoleOptions
        from engine.clock import FakeWall
        from test_sinks_console import _frame
        ended = []
        sink = SINK.build(ConsoleOptions(), Surroundings("console", ended=ended.append, wall=FakeWall()))
        pump = sink.pump(1, lambda: None)
        pump.start()
        while not ended:
            for sequence in range(500):
                sink.lane.put(_frame(sequence=sequence))
            pump.turn()
        print("a summary that nobody reads")
        """
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert "seq=0" in child.stdout.readline()
        child.stdout.close()
        assert child.stderr.read() == ""
    assert child.returncode == 0


# --- the choice ---


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "term", "style", "table"),
    [
        (_Terminal(), "xterm-256color", "auto", True),
        (_Terminal(), "dumb", "auto", False),
        (_Terminal(), "xterm", "lines", False),
        (io.StringIO(), "xterm", "auto", False),
        (io.StringIO(), "xterm", "table", True),
    ],
)
def test_a_table_on_a_terminal_and_lines_elsewhere(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, term: str, style: Any, table: bool
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr(sys, "stdout", stream)
    sink = SINK.build(ConsoleOptions(style=style), Surroundings("console", wall=FakeWall()))
    assert isinstance(sink._outlet(), TableOutlet if table else LinesOutlet)
    assert SINK.claims(ConsoleOptions(), True) == ("the terminal",)
    monkeypatch.delenv("TERM")
    assert not is_terminal(stream)


# --- the table ---


def _shown(table: LiveTable, height: int = 24, rows: int | None = None, width: int = 110) -> list[str]:
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(table.render((width, height), rows, ("1,234 readings/s", "pace 1")))
    return [line.rstrip() for line in console.export_text().splitlines()]


def test_the_table_reads_like_this() -> None:
    table = LiveTable(truth=True)
    table.take(_frame("pi-0001"))
    table.take(_truth("pi-0001"))
    table.take(_frame("cpu-0001", fan=61.25, power=88.0, throttled=None))
    fault = FaultTruth("f1", "temperature", "stuck", 0)
    table.take(_truth("cpu-0001", "degraded", health=0.31, rul_s=5400.0, faults=(fault,), symptoms=("fan-degraded",)))
    assert _shown(table) == [
        "                    temp  power  load  voltage    fan  clock",
        "device    state     degC      W     %        V    CFM    GHz  health   life  signs",
        "cpu-0001  degraded  48.3  88.00  37.5    5.088  61.25  2.400     31%   1.5h  stuck@temperature fan-degraded",
        "pi-0001   running   48.3   5.12  37.5    5.088      -  2.400     87%  12.0d",
        "2026-01-01T00:00:05.123Z   1,234 readings/s   pace 1",
    ]


def test_a_narrow_screen_squeezes_the_signs_and_no_number() -> None:
    table = LiveTable(truth=True)
    table.take(_frame("pi-0001", throttled=1))
    table.take(_truth("pi-0001", "throttled", symptoms=("under-voltage", "throttled", "fan-degraded")))
    title, units, row, _ = _shown(table, width=80)
    assert title.split() == ["temp", "power", "load", "voltage", "fan", "clock"]
    assert units.split()[-3:] == ["health", "life", "signs"]
    assert row.split()[:9] == ["pi-0001", "throttled", "48.3", "5.12", "37.5", "5.088", "-", "2.400", "87%"]
    assert row.endswith("\u2026")
    assert len(row) <= 80


def test_without_the_truth_it_shows_what_the_device_shows() -> None:
    table = LiveTable(truth=False)
    table.take(_frame("pi-0001"))
    table.take(_frame("pi-0002", throttled=0x50005))
    lines = _shown(table)
    assert lines[1].split() == ["device", *(UNITS[name] for name in QUANTITIES), "signs"]
    assert lines[2].split()[0] == "pi-0002"
    assert lines[2].endswith("under-voltage throttled")
    assert lines[3].split()[0] == "pi-0001"


def test_as_many_rows_as_fit_and_the_rest_is_counted() -> None:
    table = LiveTable(truth=False)
    for number in range(50):
        table.take(_frame(f"pi-{number:04d}"))
    for height, rows, shown in ((24, None, 19), (24, 3, 3), (10, 30, 5), (2, None, 1)):
        lines = _shown(table, height, rows)
        assert sum("pi-" in line for line in lines) == shown
        assert f"... and {50 - shown} more devices" in lines
        assert len(lines) < max(height, 6)


def test_those_in_trouble_stand_first() -> None:
    table = LiveTable(truth=True)
    for number, state in enumerate(["running", "throttled", "failed", "degraded", "booting"]):
        table.take(_truth(f"pi-{number}", state))
    assert [line.split()[0] for line in _shown(table)[2:-1]] == ["pi-2", "pi-3", "pi-1", "pi-0", "pi-4"]
    table.take(_truth("pi-2", "running"))
    assert [line.split()[0] for line in _shown(table)[2:-1]] == ["pi-3", "pi-1", "pi-0", "pi-2", "pi-4"]


def _styles(table: LiveTable) -> dict[str, str]:
    (row,) = table._order
    cells = [cell for cell in table._cells(row) if isinstance(cell, Text)]
    return dict(zip(QUANTITIES, [str(cell.style) for cell in cells[1:7]], strict=True))


def test_what_changed_since_the_last_picture_is_highlighted() -> None:
    table = LiveTable(truth=False)
    table.take(_frame())
    _shown(table)
    assert set(_styles(table).values()) == {"dim"}
    table.take(_frame(temperature=50.0))
    assert _styles(table)["temperature"] == "bold"
    assert _styles(table)["power"] == "dim"
    _shown(table)
    assert set(_styles(table).values()) == {"dim"}


def test_a_sensor_that_says_nothing_keeps_its_last_value() -> None:
    table = LiveTable(truth=False)
    table.take(_frame(temperature=50.0))
    table.take(_frame()._replace(readings=()))
    assert "50.0" in _shown(table)[2]


def test_names_cannot_paint_the_terminal() -> None:
    table = LiveTable(truth=True)
    bad = "[bold red]x\x1b[2J\n"
    table.take(_frame(device=bad))
    table.take(_truth(device=bad, symptoms=(bad,)))
    text = "\n".join(_shown(table))
    assert "[bold red]x\\x1b[2J\\n" in text
    assert "\x1b" not in text


class _Pictures:
    """A terminal that counts the pictures painted on it."""

    def __init__(self) -> None:
        self.wall = FakeWall(10 * NANOSECONDS)
        self.stream = io.StringIO()
        self.console = Console(file=self.stream, force_terminal=True, width=100, height=20)
        self.table = LiveTable(truth=False)
        around = Surroundings("console", footer=lambda: "pace 1", wall=self.wall)
        self.outlet = TableOutlet(self.table, None, around, self.console)
        self.painted = 0
        render = self.table.render

        def counted(*args: Any) -> Any:
            self.painted += 1
            return render(*args)

        self.table.render = counted  # type: ignore[assignment]


def test_never_more_than_four_pictures_a_second() -> None:
    screen = _Pictures()
    screen.outlet.open()
    for number in range(1000):
        screen.outlet.write([_frame(sequence=number)], lambda: None)
        screen.outlet.rest()
        screen.wall.now_ns += 10_000_000
    assert 38 <= screen.painted <= 40
    screen.outlet.close()
    assert screen.painted <= 41
    assert "pace 1" in screen.stream.getvalue()


def test_what_came_last_is_shown_soon_and_the_rate_goes_on_when_nothing_comes() -> None:
    screen = _Pictures()
    screen.outlet.open()
    screen.outlet.write([_frame()], lambda: None)
    assert screen.painted == 0
    wait_s = screen.outlet.rest()
    assert 0 < wait_s <= 0.25
    screen.wall.now_ns += round(wait_s * NANOSECONDS)
    assert screen.outlet.rest() == 1.0
    assert screen.painted == 1
    assert "24 readings/s" in screen.stream.getvalue()
    screen.wall.now_ns += NANOSECONDS
    screen.outlet.rest()
    assert screen.painted == 2
    screen.outlet.close()


def test_a_terminal_that_is_gone_ends_the_sink(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = _Pictures()
    screen.outlet.open()
    monkeypatch.setattr(screen.console, "file", _Broken(errno.EIO))
    screen.wall.now_ns += NANOSECONDS
    with pytest.raises(NobodyListensError):
        screen.outlet.write([_frame()], lambda: None)
    screen.outlet.close()
