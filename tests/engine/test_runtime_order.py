"""Order and time on a dispatcher: arrival order, timers, instants; the same at any pace."""

import random
from typing import Any

import pykka
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.actor import DispatchedActor
from engine.clock import MAX, NANOSECONDS, FakeWall
from engine.dispatcher import Dispatcher
from engine.timers import Timer


class Note(DispatchedActor):
    """Writes down what it is told, and when; does what it is told if that can be called."""

    def __init__(self, log: list[Any], label: str = "") -> None:
        super().__init__()
        self.log = log
        self.label = label

    def on_receive(self, message: Any) -> Any:
        if callable(message):
            return message()
        self.log.append((self.dispatcher.now_ns, self.label, message))
        return message


def note(dispatcher: Dispatcher, log: list[Any], label: str) -> pykka.ActorRef[Any]:
    return dispatcher.spawn(label, 1, lambda: Note.start(log, label))


def test_arrival_order_is_the_total_order() -> None:
    dispatcher, log = Dispatcher(), []  # type: ignore[var-annotated]
    refs = [note(dispatcher, log, name) for name in "abc"]
    for number in range(30):
        refs[number * 7 % 3].tell(number)
    dispatcher.run()
    assert [message for _, _, message in log] == list(range(30))


def test_what_is_told_inside_waits_behind_what_is_there() -> None:
    dispatcher, log = Dispatcher(), []  # type: ignore[var-annotated]
    a, b = note(dispatcher, log, "a"), note(dispatcher, log, "b")
    a.tell(lambda: [ref.tell(text) for ref, text in ((a, "third"), (b, "fourth"))])  # type: ignore[func-returns-value]
    b.tell("first")
    a.tell("second")
    dispatcher.run()
    assert [message for _, _, message in log] == ["first", "second", "third", "fourth"]


def test_an_instant_is_lived_wholly_before_the_clock_moves() -> None:
    dispatcher, log = Dispatcher(), []  # type: ignore[var-annotated]
    a = note(dispatcher, log, "a")

    def chain(left: int) -> None:
        log.append((dispatcher.now_ns, left))
        if left:
            a.tell(lambda: chain(left - 1))

    dispatcher.at(5, a, lambda: chain(3))
    dispatcher.at(6, a, "later")
    dispatcher.run()
    assert log == [(5, 3), (5, 2), (5, 1), (5, 0), (6, "a", "later")]


def test_timers_of_one_instant_fire_in_the_order_in_which_they_were_made() -> None:
    dispatcher, log = Dispatcher(), []  # type: ignore[var-annotated]
    periods = [4, 1, 2, 1, 4, 2]
    for number, period in enumerate(periods):
        dispatcher.every(note(dispatcher, log, str(number)), period, 0)
    dispatcher.run(9)
    for instant in range(9):
        fired = [int(label) for when, label, _ in log if when == instant]
        assert fired == [number for number, period in enumerate(periods) if instant % period == 0]


def test_each_timers_messages_come_before_the_next_timer_of_the_instant() -> None:
    dispatcher, log = Dispatcher(), []  # type: ignore[var-annotated]
    a, b = note(dispatcher, log, "a"), note(dispatcher, log, "b")
    dispatcher.at(1, a, lambda: b.tell("caused"))
    dispatcher.at(1, a, "next")
    dispatcher.run()
    assert [message for _, _, message in log] == ["caused", "next"]


def test_a_periodic_timer_gives_its_due_time() -> None:
    dispatcher, log = Dispatcher(start_ns=100), []  # type: ignore[var-annotated]
    dispatcher.every(note(dispatcher, log, "a"), 10, 105)
    dispatcher.run(130)
    assert log == [(105, "a", 105), (115, "a", 115), (125, "a", 125)]
    assert dispatcher.now_ns == 130


def test_runs_in_pieces_are_the_same_as_one_run() -> None:
    def history(stops: list[int]) -> list[Any]:
        dispatcher, log = Dispatcher(), []  # type: ignore[var-annotated]
        for number in range(5):
            dispatcher.every(note(dispatcher, log, str(number)), 3 + number, number)
        for stop in stops:
            dispatcher.run(stop)
            assert dispatcher.now_ns == stop
        return log

    assert history([60]) == history([1, 2, 3, 20, 20, 41, 60])


def test_a_timer_due_at_the_end_of_a_run_belongs_to_the_next_run() -> None:
    dispatcher, log = Dispatcher(), []  # type: ignore[var-annotated]
    dispatcher.at(10, note(dispatcher, log, "a"), "ten")
    dispatcher.run(10)
    assert log == []
    dispatcher.run(11)
    assert log == [(10, "a", "ten")]


def test_a_timer_of_the_past_fires_at_once() -> None:
    dispatcher, log = Dispatcher(start_ns=50), []  # type: ignore[var-annotated]
    dispatcher.at(10, note(dispatcher, log, "a"), "late")
    dispatcher.run()
    assert log == [(50, "a", "late")]


def test_a_handler_may_make_a_timer_that_comes_before_all_others() -> None:
    dispatcher, log = Dispatcher(), []  # type: ignore[var-annotated]
    a = note(dispatcher, log, "a")
    dispatcher.every(a, 10, 10)
    dispatcher.at(20, a, lambda: dispatcher.at(21, a, "between"))
    dispatcher.run(35)
    assert [message for _, _, message in log] == [10, 20, "between", 30]


def test_a_cancelled_timer_fires_no_more_also_from_its_own_handler() -> None:
    dispatcher, log = Dispatcher(), []  # type: ignore[var-annotated]
    a = note(dispatcher, log, "a")
    timers: list[Timer] = [dispatcher.every(a, 1, 0) for _ in range(3)]
    dispatcher.at(2, a, timers[1].cancel)
    dispatcher.run(2)
    timers[0].cancel()
    timers[0].cancel()
    dispatcher.run(4)
    assert [when for when, _, _ in log] == [0, 0, 0, 1, 1, 1, 2, 2, 3]
    assert [timer.active for timer in timers] == [False, False, True]
    assert dispatcher.directory.dead_letters.total() == 0


