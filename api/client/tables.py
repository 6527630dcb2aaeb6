"""Answers as tables for people: as wide as the terminal, or as it takes where there is none."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.client.door import StrangeError
from schemas.durations import format_duration
from schemas.printable import printable
from schemas.terminal import columns

PIPE_WIDTH: Final = 200
"""Where no terminal says how wide it is."""
_STYLES: Final = {"running": "green", "degraded": "yellow", "throttled": "yellow", "failed": "red", "done": "green"}


class Column(NamedTuple):
    """One column: its head, and what stands in it for an item."""

    head: str
    of: Callable[[Any], object]
    right: bool = False
    spare: bool = False
    """Left out where it has nothing for any item."""


def text_of(key: str, head: str = "") -> Column:
    """A column of texts under a key."""
    return Column(head or key, lambda item: item[key])


def number_of(key: str, head: str = "", form: str = "{:,}") -> Column:
    """A column of numbers under a key; a dash for none."""
    return Column(head or key, lambda item: None if item[key] is None else form.format(item[key]), right=True)


def time_of(key: str, head: str = "") -> Column:
    """A column of simulated instants, to the millisecond."""
    return Column(head or key, lambda item: None if item[key] is None else f"{item[key][:23]}Z")


def show(shape: Sequence[Column], items: Iterable[Any], nothing: str = "nothing") -> None:
    """Print a table; the words for none where there is no item."""
    rows = list(items)
    if not rows:
        say(nothing)
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    with _understanding():
        filled = [(column, [column.of(item) for item in rows]) for column in shape]
    kept = [(column, cells) for column, cells in filled if not column.spare or any(cell is not None for cell in cells)]
    for column, _ in kept:
        table.add_column(column.head, justify="right" if column.right else "left", overflow="fold")
    for cells in zip(*(cells for _, cells in kept), strict=True):
        table.add_row(*map(_cell, cells))
    _print(table)


def facts(pairs: Iterable[tuple[str, object]]) -> None:
    """Print what there is to know of one thing, a line each; what is nothing is left out."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    with _understanding():
        for name, value in pairs:
            if value not in (None, "", [], {}, ()):
                table.add_row(Text(name), _cell(value))
    _print(table)


def say(text: str) -> None:
    """One line."""
    sys.stdout.write(f"{printable(text)}\n")


def dump(document: Any) -> None:
    """The server's answer as it is, for programs."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def readings(values: dict[str, float | None]) -> str:
    """What sensors say, in a few words: `temperature=45.6  power=4.39`."""
    return "  ".join(f"{name}={'-' if value is None else f'{value:.5g}'}" for name, value in values.items())


def span(seconds: float | None) -> str | None:
    """Seconds as a duration, to the second, and a long one to the minute or the day; nothing for none."""
    if seconds is None:
        return None
    whole = int(seconds)
    unit = 86_400 if whole >= 10 * 86_400 else 60 if whole >= 36_000 else 1
    return format_duration(whole // unit * unit * 10**9)


@contextmanager
def _understanding() -> Iterator[None]:
    """An answer without what should be in it is not one of ours."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError):
        raise StrangeError("this address") from None


def _cell(value: object) -> Text:
    if value is None:
        return Text("-", style="dim")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return Text(printable(shown), style=_STYLES.get(shown, ""))


def _print(table: Table) -> None:
    """Print a table without the blanks behind its last column."""
    console = _console()
    with console.capture() as captured:
        console.print(table)
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def _console() -> Console:
    # a pipe has no width of its own
    width = None if sys.stdout.isatty() else columns() or PIPE_WIDTH
    return Console(file=sys.stdout, highlight=False, width=width)
