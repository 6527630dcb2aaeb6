"""The clock: any pace, pause, step, change while running, lateness and its policies, gates. Waiting costs no time."""

import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pykka
import pytest

from engine.actor import DispatchedActor
from engine.clock import MAX, NANOSECONDS, FakeWall
from engine.dispatcher import Dispatcher
from engine.lag import LagGauge
from engine.pacer import TooLateError

S = NANOSECONDS


class Probe(DispatchedActor):
    """Notes simulated and wall time of each message; `work` is what a message costs in wall nanoseconds."""

    def __init__(self, wall: FakeWall, log: list[Any], work: Callable[[Any], int] | None = None) -> None:
        super().__init__()
        self.wall = wall
        self.log = log
        self.work = work

    def on_receive(self, message: Any) -> Any:
        if callable(message):
            return message()
        self.log.append((self.dispatcher.now_ns, self.wall.now_ns))
        if self.work is not None:
            self.wall.now_ns += self.work(message)
        return message


def both(first: Callable[[], None], second: Callable[[], None]) -> Callable[[], None]:
    def act() -> None:
        first()
        second()

    return act


class Case:
    def __init__(self, pace: float = 1.0, lag: Any = "stretch", work: Callable[[Any], int] | None = None) -> None:
        self.wall = FakeWall(start_ns=77)
        self.dispatcher = Dispatcher(pace=pace, lag=lag, wall=self.wall)
        self.log: list[tuple[int, int]] = []
        self.ref: pykka.ActorRef[Any] = self.dispatcher.spawn(
            "probe", 1, lambda: Probe.start(self.wall, self.log, work)
        )

    def ticks(self, every: int = S, first: int = 0) -> None:
        self.dispatcher.every(self.ref, every, first)

    def late(self) -> list[int]:
        return [wall - 77 - sim for sim, wall in self.log]


def test_at_pace_one_every_instant_comes_when_the_wall_clock_says() -> None:
    case = Case()
    case.ticks()
    case.dispatcher.run(5 * S)
    assert [sim for sim, _ in case.log] == [0, S, 2 * S, 3 * S, 4 * S]
    assert all(0 <= late <= 2_000_000 for late in case.late())
    assert case.wall.now_ns - 77 == pytest.approx(5 * S, abs=2_000_000)


@pytest.mark.parametrize("pace", [0.25, 2.0, 60.0])
def test_any_pace(pace: float) -> None:
    case = Case(pace=pace)
    case.ticks()
    case.dispatcher.run(10 * S)
    for sim, wall in case.log:
        assert (wall - 77) * pace == pytest.approx(sim, abs=3_000_000 * max(pace, 1))


def test_at_max_nobody_waits() -> None:
    case = Case(pace=MAX)
    case.ticks()
    case.dispatcher.run(10_000 * S)
    assert len(case.log) == 10_000
    assert case.wall.waits == []


@pytest.mark.parametrize("pace", [0.0, -1.0, float("nan")])
def test_a_pace_must_be_positive(pace: float) -> None:
    with pytest.raises(ValueError, match="pace: found"):
        Dispatcher(pace=pace)
    with pytest.raises(ValueError, match="pace: found"):
        Dispatcher().set_pace(pace)


def test_the_pace_changes_while_running_without_a_jump() -> None:
    case = Case(pace=1.0)
    case.ticks()
    case.dispatcher.at(2 * S, case.ref, lambda: case.dispatcher.set_pace(10.0))
    case.dispatcher.at(12 * S, case.ref, lambda: case.dispatcher.set_pace(MAX))
    case.dispatcher.run(1000 * S)
    walls = dict(case.log)
    assert walls[2 * S] - 77 == pytest.approx(2 * S, abs=5_000_000)
    assert walls[12 * S] - 77 == pytest.approx(3 * S, abs=5_000_000)
    assert walls[999 * S] - 77 == pytest.approx(3 * S, abs=5_000_000)
    assert len(case.log) == 1000


def test_from_max_to_real_time_counts_from_where_it_is() -> None:
    case = Case(pace=MAX)
    case.ticks()
    case.dispatcher.at(500 * S, case.ref, lambda: case.dispatcher.set_pace(1.0))
    case.dispatcher.run(510 * S)
    assert case.wall.now_ns - 77 == pytest.approx(10 * S, abs=5_000_000)


