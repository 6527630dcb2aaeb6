"""The runs of a server, present and former ones, as its state has them."""

import json
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from actors.state_db import StateDb
from engine.clock import WallClock

if TYPE_CHECKING:
    from actors.system import Simulation


How = Literal["running", "duration", "stopped", "failed", "lost"]
"""`running`, or how it ended; `lost`: another run took its place before its end was written down."""


class RunRow(NamedTuple):
    """One run."""

    id: str
    name: str
    seed: int
    began_ns: int
    """Wall time, nanoseconds since the Unix epoch."""
    ended_ns: int | None
    how: How
    summary: dict[str, Any]
    """What it came to, once it is over."""


_COLUMNS = "id, name, seed, began_ns, ended_ns, how, summary"
KEPT = 200
"""Runs that are remembered."""


def begin(db: StateDb, simulation: "Simulation") -> str:
    """Note that a run begins, or that it goes on; its id."""
    scenario = simulation.scenario
    resumed = simulation.state is not None and simulation.state.resumed
    with db.change() as change:
        last = change.execute("SELECT number, id FROM runs ORDER BY number DESC LIMIT 1").fetchone()
        if resumed and last is not None:
            change.execute("UPDATE runs SET ended_ns = NULL, how = 'running' WHERE number = ?", (last[0],))
            return str(last[1])
        number = 1 if last is None else last[0] + 1
        row = (number, f"run-{number}", scenario.name, scenario.seed, WallClock.epoch_ns())
        change.execute(
            "INSERT INTO runs (number, id, name, seed, began_ns, how) VALUES (?, ?, ?, ?, ?, 'running')", row
        )
        change.execute("UPDATE runs SET how = 'lost' WHERE how = 'running' AND number < ?", (number,))
        change.execute("DELETE FROM runs WHERE number <= ?", (number - KEPT,))
    return f"run-{number}"


def end(db: StateDb, id: str, simulation: "Simulation") -> None:
    """Note how a run has ended."""
    found = simulation.summary().as_dict()
    words = ("simulated_s", "real_s", "devices", "frames", "readings", "digest", "repeatable", "problem")
    summary = {word: found[word] for word in words}
    with db.change() as change:
        change.execute(
            "UPDATE runs SET ended_ns = ?, how = ?, summary = ? WHERE id = ?",
            (WallClock.epoch_ns(), simulation.ended, json.dumps(summary), id),
        )


def all_runs(db: StateDb) -> list[RunRow]:
    """Every run that is remembered, the newest first."""
    return [_row(*each) for each in db.rows(f"SELECT {_COLUMNS} FROM runs ORDER BY number DESC")]


def find(db: StateDb, id: str) -> RunRow | None:
    """One of them."""
    found = db.rows(f"SELECT {_COLUMNS} FROM runs WHERE id = ?", (id,))
    return _row(*found[0]) if found else None


def _row(id: str, name: str, seed: int, began_ns: int, ended_ns: int | None, how: How, summary: str | None) -> RunRow:
    return RunRow(id, name, seed, began_ns, ended_ns, how, json.loads(summary) if summary else {})
