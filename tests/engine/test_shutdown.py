"""The end in order, on a clock that only waiting moves."""

import signal
import threading
from collections.abc import Callable

import pytest

from engine.clock import FakeWall
from engine.shutdown import PHASES, Phase, Shutdown, ShutdownResult, aside


def phases(log: list[str], **dones: Callable[[], bool]) -> list[Phase]:
    """All phases, each noting its beginning; those named in `dones` (with `_` for `-`) take their time."""
    made = []
    for name in PHASES:
        done = dones.get(name.replace("-", "_"), lambda: True)
        made.append(Phase(name, lambda name=name: log.append(name), done))  # type: ignore[misc]
    return made


def never() -> bool:
    """Not done."""
    return False


def run(shutdown: Shutdown, reason: str = "SIGTERM") -> ShutdownResult:
    """Run, with a result."""
    result = shutdown.run(reason)
    assert result is not None
    return result


def test_phases_run_in_order() -> None:
    log: list[str] = []
    result = run(Shutdown(phases(log), FakeWall()))
    assert tuple(log) == PHASES
    assert (result.clean, result.late, result.took_s, result.reason) == (True, (), 0.0, "SIGTERM")


def test_each_phase_is_waited_for() -> None:
    log: list[str] = []
    wall = FakeWall()
    result = run(Shutdown(phases(log, mailboxes_drained=lambda: wall.now_ns >= 3_000_000_000), wall))
    assert result.clean
    assert result.phases[3].took_s == pytest.approx(3.0, abs=0.01)


def test_a_late_phase_is_named_and_the_next_begins() -> None:
    log: list[str] = []
    result = run(Shutdown(phases(log, mailboxes_drained=never, spool_synced=never), FakeWall()))
    assert tuple(log) == PHASES
    assert result.late == ("mailboxes-drained", "spool-synced")
    assert result.took_s == pytest.approx(10.0, abs=0.05)
    assert not result.clean


def test_all_phases_share_one_budget_and_all_begin() -> None:
    log: list[str] = []
    result = run(Shutdown(phases(log, **{name.replace("-", "_"): never for name in PHASES}), FakeWall()))
    assert tuple(log) == PHASES
    assert result.took_s == pytest.approx(20.0, abs=0.05)
    assert [round(phase.took_s) for phase in result.phases] == [5, 5, 5, 5, 0, 0, 0]


@pytest.mark.parametrize("when", ["begin", "done"])
def test_a_phase_that_raises_is_named_and_the_next_begins(when: str) -> None:
    def fail() -> bool:
        raise OSError("disk full")

    log: list[str] = []
    made = phases(log)
    made[4] = Phase("sinks-flushed", fail) if when == "begin" else Phase("sinks-flushed", lambda: None, fail)
    result = run(Shutdown(made, FakeWall()))
    assert log[-1] == "supervisor"
    assert result.phases[4].error == "OSError: disk full"
    assert (result.clean, result.late) == (False, ())


def test_it_runs_once_however_often_it_is_called() -> None:
    log: list[str] = []
    again: list[ShutdownResult | None] = []
    made = phases(log)
    made[2] = Phase("scheduler-off", lambda: again.extend(shutdown.run("second") for _ in range(3)))
    # Were it to wait for itself, it would wait for hours.
    shutdown = Shutdown(made, FakeWall(), budget_s=10_000)
    begun = [shutdown.begun]
    first = run(shutdown)
    begun.append(shutdown.begun)
    assert begun == [False, True]
    assert again == [None, None, None]
    assert run(shutdown, "third") is first
    assert first.reason == "SIGTERM"
    assert len(log) == len(PHASES) - 1


def test_callers_on_other_threads_get_the_same_result() -> None:
    entered, leave = threading.Event(), threading.Event()
    shutdown = Shutdown([Phase("unready", entered.set, leave.is_set)])
    results: list[ShutdownResult | None] = []
    callers = [threading.Thread(target=lambda: results.append(shutdown.run("x"))) for _ in range(4)]
    callers[0].start()
    assert entered.wait(5)
    for caller in callers[1:]:
        caller.start()
    leave.set()
    shutdown.nudge()
    for caller in callers:
        caller.join(5)
    assert len(results) == 4
    assert all(result is results[0] for result in results)


def test_three_signals_make_one_run() -> None:
    log: list[str] = []

    def strike() -> None:
        for _ in range(3):
            signal.raise_signal(signal.SIGTERM)

    made = phases(log)
    made[3] = Phase("mailboxes-drained", strike)
    shutdown = Shutdown(made, FakeWall())
    before = signal.signal(signal.SIGTERM, lambda *_: shutdown.run("SIGTERM") and None)
    try:
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert shutdown.result is not None
    assert shutdown.result.clean
    assert log == [name for name in PHASES if name != "mailboxes-drained"]


def test_work_that_blocks_runs_aside() -> None:
    leave = threading.Event()
    wall = FakeWall()
    made = [aside("sinks-flushed", leave.wait), Phase("supervisor", lambda: None)]
    result = run(Shutdown(made, wall, each_s=0.05))
    assert result.late == ("sinks-flushed",)
    leave.set()

    def fail() -> None:
        raise OSError("disk full")

    result = run(Shutdown([aside("sinks-flushed", fail)]))
    assert result.phases[0].error == "OSError: disk full"


@pytest.mark.parametrize("names", [("supervisor", "unready"), ("unready", "unready"), ("nonsense",)])
def test_phases_out_of_order_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="in this order"):
        Shutdown([Phase(name, lambda: None) for name in names])