def test_pause_finishes_the_instant_and_then_stands_still() -> None:
    case = Case(pace=MAX)
    case.ticks()
    case.dispatcher.at(3 * S, case.ref, both(case.dispatcher.pause, lambda: case.ref.tell("same instant")))
    case.dispatcher.run(10 * S)
    assert [sim for sim, _ in case.log] == [0, S, 2 * S, 3 * S, 3 * S]
    assert case.dispatcher.now_ns == 3 * S
    case.dispatcher.run(10 * S)
    assert len(case.log) == 5
    case.dispatcher.unpause()
    case.dispatcher.run(10 * S)
    assert case.log[-1][0] == 9 * S


def test_messages_are_taken_while_paused() -> None:
    case = Case()
    case.dispatcher.pause()
    assert case.ref.ask("hello", timeout=1.0) == "hello"
    assert case.dispatcher.now_ns == 0


def test_a_pause_at_real_time_owes_nothing_afterwards() -> None:
    case = Case()
    case.ticks()
    case.dispatcher.run(3 * S)
    case.dispatcher.pause()
    case.dispatcher.run(3 * S)
    case.wall.now_ns += 3600 * S
    case.dispatcher.unpause()
    case.dispatcher.run(6 * S)
    assert [sim for sim, _ in case.log] == [number * S for number in range(6)]
    assert case.dispatcher.pacer.gauge.worst_ns < S // 10


def test_a_change_of_pace_during_a_pause_owes_nothing_either() -> None:
    case = Case()
    case.ticks()
    case.dispatcher.run(3 * S)
    case.dispatcher.pause()
    case.wall.now_ns += 3600 * S
    case.dispatcher.set_pace(2.0)
    case.wall.now_ns += 3600 * S
    case.dispatcher.unpause()
    resumed = case.wall.now_ns
    case.dispatcher.run(6 * S)
    assert case.wall.now_ns - resumed == pytest.approx(1.5 * S, abs=5_000_000)


@pytest.mark.parametrize("change", ["pace", "pause"])
def test_what_has_gone_by_of_an_interval_is_kept(change: str) -> None:
    class Interruption(FakeWall):
        """Something changes half-way through the second wait."""

        def wait(self, seconds: float | None, event: threading.Event) -> bool:
            if seconds is not None and not self.waits and self.now_ns >= 77:
                self.waits.append(seconds)
                self.now_ns += S * 3 // 4
                if change == "pace":
                    dispatcher.set_pace(0.5)
                else:
                    dispatcher.pause()
                    self.now_ns += 100 * S
                    dispatcher.unpause()
                return True
            return super().wait(seconds, event)

    wall, log = Interruption(start_ns=77), []  # type: ignore[var-annotated]
    dispatcher = Dispatcher(pace=1.0, wall=wall)
    ref = dispatcher.spawn("probe", 1, lambda: Probe.start(wall, log))
    dispatcher.at(S, ref, "tick")
    dispatcher.run(2 * S)
    due = S * 3 // 4 + S // 2 if change == "pace" else 101 * S
    assert log[0][1] - 77 == pytest.approx(due, abs=210_000_000 if change == "pace" else 5_000_000)
    assert log[0][0] == S


def test_step_lives_one_instant_with_all_its_timers_and_messages() -> None:
    case = Case()
    case.dispatcher.pause()
    for _ in range(3):
        case.ticks()
    case.dispatcher.at(0, case.ref, lambda: case.ref.tell("caused"))
    case.dispatcher.step()
    assert [sim for sim, _ in case.log] == [0, 0, 0, 0]
    case.dispatcher.step(2)
    assert [sim for sim, _ in case.log][4:] == [S] * 3 + [2 * S] * 3
    assert case.dispatcher.now_ns == 2 * S


def test_step_without_anything_to_do_ends() -> None:
    case = Case()
    case.dispatcher.pause()
    case.dispatcher.step(5)
    assert case.log == []


def test_pause_step_and_unpause_from_another_thread() -> None:
    dispatcher = Dispatcher(pace=MAX)
    log: list[Any] = []
    ref = dispatcher.spawn("probe", 1, lambda: Probe.start(FakeWall(), log))
    dispatcher.pause()
    dispatcher.every(ref, S, 0)
    dispatcher.run_in_thread()
    dispatcher.step(3)
    assert dispatcher.call(lambda: None) is None
    while len(log) < 3:  # the steps are lived after the call is answered
        dispatcher.call(lambda: None)
    assert dispatcher.call(lambda: dispatcher.now_ns) == 2 * S
    ref.tell(dispatcher.pause)
    dispatcher.unpause()
    dispatcher.set_pace(1.0)
    dispatcher.stop()
    assert len(log) >= 3
    dispatcher.close()


