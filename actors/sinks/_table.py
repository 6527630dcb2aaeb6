"""The live table: the latest of each device, as many rows as fit, those in trouble first."""

from collections.abc import Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from actors.sinks._shown import DECIMALS, NOT_FITTED, SILENT, flags, life, number, short
from schemas.printable import printable
from schemas.quantities import QUANTITIES, UNITS
from schemas.readings import FaultRecord, Frame, Truth

_STYLES: Final = {
    "failed": "bold red",
    "degraded": "yellow",
    "throttled": "yellow",
    "stopped": "dim",
    "booting": "cyan",
}
_RANKS: Final = {"failed": 0, "degraded": 1, "throttled": 2}
_CALM: Final = 3
_CHANGED: Final = "bold"
_SAME: Final = "dim"
_ROOM: Final = 5
"""Lines of the screen that are not rows: two of header, one for what is hidden, one of status, one for the cursor."""
_DEVICE_WIDTH: Final = 24
_ROOMY: Final = 100
"""Columns of a screen from which on there is room for air."""
_TITLES: Final = {"temperature": "temp"}


class _Row:
    """The latest of one device. `cells` are as shown; `fresh` are those that changed since they were."""

    __slots__ = ("cells", "device", "fresh", "health", "life", "rank", "signs", "state")

    def __init__(self, device: str) -> None:
        self.device = device
        self.cells: dict[str, str] = dict.fromkeys(QUANTITIES, SILENT)
        self.fresh: set[str] = set()
        self.state = ""
        self.signs = ""
        self.health = self.life = NOT_FITTED
        self.rank = _CALM


class LiveTable:
    """What the fleet says, for people. `truth` adds what is really so."""

    def __init__(self, truth: bool) -> None:
        self._truth = truth
        self._rows: dict[str, _Row] = {}
        self._order: list[_Row] = []
        self._sorted = True
        self.frames = 0
        self.readings = 0
        self.time_ns = 0

    def take(self, record: Frame | Truth | FaultRecord) -> None:
        """Take a record in; on an error the table is as it was. Faults show by the truth, which has them in force."""
        if isinstance(record, FaultRecord):
            return
        if isinstance(record, Truth):
            self._take_truth(record)
            return
        cells = {
            reading.quantity: number(reading.value, DECIMALS[reading.quantity])
            for reading in record.readings
            if reading.quantity in DECIMALS
        }
        row = self._row(record.device)
        row.fresh.update(name for name, cell in cells.items() if row.cells[name] != cell)
        row.cells.update(cells)
        self.frames += 1
        self.readings += len(record.readings)
        self.time_ns = max(self.time_ns, record.time_ns)
        if not self._truth:
            signs = flags(record.throttled)
            self._sign(row, signs, _RANKS["throttled"] if signs else _CALM)

    def _take_truth(self, truth: Truth) -> None:
        health, left = f"{truth.health:.0%}", life(truth.rul_s)
        faults = [f"{fault.fault}@{fault.sensor}" for fault in truth.faults]
        signs = printable(" ".join((*faults, *truth.symptoms)))
        row = self._row(truth.device)
        row.state, row.health, row.life = truth.state, health, left
        self._sign(row, signs, _RANKS.get(truth.state, _CALM))

    def _row(self, device: str) -> _Row:
        row = self._rows.get(device)
        if row is None:
            row = self._rows[device] = _Row(device)
            self._order.append(row)
            self._sorted = False
        return row

    def _sign(self, row: _Row, signs: str, rank: int) -> None:
        row.signs = signs
        if row.rank != rank:
            row.rank = rank
            self._sorted = False

    def render(self, size: tuple[int, int], rows: int | None, status: Sequence[str]) -> RenderableType:
        """The table as it is now, for a screen so wide and high. Changes are those since the last rendering."""
        if not self._sorted:
            self._order.sort(key=lambda row: (row.rank, row.device))
            self._sorted = True
        width, height = size
        fit = max(1, height - _ROOM if rows is None else min(rows, height - _ROOM))
        table = self._empty(width)
        for row in self._order[:fit]:
            table.add_row(*self._cells(row))
        hidden = len(self._order) - fit
        more = [Text(f"... and {hidden} more devices", style="dim")] if hidden > 0 else []
        line = "   ".join((short(self.time_ns), *(printable(part) for part in status if part)))
        for row in self._order:
            row.fresh.clear()
        return Group(table, *more, Text(line, style="cyan", no_wrap=True, overflow="ellipsis"))

    def _empty(self, width: int) -> Table:
        gap = 2 if width >= _ROOMY else 1
        table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold")
        table.add_column("device", no_wrap=True, overflow="ellipsis", max_width=_DEVICE_WIDTH)
        if self._truth:
            table.add_column("state", no_wrap=True)
        for quantity in QUANTITIES:
            title = Text(f"{_TITLES.get(quantity, quantity)}\n{UNITS[quantity]}", justify="right")
            table.add_column(title, justify="right", no_wrap=True)
        if self._truth:
            table.add_column("health", justify="right", no_wrap=True)
            table.add_column("life", justify="right", no_wrap=True)
        # The only column that may be squeezed: for rich one that may wrap, although its texts never do.
        table.add_column("signs")
        return table

    def _cells(self, row: _Row) -> list[Text]:
        cells = [Text(printable(row.device))]
        if self._truth:
            cells.append(Text(row.state, style=_STYLES.get(row.state, "green")))
        cells += [Text(row.cells[name], style=_CHANGED if name in row.fresh else _SAME) for name in QUANTITIES]
        if self._truth:
            cells += [Text(row.health), Text(row.life, style=_SAME)]
        return [*cells, Text(row.signs, style="yellow", no_wrap=True, overflow="ellipsis")]
