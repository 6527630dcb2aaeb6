"""The state's file: earlier versions are taken over, later ones refused, damaged ones set aside; time away made up."""

import json
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from actors.journal import JournalMemory
from actors.state import RunState
from actors.state_db import Beat, StateDb
from actors.state_folder import StateFolder
from actors.state_journal import entry, news, row
from actors.state_schema import VERSION
from actors.system import Simulation
from actors.vocabulary import Words
from engine.clock import WallClock
from schemas import events
from schemas.commands import InjectFault
from schemas.events import Entry
from schemas.problems import CannotStart
from schemas.scenario import load_scenario
from schemas.server_settings import Downtime

GOLDEN = Path(__file__).with_name("golden")
S = 10**9
SCENARIO = """
version: 1
name: away
seed: 3
pace: 1
fleet: [{name: pi, kind: raspberry-pi, count: 3, interval: 5s}]
sinks: [{kind: memory, name: frames}]
"""


def simulate(state: RunState, text: str = SCENARIO) -> Simulation:
    return Simulation.from_scenario(load_scenario(text, "test", vocabulary=Words()), kernels="interpreted", state=state)


# --- versions ---


def test_a_state_of_version_1_is_taken_over(tmp_path: Path) -> None:
    folder = tmp_path / "st"
    shutil.copytree(GOLDEN / "state-1", folder)
    checkpoint = (folder / "checkpoint").read_bytes()
    state = StateFolder(folder)
    assert state.about() == {
        "name": "golden",
        "seed": 3,
        "start_ns": 1767225600 * S,
        "ended": False,
        "fingerprint": "848575a71fafed42d364033f2878ca79",
    }
    (logged,) = state.db.logged()
    assert (logged["command"], logged["with"]["id"], logged["now_ns"]) == ("InjectFault", "mine", 1767225660 * S)
    assert state.db.kept() == checkpoint[:-4]
    assert sorted(path.name for path in folder.iterdir() if "state.db" not in path.name) == ["lock"]
    state.release()


def test_what_was_torn_in_version_1_is_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "st"
    shutil.copytree(GOLDEN / "state-1", folder)
    with (folder / "commands.jsonl").open("a") as file:
        file.write('{"now_ns": 17672')
    data = bytearray((folder / "checkpoint").read_bytes())
    data[99] ^= 1
    (folder / "checkpoint").write_bytes(bytes(data))
    state = StateFolder(folder)
    assert len(state.db.logged()) == 1
    assert state.db.kept() is None
    state.release()