def test_what_comes_from_outside_happens_at_the_time_it_comes() -> None:
    class Visitor(FakeWall):
        def wait(self, seconds: float | None, event: threading.Event) -> bool:
            if self.now_ns == 77 and seconds is not None:
                self.now_ns += int(2.5 * S)
                thread = threading.Thread(target=lambda: ref.tell("visit"))
                thread.start()
                thread.join()
                return True
            return super().wait(seconds, event)

    wall, log = Visitor(start_ns=77), []  # type: ignore[var-annotated]
    dispatcher = Dispatcher(pace=1.0, wall=wall)
    ref = dispatcher.spawn("probe", 1, lambda: Probe.start(wall, log))
    dispatcher.at(10 * S, ref, "timer")
    dispatcher.run(11 * S)
    assert [sim for sim, _ in log] == [int(2.5 * S), 10 * S]


# --- lateness ---


def test_a_short_delay_is_caught_up() -> None:
    case = Case(work=lambda due: S // 2 if due == 2 * S else 0)
    case.ticks(every=S // 10)
    case.dispatcher.run(5 * S)
    late = dict(zip([sim for sim, _ in case.log], case.late(), strict=True))
    assert late[2 * S + S // 10] == pytest.approx(0.4 * S, abs=5_000_000)
    assert late[3 * S] < 5_000_000
    assert case.dispatcher.pacer.stretched_ns == 0
    assert len(case.log) == 50


def test_lateness_is_measured_when_the_instant_is_done() -> None:
    case = Case(work=lambda due: 30_000_000)
    case.ticks()
    case.dispatcher.run(100 * S)
    gauge = case.dispatcher.pacer.gauge
    assert gauge.count == 100
    assert gauge.percentile(50) == pytest.approx(30_000_000, rel=0.13)
    assert case.dispatcher.pacer.lag_ns == pytest.approx(30_000_000, rel=0.1)


def test_stretch_holds_time_back_and_loses_nothing() -> None:
    case = Case(lag="stretch", work=lambda due: 5 * S if due == 2 * S else 0)
    case.ticks()
    case.dispatcher.run(6 * S)
    assert [sim for sim, _ in case.log] == [number * S for number in range(6)]
    assert case.late()[3] == pytest.approx(4 * S, abs=5_000_000)
    assert case.late()[5] == pytest.approx(4 * S, abs=5_000_000)
    assert case.dispatcher.pacer.stretched_ns == pytest.approx(4 * S, abs=5_000_000)
    assert case.dispatcher.pacer.skipped_ns == 0


def test_skip_leaves_instants_out_and_says_so() -> None:
    case = Case(lag="skip", work=lambda due: 5 * S // 2 if due == 2 * S else 0)
    skipped: list[int] = []
    case.dispatcher.on_skip = skipped.append
    case.ticks()
    case.ticks(first=S // 4)
    case.dispatcher.at(3 * S, case.ref, "once, and never left out")
    case.dispatcher.run(7 * S)
    sims = [sim for sim, _ in case.log]
    quarter = S // 4
    assert sims == [0, quarter, S, S + quarter, 2 * S, 3 * S, 5 * S, 5 * S + quarter, 6 * S, 6 * S + quarter]
    assert sum(skipped) == case.dispatcher.pacer.skipped_ns > 2 * S
    assert case.late()[-1] < 5_000_000


def test_fail_ends_the_run() -> None:
    case = Case(lag="fail", work=lambda due: 5 * S if due == 2 * S else 0)
    case.ticks()
    with pytest.raises(TooLateError, match="cannot keep up at pace 1"):
        case.dispatcher.run(6 * S)


def test_the_gauge_knows_percentiles_within_an_eighth() -> None:
    gauge = LagGauge()
    assert gauge.percentile(99) == 0
    for number in range(1, 100_001):
        gauge.add(number * 1000)
    gauge.add(-5)
    for percent in (1, 50, 90, 99, 99.9):
        assert gauge.percentile(percent) == pytest.approx(percent * 1_000_000, rel=0.13)
    assert gauge.percentile(100) == gauge.worst_ns == 100_000_000
    gauge.reset()
    assert gauge.count == 0


# --- gates ---


def test_at_max_the_clock_only_steps_while_every_gate_is_open() -> None:
    case = Case(pace=MAX)
    case.ticks()
    case.dispatcher.gates += [lambda: True, lambda: len(case.log) < 4 or len(case.wall.waits) > 10]
    case.dispatcher.run(8 * S)
    assert len(case.log) == 8
    shut = [sim for sim, wall in case.log if wall == 77]
    assert shut == [0, S, 2 * S, 3 * S]


def test_a_gate_that_fails_is_open_and_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    case = Case(pace=MAX)
    case.dispatcher.gates.append(lambda: 1 // 0 == 0)
    case.ticks()
    case.dispatcher.run(3 * S)
    assert len(case.log) == 3
    assert "a gate failed" in caplog.text


def test_a_gate_holds_up_no_messages() -> None:
    case = Case(pace=MAX)
    case.dispatcher.gates.append(lambda: len(case.wall.waits) > 3)
    case.dispatcher.at(S, case.ref, "timer")
    case.ref.tell("message")
    case.dispatcher.run(2 * S)
    assert case.log[0] == (0, 77)
    assert case.log[1][1] > 77


def test_in_real_time_gates_do_not_hold_the_clock() -> None:
    case = Case(pace=1.0)
    case.dispatcher.gates.append(lambda: False)
    case.ticks()
    case.dispatcher.run(3 * S)
    assert len(case.log) == 3


# --- the end of a run ---


def test_stop_finishes_the_instant() -> None:
    case = Case(pace=MAX)
    case.ticks()
    case.ticks()
    case.dispatcher.at(S, case.ref, both(case.dispatcher.stop, lambda: case.ref.tell("same instant")))
    case.dispatcher.run(100 * S)
    assert [sim for sim, _ in case.log] == [0, 0, S, S, S]
    case.dispatcher.run(3 * S)
    assert case.log[-1][0] == 2 * S


@pytest.fixture
def pythons_own_ctrl_c() -> Iterator[None]:
    """A test run in the background of a shell starts with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("pythons_own_ctrl_c")
def test_ctrl_c_ends_the_run_and_no_actor() -> None:
    case = Case(pace=MAX)
    case.ticks()
    case.dispatcher.at(2 * S, case.ref, lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        case.dispatcher.run(100 * S)
    assert case.ref.is_alive()
    assert case.dispatcher.now_ns == 2 * S
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    case.dispatcher.run(4 * S)
    assert case.log[-1][0] == 3 * S


def test_a_dispatcher_runs_once_at_a_time() -> None:
    case = Case()
    errors: list[BaseException] = []

    def again() -> None:
        try:
            case.dispatcher.run()
        except RuntimeError as error:
            errors.append(error)

    case.ref.tell(again)
    case.dispatcher.run()
    assert "running already" in str(errors[0])


def test_run_without_end_returns_when_nothing_is_left() -> None:
    case = Case()
    case.dispatcher.at(3 * S, case.ref, "last")
    case.dispatcher.run()
    assert case.dispatcher.now_ns == 3 * S


# --- a paused clock that lives on for a while ---


def paused(every: int = S) -> Case:
    case = Case()
    case.ticks(every)
    case.dispatcher.at(2 * S, case.ref, case.dispatcher.pause)
    case.dispatcher.run(2 * S + 1)
    case.log.clear()
    return case


def test_a_paused_clock_lives_on_for_so_much_and_stands_again() -> None:
    case = paused()
    now, wall = case.dispatcher.now_ns, case.wall.now_ns
    case.dispatcher.advance(5 * S + S // 2)
    case.dispatcher.run(100 * S)
    assert case.dispatcher.now_ns == now + 5 * S + S // 2
    assert len(case.log) == 5
    assert case.wall.now_ns == wall
    case.dispatcher.run(100 * S)
    assert len(case.log) == 5


def test_a_clock_that_has_been_stepped_goes_on_from_there_at_its_pace() -> None:
    case = paused()
    case.dispatcher.at(3_600 * S, case.ref, case.dispatcher.unpause)
    case.dispatcher.advance(7_200 * S)
    start = case.wall.now_ns
    case.dispatcher.run(3_610 * S)
    assert case.log[-1][0] == 3_609 * S
    # the hour that was stepped cost no time, the ten seconds after it ten
    assert case.wall.now_ns - start <= 11 * S


def test_a_clock_that_runs_is_not_pushed() -> None:
    case = Case()
    case.ticks()
    case.dispatcher.advance(50 * S)
    case.dispatcher.run(3 * S)
    assert len(case.log) == 3


def test_a_pause_ends_a_step_where_it_is() -> None:
    case = paused()
    case.dispatcher.at(5 * S, case.ref, case.dispatcher.pause)
    case.dispatcher.advance(50 * S)
    case.dispatcher.run(100 * S)
    assert case.dispatcher.now_ns == 5 * S


def test_a_gate_holds_a_step_too() -> None:
    case = paused()
    opened = iter([True, True, False, False, False])
    case.dispatcher.gates.append(lambda: next(opened, True))
    case.dispatcher.advance(5 * S)
    case.dispatcher.run(100 * S)
    assert len(case.log) == 5
    assert 0.002 in case.wall.waits