def test_timers_die_with_the_incarnation_they_were_made_for() -> None:
    dispatcher, log = Dispatcher(), []  # type: ignore[var-annotated]
    first = note(dispatcher, log, "a")
    endpoint = dispatcher.directory.endpoint("a")
    timers = [dispatcher.every(endpoint, 1, 0), dispatcher.at(10, first, "never")]
    dispatcher.run(2)
    first.stop()
    dispatcher.spawn("a", 2, lambda: Note.start(log, "a2"))
    dispatcher.run(20)
    assert [when for when, _, _ in log] == [0, 1]
    assert [timer.active for timer in timers] == [False, False]
    assert dispatcher.directory.dead_letters.total() == 0


def test_a_timer_for_an_address_where_nobody_lives_yet_finds_whoever_does_when_due() -> None:
    dispatcher, log = Dispatcher(), []  # type: ignore[var-annotated]
    dispatcher.at(5, dispatcher.directory.endpoint("a"), "welcome")
    note(dispatcher, log, "a")
    dispatcher.run()
    assert log == [(5, "a", "welcome")]


@pytest.mark.parametrize("first", [0, 3600 * NANOSECONDS])
def test_timers_of_the_dead_are_dropped_in_time(first: int) -> None:
    dispatcher, log = Dispatcher(), []  # type: ignore[var-annotated]
    a = note(dispatcher, log, "a")
    for _ in range(20_000):
        timer = dispatcher.every(a, 3600 * NANOSECONDS, first)
        dispatcher.run(dispatcher.now_ns + 1)
        timer.cancel()
    timers = dispatcher.timers
    assert len(timers.heads) + sum(map(len, timers.rings.values())) < 9000


def test_a_fired_one_shot_is_no_longer_active_and_holds_on_to_nothing() -> None:
    dispatcher = Dispatcher()
    timer = dispatcher.at(1, note(dispatcher, [], "a"), "once")
    assert timer.active
    dispatcher.run()
    assert (timer.active, timer.message) == (False, None)


@pytest.mark.parametrize("period", [0, -1])
def test_a_period_must_be_positive(period: int) -> None:
    dispatcher = Dispatcher()
    with pytest.raises(ValueError, match=f"found {period}; allowed: 1 or more"):
        dispatcher.every(note(dispatcher, [], "a"), period, 0)


Plan = list[tuple[int, int, int | None]]


def reference(plan: Plan, end: int) -> list[tuple[int, int]]:
    """Every (instant, timer) in order, from the definition: by due time, then by number."""
    shots = []
    for number, (first, period, cancelled) in enumerate(plan):
        due = first
        while due < end and (cancelled is None or due < cancelled):
            shots.append((due, number))
            if not period:
                break
            due += period
    return sorted(shots)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from([0, 1, 2, 3, 5, 7, 10]), st.none() | st.integers(1, 60)),
        max_size=25,
    ),
    st.lists(st.integers(1, 100), max_size=4),
)
def test_timers_fire_as_defined(plan: Plan, stops: list[int]) -> None:
    dispatcher, log = Dispatcher(), []  # type: ignore[var-annotated]
    timers: list[Timer] = []
    boss = note(dispatcher, log, "boss")
    for number, (_, _, cancelled) in enumerate(plan):
        if cancelled is not None:  # made first, so that it comes before the shot of the same instant
            dispatcher.at(cancelled, boss, lambda number=number: timers[number].cancel())
    for number, (first, period, _) in enumerate(plan):
        ref = note(dispatcher, log, str(number))
        timers.append(dispatcher.every(ref, period, first) if period else dispatcher.at(first, ref, "once"))
    for stop in [*sorted(stops), 100]:
        dispatcher.run(stop)
    assert [(when, int(label)) for when, label, _ in log] == reference(plan, 100)


def busy_history(pace: float, step: bool = False) -> list[Any]:
    """A run in which actors start others, stop, fail, and make timers; all that happens, in order."""
    wall = FakeWall()
    dispatcher = Dispatcher(pace=pace, wall=wall)
    log: list[Any] = []
    dispatcher.on_exit = lambda end: log.append((dispatcher.now_ns, end.address, end.reason))
    draw = random.Random(7)
    refs = [note(dispatcher, log, str(number)) for number in range(20)]

    def act(number: int) -> None:
        log.append((dispatcher.now_ns, number))
        other = dispatcher.directory.endpoint(str(draw.randrange(20)))
        other.tell(draw.choice(["hello", lambda: 1 / 0 if number % 5 == 0 else None]))
        dispatcher.at(dispatcher.now_ns + draw.randrange(10**7), other, "timer")

    boss = note(dispatcher, log, "boss")
    for number, ref in enumerate(refs):
        dispatcher.every(ref, 10**7 + number % 3, number)
    for number in range(200):
        dispatcher.at(number * 10**6, boss, lambda number=number: act(number))
    if step:
        dispatcher.pause()
        while dispatcher.timers.next_due() < 10**9:
            dispatcher.step()
    dispatcher.unpause()
    dispatcher.run(10**9)
    return log


@pytest.mark.parametrize("pace", [0.5, 1.0, 3.7, 1000.0])
def test_the_history_is_the_same_at_any_pace(pace: float) -> None:
    history = busy_history(MAX)
    assert len(history) > 1000
    assert busy_history(pace) == history


def test_the_history_is_the_same_in_single_steps() -> None:
    assert busy_history(MAX, step=True) == busy_history(MAX)