def test_a_state_of_version_2_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Kept from when version 2 was made: whoever makes version 3 takes this one over."""
    (tmp_path / "st").mkdir()
    shutil.copy(GOLDEN / "state-2.db", tmp_path / "st" / "state.db")
    state = StateFolder(tmp_path / "st")
    about = state.about()
    assert (about["name"], about["seed"], about["ended"], about["pace"]) == ("golden", 3, False, "max")
    load_scenario(json.dumps(about["document"]), "golden", vocabulary=Words())
    assert [each["with"]["id"] for each in state.db.logged()] == ["mine"]
    assert state.db.kept() is not None
    kinds = [kind for _, _, kind, _, _, _ in state.db.written(None, 100)]
    assert kinds.count("StateChanged") == 4
    assert "FaultInjected" in kinds
    beat = state.db.last_beat()
    assert beat is not None
    assert beat.orderly
    assert state.db.rows("SELECT name, role, length(digest) FROM keys") == [("golden", "operate", 32)]
    state.release()


def test_a_later_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    StateFolder(tmp_path / "st").release()
    path = tmp_path / "st" / "state.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = path.read_bytes()
    with pytest.raises(CannotStart, match=f"later version.*its version is {VERSION + 1}"):
        StateFolder(tmp_path / "st")
    assert path.read_bytes() == before
    assert sorted(each.name for each in (tmp_path / "st").iterdir() if each.suffix == ".db") == ["state.db"]


# --- damage ---


@pytest.mark.parametrize("where", [0, 30, 4096 + 7, -2000])
def test_a_damaged_file_is_set_aside_and_named(tmp_path: Path, where: int) -> None:
    state = StateFolder(tmp_path / "st")
    with state.db.change() as db:
        for number in range(300):
            db.execute("INSERT INTO commands VALUES (?, ?)", (number, json.dumps({"x": "y" * 50})))
    state.db.fold()
    state.release()
    path = tmp_path / "st" / "state.db"
    data = bytearray(path.read_bytes())
    data[where : where + 64 if where >= 0 else None] = b"\xa5" * (64 if where >= 0 else -where)
    path.write_bytes(bytes(data))
    again = StateFolder(tmp_path / "st")
    (aside,) = again.db.aside
    assert aside.startswith("state.db.damaged-")
    assert (tmp_path / "st" / aside).read_bytes() == bytes(data)
    assert again.about() == {}
    again.release()
    third = StateFolder(tmp_path / "st")
    assert list(third.db.aside) == [aside], "it is named for as long as it is there"
    (tmp_path / "st" / aside).unlink()
    assert not third.db.aside
    third.release()


def test_a_damaged_checkpoint_gives_way_to_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "st").mkdir()
    db = StateDb(tmp_path / "st")
    for number in range(4):
        db.keep(b"checkpoint %d" % number)
    assert len(db.rows("SELECT 1 FROM checkpoints")) == 2
    assert db.kept() == b"checkpoint 3"
    with db.change() as change:
        change.execute("UPDATE checkpoints SET data = x'00' WHERE number = 4")
    assert db.kept() == b"checkpoint 2"
    assert db.get("damaged checkpoint") == 4
    db.close()


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    (tmp_path / "st").mkdir()
    db = StateDb(tmp_path / "st")
    with pytest.raises(OSError, match="no such table"):
        _half_right(db)
    assert db.logged() == []
    db.log_all(7, [{"now_ns": 1}])
    assert db.logged(8) == []
    assert db.logged(7) == [{"now_ns": 1}]
    db.close()


def _half_right(db: StateDb) -> None:
    with db.change() as change:
        change.execute("INSERT INTO commands VALUES (1, '{}')")
        change.execute("INSERT INTO nowhere VALUES (1)")


# --- journal ---


def test_every_kind_of_event_goes_into_a_row_and_back() -> None:
    values: dict[str, Any] = {"str": "x", "int": 7, "bool": True}
    for kind in events.Event.__args__:
        made = kind(**{name: _value(field.type, values) for name, field in kind.__dataclass_fields__.items()})
        there = Entry(5, False, made)
        assert entry(row(there)) == there


def _value(kind: Any, values: dict[str, Any]) -> Any:
    text = kind if isinstance(kind, str) else getattr(kind, "__name__", str(kind))
    if "Mapping" in str(kind):
        return {"a": 1.5}
    for word, value in values.items():
        if word in text:
            return value
    return 0.5 if "float" in text else "x"


def test_news_are_what_has_come_since() -> None:
    memory = JournalMemory()
    for number in range(5):
        memory.entries.append(Entry(number, False, events.TimeSkipped(number, 0)))
    assert [each[0] for each in news(memory, 3)] == [3, 4]
    assert news(memory, 5) == []


# --- the time away ---


def left(folder: Path, *, lived_s: int, away_s: float, orderly: bool = False, pace: float = 1.0) -> int:
    """A state as a process leaves it that lived for a while and ended some time ago; the simulated instant of that."""
    state = RunState(folder)
    simulation = simulate(state)
    simulation.begin()
    simulation.dispatcher.set_pace(float("inf"))
    end_ns = simulation.scenario.start_ns + lived_s * S
    simulation.dispatcher.run(end_ns)
    simulation.ended = "stopped"
    simulation.close()
    db = StateDb(folder)
    db.beat(Beat(WallClock.epoch_ns() - round(away_s * S), end_ns, pace, False, orderly))
    db.close()
    return end_ns


def taken_over(folder: Path, downtime: Downtime) -> Simulation:
    state = RunState(folder, downtime=downtime)
    simulation = simulate(state)
    simulation.begin()
    state.catch_up(simulation)
    state.make_up(simulation)
    return simulation


@pytest.mark.parametrize(
    ("downtime", "orderly", "lived"),
    [("catch-up", False, True), ("auto", False, True), ("auto", True, False), ("hold", False, False)],
)
def test_time_away_is_lived_afterwards_or_has_not_been(
    tmp_path: Path, downtime: Downtime, orderly: bool, lived: bool
) -> None:
    end_ns = left(tmp_path / "st", lived_s=20, away_s=100, orderly=orderly)
    simulation = taken_over(tmp_path / "st", downtime)
    behind = (simulation.dispatcher.now_ns - end_ns) / S
    memory: Any = simulation.sinks[0]
    if lived:
        assert 98 < behind < 600
        assert len(memory.frames) >= 3 * 19, "what was missed is said"
        assert next(frame.sequence for frame in memory.frames if frame.device == "pi-0001") == 4
        assert simulation.dispatcher.pacer.skipped_ns == 0
    else:
        assert behind < 1
        assert not memory.frames
    assert simulation.summary().repeatable
    assert simulation.dispatcher.pacer.pace == 1.0
    simulation.close()


def test_time_away_is_left_out_and_counted(tmp_path: Path) -> None:
    end_ns = left(tmp_path / "st", lived_s=20, away_s=100)
    simulation = taken_over(tmp_path / "st", "skip")
    assert 98 < (simulation.dispatcher.now_ns - end_ns) / S < 600
    assert simulation.dispatcher.pacer.skipped_ns == simulation.dispatcher.now_ns - end_ns
    assert not simulation.summary().repeatable
    memory: Any = simulation.sinks[0]
    assert not memory.frames
    # the process after it leaves the same time out again
    simulation.dispatcher.set_pace(float("inf"))
    simulation.dispatcher.run(simulation.dispatcher.now_ns + 30 * S)
    simulation.ended = "stopped"
    frames, skipped = simulation.fleet.frames(), simulation.dispatcher.pacer.skipped_ns
    now_ns, digests = simulation.dispatcher.now_ns, simulation.fleet.digests()
    shutil.copytree(tmp_path / "st", tmp_path / "left")
    with closing(sqlite3.connect(tmp_path / "left" / "state.db")) as db, db:
        db.execute("UPDATE clock SET now_ns = ?, orderly = 1", (now_ns,))
    other = taken_over(tmp_path / "left", "hold")
    assert (other.fleet.frames(), other.dispatcher.pacer.skipped_ns) == (frames, skipped)
    assert other.fleet.digests() == digests
    other.close()
    simulation.close()


def test_no_more_than_an_hour_is_lived_afterwards(tmp_path: Path) -> None:
    end_ns = left(tmp_path / "st", lived_s=20, away_s=30 * 86_400)
    simulation = taken_over(tmp_path / "st", "catch-up")
    assert 3_590 < (simulation.dispatcher.now_ns - end_ns) / S < 4_200
    assert simulation.summary().repeatable
    simulation.close()


def test_a_sink_that_is_stuck_does_not_hold_the_start_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.state_downtime._STUCK_S", 0.2)
    end_ns = left(tmp_path / "st", lived_s=20, away_s=100)
    state = RunState(tmp_path / "st", downtime="catch-up")
    simulation = simulate(state)
    simulation.dispatcher.gates.append(lambda: False)
    simulation.begin()
    state.catch_up(simulation)
    done = threading.Timer(60, simulation.request_stop)
    done.start()
    state.make_up(simulation)
    done.cancel()
    assert (simulation.dispatcher.now_ns - end_ns) / S > 98
    assert len(simulation.dispatcher.gates) == 2, "the gate is there again"
    simulation.close()


def test_a_pace_that_was_set_stays_until_the_scenario_says_another(tmp_path: Path) -> None:
    left(tmp_path / "st", lived_s=5, away_s=0, orderly=True, pace=7.0)
    first = simulate(RunState(tmp_path / "st"))
    assert first.dispatcher.pacer.pace == 7.0
    first.begin()
    first.ended = "stopped"
    first.close()
    second = simulate(RunState(tmp_path / "st"), SCENARIO.replace("pace: 1", "pace: 2"))
    assert second.dispatcher.pacer.pace == 2.0
    second.begin()
    second.close()


def test_a_command_is_where_it_was(tmp_path: Path) -> None:
    """From another thread, while the clock runs: written down and told at one and the same instant."""
    state = RunState(tmp_path / "st", checkpoint_s=1000)
    simulation = simulate(state, SCENARIO.replace("pace: 1", "pace: 50"))
    ready = threading.Event()
    thread = threading.Thread(target=lambda: simulation.run(on_ready=ready.set))
    thread.start()
    assert ready.wait(60)
    for number in range(20):
        simulation.send(InjectFault("pi-0001", "load", "stuck", {"value": 1.0}, id=f"f{number}"), 20)
    told = [each.event.time_ns for each in simulation.journal.entries if isinstance(each.event, events.FaultInjected)]
    written = [each["now_ns"] for each in state.db.logged()]
    simulation.request_stop()
    thread.join(60)
    assert told == written
    assert len(told) == 20


def test_what_cannot_be_written_down_is_not_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simulation = simulate(RunState(tmp_path / "st"))
    assert simulation.state is not None
    simulation.begin()

    def full(*_: Any) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(simulation.state.db, "log_all", full)
        with pytest.raises(OSError, match="No space"):
            simulation.send(InjectFault("pi-0001", "load", "stuck", {"value": 1.0}))
    simulation.dispatcher.run(simulation.dispatcher.now_ns)
    assert not simulation.fleet.devices["pi-0001"].faults
    simulation.send(InjectFault("pi-0001", "load", "stuck", {"value": 1.0}))
    assert len(simulation.fleet.devices["pi-0001"].faults) == 1
    simulation.close()


def test_the_sum_of_a_checkpoint_is_over_what_is_on_disk(tmp_path: Path) -> None:
    (tmp_path / "st").mkdir()
    db = StateDb(tmp_path / "st")
    db.keep(b"x" * 10_000)
    ((data, crc, size),) = db.rows("SELECT data, crc, size FROM checkpoints")
    assert (crc32(data), size) == (crc, 10_000)
    assert len(data) < 200
    db.close()
