"""No death is silent, no asker hangs, no zombie speaks: reports, fences, bounds and dead letters of the runtime."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pykka
import pytest

from engine.actor import DispatchedActor
from engine.cell import Exit
from engine.clock import NANOSECONDS
from engine.directory import MUTE_NS, DeadLetter
from engine.dispatcher import Dispatcher
from engine.future import LightFuture, WouldBlockError
from engine.mailbox import Block, DropNewest, DropOldest, FullError
from engine.threaded import ThreadedActor, WakeUp
from engine.timers import FAR

SOON = 10.0


class Fragile:
    """Fails where it is told to."""

    def __init__(self, fail_in: str = "", error: type[BaseException] = ValueError) -> None:
        super().__init__()
        self.fail_in = fail_in
        self.error = error
        self.got: list[Any] = []
        self.fail_at("init")

    def fail_at(self, where: str) -> None:
        if self.fail_in == where:
            raise self.error(f"failed in {where}")

    def on_start(self) -> None:
        self.fail_at("on_start")

    def on_stop(self) -> None:
        self.fail_at("on_stop")

    def on_receive(self, message: Any) -> Any:
        self.got.append(message)
        if message == "fail":
            raise self.error("failed in receive")
        if callable(message):
            return message()
        return message

    def wrong(self) -> None:
        raise self.error("failed in a method")


class Dispatched(Fragile, DispatchedActor):
    pass


class Threaded(Fragile, ThreadedActor):
    pass


class Stage:
    """A dispatcher in this test's thread, and the ends that were reported."""

    def __init__(self) -> None:
        self.dispatcher = Dispatcher()
        self.ends: list[Exit] = []
        self.dispatcher.on_exit = self.ends.append

    def settle(self, ends: int) -> None:
        """Live until so many ends were reported (threads report from outside)."""
        self.until(lambda: len(self.ends) >= ends)

    def until(self, true: Callable[[], bool]) -> None:
        """Live until something is so; the door's bell says when to look again."""
        bell = self.dispatcher.door.bell
        for _ in range(1000):
            bell.clear()
            self.dispatcher.run()
            if true():
                break
            bell.wait(SOON / 100)
        self.dispatcher.run()

    def start(self, kind: type[Any], address: str, *args: Any, generation: int = 1) -> Any:
        return self.dispatcher.spawn(address, generation, lambda: kind.start(*args))


@pytest.fixture
def stage() -> Iterator[Stage]:
    for ref in pykka.ActorRegistry.get_all():  # left over from other tests of this process
        pykka.ActorRegistry.unregister(ref)
    stage = Stage()
    yield stage
    for ref in pykka.ActorRegistry.get_all():
        ref.stop(block=False)
    stage.dispatcher.run()
    stage.dispatcher.close()


Provoke = Callable[[Stage, type[Any], str], None]


def by_init(stage: Stage, kind: type[Any], address: str) -> None:
    with pytest.raises(ValueError, match="failed in init"):
        stage.start(kind, address, "init")


def by_on_start(stage: Stage, kind: type[Any], address: str) -> None:
    stage.start(kind, address, "on_start")


def by_tell(stage: Stage, kind: type[Any], address: str) -> None:
    stage.start(kind, address).tell("fail")


def by_defer(stage: Stage, kind: type[Any], address: str) -> None:
    stage.start(kind, address).proxy().wrong.defer()


def by_ask(stage: Stage, kind: type[Any], address: str) -> None:
    with pytest.raises(ValueError, match="failed in receive"):
        stage.start(kind, address).ask("fail", timeout=SOON)


def by_dropped_proxy_future(stage: Stage, kind: type[Any], address: str) -> None:
    stage.start(kind, address).proxy().wrong()


def by_on_stop(stage: Stage, kind: type[Any], address: str) -> None:
    stage.start(kind, address, "on_stop").stop(timeout=SOON)


def by_base_exception(stage: Stage, kind: type[Any], address: str) -> None:
    stage.start(kind, address, "", SystemExit).tell("fail")


ENTRIES: dict[str, tuple[Provoke, str]] = {
    "init": (by_init, "ValueError"),
    "on_start": (by_on_start, "ValueError"),
    "receive": (by_tell, "ValueError"),
    "defer": (by_defer, "ValueError"),
    "ask": (by_ask, "ValueError"),
    "proxy": (by_dropped_proxy_future, "ValueError"),
    "on_stop": (by_on_stop, "ValueError"),
    "base": (by_base_exception, "SystemExit"),
}
KINDS = pytest.mark.parametrize("kind", [Dispatched, Threaded])


@KINDS
def test_each_of_eight_ways_to_fail_gives_exactly_one_report_each_time(stage: Stage, kind: type[Any]) -> None:
    wanted = {}
    for number in range(25):
        for where, (provoke, error) in ENTRIES.items():
            address = f"{where}/{number}"
            provoke(stage, kind, address)
            wanted[address] = ("receive" if where == "base" else where, error)
    stage.settle(len(wanted))
    assert len(stage.ends) == len(wanted) == 200
    assert {end.address: (end.where, end.error) for end in stage.ends} == wanted
    assert {end.reason for end in stage.ends} == {"abnormal"}
    assert {end.generation for end in stage.ends} == {1}
    assert "failed in" in stage.ends[0].detail
    assert stage.dispatcher.directory.addresses() == []
    assert pykka.ActorRegistry.get_all() == []


@KINDS
def test_a_normal_end_gives_one_report_too(stage: Stage, kind: type[Any]) -> None:
    ref = stage.start(kind, "a", generation=7)
    ref.stop(timeout=SOON)
    ref.stop(timeout=SOON)
    stage.settle(1)
    assert stage.ends == [Exit("a", 7, "normal", "", "", "stop")]


def test_what_a_stopped_actor_had_told_itself_is_no_dead_letter(stage: Stage) -> None:
    ref = stage.start(Threaded, "a")
    ref._cell.hang()
    ref.stop(block=False)
    ref.tell(WakeUp())
    ref.tell("missed")
    ref._cell.release()
    stage.settle(1)
    assert stage.dispatcher.directory.dead_letters == {"stopped": 1}


@KINDS
def test_an_actor_without_address_is_nobodys_concern(stage: Stage, kind: type[Any]) -> None:
    with stage.dispatcher.active():
        ref = kind.start()
    ref.stop(timeout=SOON)
    stage.settle(0)
    assert stage.ends == []


def test_a_thread_that_ends_by_an_error_of_the_machinery_is_reported_as_well(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def torn() -> Any:
        raise OSError("the inbox is torn")

    ref = stage.start(Threaded, "a")
    monkeypatch.setattr(ref._cell.actor.mailbox, "get", torn)
    ref.tell("wakes the thread out of the sound inbox; the next look finds it torn")
    stage.settle(1)
    assert [(end.address, end.reason, end.error, end.where) for end in stage.ends] == [
        ("a", "abnormal", "OSError", "thread")
    ]


def test_a_timer_that_fails_says_so(stage: Stage) -> None:
    ref = stage.start(Dispatched, "a")
    stage.dispatcher.at(5, ref, "fail")
    timer = stage.dispatcher.every(ref, 1, 0)
    stage.dispatcher.run(10)
    assert [(end.where, end.error) for end in stage.ends] == [("timer", "ValueError")]
    assert not timer.active


def test_a_report_names_the_innermost_place(stage: Stage) -> None:
    stage.start(Dispatched, "a").tell("fail")
    stage.settle(1)
    assert stage.ends[0].detail.startswith("failed in receive (test_runtime_failures.py:")
    assert stage.ends[0].detail.endswith(" in on_receive)")


def test_an_error_without_a_text_is_reported_all_the_same(stage: Stage) -> None:
    class Unspeakable(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    stage.start(Dispatched, "a", "", Unspeakable).tell("fail")
    stage.settle(1)
    assert stage.ends[0].error == "Unspeakable"


def test_a_failing_report_hook_harms_nobody(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.dispatcher.on_exit = lambda end: 1 // 0  # type: ignore[assignment]
    stage.start(Dispatched, "a").tell("fail")
    other = stage.start(Dispatched, "b")
    assert other.ask("well", timeout=SOON) == "well"
    assert "on_exit failed" in caplog.text


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit, MemoryError, RecursionError])
def test_an_error_in_one_of_500_leaves_the_others_without_a_gap(stage: Stage, error: type[BaseException]) -> None:
    refs = [stage.start(Dispatched, f"d{number}", "", error) for number in range(500)]
    got = [ref.proxy().got.get(timeout=SOON) for ref in refs]
    for ref in refs:
        stage.dispatcher.every(ref, NANOSECONDS, 0)
    stage.dispatcher.at(5 * NANOSECONDS, refs[123], "fail")
    stage.dispatcher.run(10 * NANOSECONDS)
    assert [end.address for end in stage.ends] == ["d123"]
    ticks = [number * NANOSECONDS for number in range(10)]
    assert [seen == ticks for seen in got] == [number != 123 for number in range(500)]


def test_a_recursion_without_end_kills_only_its_actor(stage: Stage) -> None:
    def forever() -> None:
        forever()

    victim, other = stage.start(Dispatched, "a"), stage.start(Dispatched, "b")
    victim.tell(forever)
    assert other.ask("well", timeout=SOON) == "well"
    assert [(end.address, end.error) for end in stage.ends] == [("a", "RecursionError")]


# --- dead letters ---


@KINDS
def test_messages_behind_a_crash_are_dead_letters(stage: Stage, kind: type[Any]) -> None:
    stage.start(kind, "a")
    endpoint = stage.dispatcher.directory.endpoint("a")
    hold = threading.Event()
    if kind is Threaded:
        endpoint.tell(lambda: hold.wait(SOON))
    endpoint.tell("fail")
    for number in range(900):
        endpoint.tell(number)
    hold.set()
    stage.settle(1)
    assert stage.dispatcher.directory.dead_letters == Counter(crashed=900)


def test_messages_to_nobody_are_counted_by_reason(stage: Stage) -> None:
    directory = stage.dispatcher.directory
    directory.endpoint("never").tell(1)
    ref = stage.start(Dispatched, "a")
    endpoint = directory.endpoint("a")
    ref.stop(block=False)
    endpoint.tell("behind the stop")
    stage.dispatcher.run()
    endpoint.tell("long after")
    assert directory.dead_letters == {"unknown": 1, "stopped": 1, "dead": 1}


def test_an_endpoint_survives_restarts(stage: Stage) -> None:
    endpoint = stage.dispatcher.directory.endpoint("a")
    stage.start(Dispatched, "a").tell("fail")
    stage.dispatcher.run()
    assert not endpoint.alive
    ref = stage.start(Dispatched, "a", generation=2)
    endpoint.tell("hello again")
    assert ref.proxy().got.get(timeout=SOON) == ["hello again"]
    assert (endpoint.generation, stage.dispatcher.directory.endpoint("a") is endpoint) == (2, True)


def test_a_sample_of_dead_letters_is_shown_and_then_muted(stage: Stage) -> None:
    directory, dispatcher = stage.dispatcher.directory, stage.dispatcher
    shown: list[DeadLetter] = []
    directory.on_dead_letter = shown.append
    for number in range(25):
        directory.endpoint("x").tell(number)
    assert [letter.message for letter in shown] == list(range(10))
    assert shown[0] == DeadLetter("x", 0, "unknown", 0)
    dispatcher.run(MUTE_NS - 1)
    directory.endpoint("x").tell("still muted")
    dispatcher.run(MUTE_NS)
    directory.endpoint("x").tell("heard")
    assert [letter.message for letter in shown[10:]] == ["heard"]
    assert directory.dead_letters["unknown"] == 27


def test_an_address_can_be_forgotten_once_nobody_lives_there(stage: Stage) -> None:
    directory = stage.dispatcher.directory
    ref = stage.start(Dispatched, "a")
    directory.forget("a")
    assert directory.find("a") is not None
    ref.stop(timeout=SOON)
    directory.forget("a")
    assert directory.find("a") is None


# --- asks ---


@KINDS
def test_no_ask_of_an_actor_that_is_being_stopped_hangs(kind: type[Any]) -> None:
    dispatcher = Dispatcher()
    dispatcher.run_in_thread()
    replies: Counter[str] = Counter()
    lock = threading.Lock()

    def ask_many(ref: pykka.ActorRef[Any], count: int) -> None:
        mine: Counter[str] = Counter()
        for number in range(count):
            try:
                mine["answered" if ref.ask(number, timeout=SOON) == number else "wrong"] += 1
            except pykka.ActorDeadError:
                mine["refused"] += 1
            except pykka.Timeout:
                mine["hung"] += 1
        with lock:
            replies.update(mine)

    rounds, each = 40, 125
    for _ in range(rounds):
        with dispatcher.active():
            ref = kind.start()
        threads = [threading.Thread(target=ask_many, args=(ref, each)) for _ in range(4)]
        for thread in threads:
            thread.start()
        ref.stop(timeout=SOON)
        for thread in threads:
            thread.join()
    dispatcher.close()
    assert replies.total() == 4 * rounds * each == 20_000
    assert set(replies) <= {"answered", "refused"}
    assert replies["refused"] > 0


def test_a_handler_that_waits_is_told_so_instead_of_blocking_the_fleet(stage: Stage) -> None:
    a, b = stage.start(Dispatched, "a"), stage.start(Dispatched, "b")
    threaded = stage.start(Threaded, "t")
    dispatcher = stage.dispatcher
    waits: list[Callable[[], Any]] = [
        lambda: b.ask("hello", timeout=SOON),
        lambda: b.stop(),
        lambda: b.ask("hello", block=False).get(timeout=SOON),
        lambda: threaded.ask("hello", timeout=SOON),
        lambda: setattr(b.proxy(), "fail_in", "x"),
        lambda: dispatcher.ask("b", "hello", SOON),
        lambda: LightFuture().get(timeout=SOON),
        lambda: pykka.ActorRegistry.stop_all(),
    ]
    for wait in waits:
        with pytest.raises(WouldBlockError):
            a.ask(wait, timeout=SOON)
        a = stage.start(Dispatched, "a")
    assert b.proxy().got.get(timeout=SOON) == ["hello"], "what was refused was not sent, but for the future"


def test_an_ask_by_address_of_nobody_is_refused_at_once(stage: Stage) -> None:
    with pytest.raises(pykka.ActorDeadError, match="nobody lives at nowhere"):
        stage.dispatcher.ask("nowhere", "hello", SOON)
    thread_error: list[BaseException] = []

    def ask() -> None:
        try:
            stage.dispatcher.ask("nowhere", "hello", SOON)
        except pykka.ActorDeadError as error:
            thread_error.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    while thread.is_alive():
        stage.dispatcher.run()
    assert len(thread_error) == 1


def test_a_closed_dispatcher_leaves_no_asker_waiting(stage: Stage) -> None:
    ref = stage.start(Dispatched, "a")
    stage.dispatcher.hang("a")
    held = ref.ask("hello", block=False)
    stage.dispatcher.run()
    in_line = ref.ask("hello", block=False)
    ref.tell("lost")
    stage.dispatcher.close()
    for future in (held, in_line, ref.ask("too late", block=False)):
        with pytest.raises(pykka.ActorDeadError):
            future.get(timeout=SOON)
    assert pykka.ActorRegistry.get_all() == []
    assert stage.dispatcher.directory.dead_letters == {"closed": 1}


# --- hanging, killing, fencing ---


@KINDS
def test_a_hanging_actor_takes_its_messages_later_in_the_order_in_which_they_came(
    stage: Stage, kind: type[Any]
) -> None:
    ref = stage.start(kind, "a")
    assert ref.ask("first", timeout=SOON) == "first"
    assert stage.dispatcher.hang("a")
    endpoint = stage.dispatcher.directory.endpoint("a")
    for number in range(5):
        endpoint.tell(number)
    asked = ref.ask("asked", block=False)
    stage.dispatcher.run()
    assert not asked.done()
    stage.dispatcher.release("a")
    endpoint.tell("last")
    stage.dispatcher.run()
    assert asked.get(timeout=SOON) == "asked"
    assert ref.proxy().got.get(timeout=SOON) == ["first", 0, 1, 2, 3, 4, "asked", "last"]


def test_an_actor_that_hangs_from_the_first_has_not_even_started(stage: Stage) -> None:
    stage.start(Dispatched, "a", "on_start")
    stage.dispatcher.hang("a")
    stage.dispatcher.run()
    assert stage.ends == []
    stage.dispatcher.release("a")
    stage.dispatcher.run()
    assert [end.where for end in stage.ends] == ["on_start"]


def test_nobody_can_be_hung_released_or_killed_where_nobody_lives(stage: Stage) -> None:
    dispatcher = stage.dispatcher
    assert [act("nowhere") for act in (dispatcher.hang, dispatcher.release, dispatcher.kill)] == [False] * 3


def test_timers_of_a_hanging_actor_wait_too(stage: Stage) -> None:
    ref = stage.start(Dispatched, "a")
    stage.dispatcher.every(ref, 1, 0)
    stage.dispatcher.hang("a")
    stage.dispatcher.run(3)
    stage.dispatcher.release("a")
    stage.dispatcher.run(5)
    assert ref.proxy().got.get(timeout=SOON) == [0, 1, 2, 3, 4]


@KINDS
def test_killing_runs_no_code_and_turns_what_waits_into_dead_letters(stage: Stage, kind: type[Any]) -> None:
    ref = stage.start(kind, "a", "on_stop", generation=3)
    ref.ask("begun", timeout=SOON)
    stage.dispatcher.hang("a")
    endpoint = stage.dispatcher.directory.endpoint("a")
    for number in range(10):
        endpoint.tell(number)
    asked = ref.ask("asked", block=False)
    stage.dispatcher.run()
    assert stage.dispatcher.kill("a")
    assert not stage.dispatcher.kill("a")
    stage.settle(1)
    assert [(end.generation, end.reason, end.error, end.where) for end in stage.ends] == [
        (3, "abnormal", "KilledError", "kill")
    ]
    assert stage.dispatcher.directory.dead_letters == {"killed": 10}
    with pytest.raises(pykka.ActorDeadError):
        asked.get(timeout=SOON)
    assert not ref.is_alive()


@pytest.mark.parametrize("replaced", [True, False])
def test_a_thread_that_was_given_up_and_wakes_up_is_fenced(stage: Stage, replaced: bool) -> None:
    dispatcher = stage.dispatcher
    sink = stage.start(Dispatched, "sink")
    awake, asleep, done = threading.Event(), threading.Event(), threading.Event()

    class Zombie(ThreadedActor):
        def on_receive(self, message: Any) -> None:
            asleep.set()
            awake.wait(SOON)
            for number in range(1000):
                self.send("sink", (self.generation, number))
            done.set()

    stage.start(Zombie, "source").tell("work")
    assert asleep.wait(SOON)
    dispatcher.kill("source")
    if replaced:
        stage.start(Zombie, "source", generation=2)
    awake.set()
    assert done.wait(SOON)
    stage.settle(1)
    assert sink.proxy().got.get(timeout=SOON) == []
    assert dispatcher.directory.dead_letters == {"fenced": 1000}
    assert len(stage.ends) == 1, "the zombie's own end is not reported again"


def test_a_replaced_thread_that_wakes_up_and_fails_is_not_reported_again(stage: Stage) -> None:
    awake, asleep, gone = threading.Event(), threading.Event(), threading.Event()

    class Zombie(ThreadedActor):
        def on_receive(self, message: Any) -> None:
            asleep.set()
            awake.wait(SOON)
            raise ValueError

        def _actor_loop(self) -> None:
            super()._actor_loop()
            gone.set()

    stage.start(Zombie, "source").tell("work")
    assert asleep.wait(SOON)
    stage.dispatcher.kill("source")
    awake.set()
    assert gone.wait(SOON)
    stage.settle(1)
    assert [end.where for end in stage.ends] == ["kill"]


def test_timers_of_a_threaded_actor_end_with_it(stage: Stage) -> None:
    ref = stage.start(Threaded, "a")
    timer = stage.dispatcher.every(ref, 1, 0)
    stage.dispatcher.run(3)
    assert ref.proxy().got.get(timeout=SOON) == [0, 1, 2]
    ref.stop(timeout=SOON)
    stage.dispatcher.run(10)
    assert not timer.active
    assert stage.dispatcher.timers.next_due() == FAR
    assert stage.dispatcher.directory.dead_letters.total() == 0


def test_a_living_thread_is_not_fenced(stage: Stage) -> None:
    class Source(ThreadedActor):
        def on_receive(self, message: Any) -> bool:
            assert not self.fenced
            return self.send("sink", message)

    sink = stage.start(Dispatched, "sink")
    assert stage.start(Source, "source").ask("hello", timeout=SOON) is True
    assert sink.proxy().got.get(timeout=SOON) == ["hello"]


def test_an_end_is_reported_behind_what_the_thread_sent_before(stage: Stage) -> None:
    class Source(ThreadedActor):
        def on_receive(self, message: Any) -> None:
            self.send("sink", "last words")
            raise ValueError

    sink = stage.start(Dispatched, "sink")
    heard: list[Any] = []
    stage.dispatcher.on_exit = lambda end: heard.append(list(got))
    got = sink.proxy().got.get(timeout=SOON)
    stage.start(Source, "source").tell("go")
    stage.until(lambda: bool(heard))
    assert heard == [["last words"]]
    assert got == ["last words"]


# --- bounds ---


class Slow(ThreadedActor):
    """Works only when it is let."""

    mailbox_capacity = 100

    def __init__(self, go: threading.Event) -> None:
        super().__init__()
        self.go = go
        self.handled: list[Any] = []
        self.lost: list[Any] = []

    def on_receive(self, message: Any) -> Any:
        self.go.wait(SOON)
        self.handled.append(message)

    def on_overflow(self, message: Any) -> None:
        self.lost.append(message)


class SlowDropNewest(Slow):
    mailbox_overflow = DropNewest()


class SlowDropOldest(Slow):
    mailbox_overflow = DropOldest()


class SlowBlock(Slow):
    mailbox_overflow = Block(0.0)


@pytest.mark.parametrize("kind", [SlowDropNewest, SlowDropOldest, SlowBlock])
def test_a_flood_is_bounded_and_every_drop_is_counted(stage: Stage, kind: type[Any]) -> None:
    go = threading.Event()
    ref = stage.start(kind, "a", go)
    endpoint = stage.dispatcher.directory.endpoint("a")
    actor = ref._actor_weakref()
    for number in range(1000):
        endpoint.tell(number)
        assert len(actor.mailbox) <= 100
    refused = stage.dispatcher.directory.dead_letters["full"]
    go.set()
    ref.stop(timeout=SOON)
    assert len(actor.handled) + len(actor.lost) == 1000
    assert sorted(actor.handled + actor.lost) == list(range(1000))
    assert actor.mailbox.dropped == len(actor.lost) >= 899
    assert actor.handled == sorted(actor.handled)
    assert (999 in actor.handled) == (kind is SlowDropOldest)
    assert refused == (0 if kind is SlowDropOldest else len(actor.lost))
    assert actor.mailbox.high_water == 101 or actor.mailbox.high_water == 100


def test_a_dispatchers_thread_never_waits_for_room(stage: Stage) -> None:
    class Stubborn(Slow):
        mailbox_overflow = Block(3600.0)

    go = threading.Event()
    ref = stage.start(Stubborn, "a", go)
    teller = stage.start(Dispatched, "b")
    endpoint = stage.dispatcher.directory.endpoint("a")
    teller.tell(lambda: [endpoint.tell(number) for number in range(300)])  # type: ignore[func-returns-value]
    stage.dispatcher.run()
    assert stage.dispatcher.directory.dead_letters["full"] >= 199
    go.set()
    ref.stop(timeout=SOON)


def test_other_senders_wait_for_room(stage: Stage) -> None:
    class Patient(Slow):
        mailbox_overflow = Block(SOON)

    go = threading.Event()
    ref = stage.start(Patient, "a", go)
    actor = ref._actor_weakref()
    sender = threading.Thread(target=lambda: [ref.tell(number) for number in range(500)])
    sender.start()
    go.set()
    sender.join(SOON)
    ref.stop(timeout=SOON)
    assert actor.handled == list(range(500))
    assert actor.mailbox.high_water <= 101


def test_a_refusal_is_an_error_for_who_tells_or_asks_by_reference(stage: Stage) -> None:
    go = threading.Event()
    ref = stage.start(SlowBlock, "a", go)
    stage.dispatcher.hang("a")
    for number in range(100):
        ref.tell(number)
    with pytest.raises(FullError):
        ref.tell(100)
    with pytest.raises(FullError):
        ref.ask("hello", timeout=SOON)
    stage.dispatcher.release("a")
    go.set()
    ref.stop(timeout=SOON)


def test_a_full_inbox_does_not_keep_an_actor_from_stopping_itself(stage: Stage) -> None:
    go = threading.Event()
    ref = stage.start(SlowDropNewest, "a", go)
    actor = ref._actor_weakref()
    stage.dispatcher.hang("a")
    for number in range(200):
        stage.dispatcher.send("a", number)
    actor.stop()
    go.set()
    stage.dispatcher.release("a")
    assert ref.actor_stopped.wait(SOON)
    assert actor.handled == list(range(100))


def test_halt_overtakes_a_flood(stage: Stage) -> None:
    go = threading.Event()
    ref = stage.start(SlowDropNewest, "a", go)
    endpoint = stage.dispatcher.directory.endpoint("a")
    for number in range(1000):
        endpoint.tell(number)
    actor = ref._actor_weakref()
    halted = ref.halt()
    stopped = ref.stop(block=False)
    go.set()
    assert halted.get(timeout=SOON) is True
    assert stopped.get(timeout=SOON) is True
    assert len(actor.handled) <= 1
    letters = stage.dispatcher.directory.dead_letters
    assert letters["stopped"] + letters["full"] + len(actor.handled) == 1000


def test_a_crowded_door_holds_senders_up_and_loses_nothing() -> None:
    dispatcher = Dispatcher(door_capacity=10)
    ref = dispatcher.spawn("a", 1, Dispatched.start)
    threads = [
        threading.Thread(target=lambda: [dispatcher.send("a", number) for number in range(200)])  # type: ignore[func-returns-value]
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        dispatcher.run()
    dispatcher.run()
    got = ref.proxy().got.get(timeout=SOON)
    assert Counter(got) == Counter(list(range(200)) * 3)
    assert dispatcher.door.mailbox.high_water <= 10
    ref.stop(timeout=SOON)


def test_only_one_token_at_a_time_stands_in_line_for_the_door() -> None:
    dispatcher = Dispatcher()
    ref = dispatcher.spawn("a", 1, Dispatched.start)

    def outside() -> None:
        for number in range(100):
            dispatcher.send("a", number)

    thread = threading.Thread(target=outside)
    thread.start()
    thread.join(SOON)
    assert len(dispatcher._line) <= 4
    assert ref.ask("last", timeout=SOON) == "last"
    assert len(ref._actor_weakref().got) == 101  # type: ignore[union-attr]
    dispatcher.close()


def test_an_actor_started_by_another_thread_hears_nothing_before_it_has_started() -> None:
    class Starter(Dispatched):
        def on_start(self) -> None:
            self.got.append("on_start")

    dispatcher = Dispatcher()
    enter = dispatcher.enter
    begun: list[Any] = []
    dispatcher.enter = begun.append  # type: ignore[method-assign,assignment]
    refs: list[Any] = []
    thread = threading.Thread(target=lambda: refs.append(dispatcher.spawn("a", 1, Starter.start)))
    thread.start()
    thread.join(SOON)
    dispatcher.directory.endpoint("a").tell("early")
    dispatcher.run()
    enter(begun[0])
    dispatcher.run()
    assert refs[0].proxy().got.get(timeout=SOON) == ["on_start", "early"]
    dispatcher.close()


def test_an_error_of_the_dispatchers_own_ends_the_run_and_no_actor(stage: Stage) -> None:
    ref = stage.start(Dispatched, "a")
    ref.tell("hello")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.timers.Timers.purge_if_grown", lambda self: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            stage.dispatcher.run()
    assert ref.is_alive()
    assert stage.ends == []


def test_control_overtakes_messages_at_the_door() -> None:
    dispatcher = Dispatcher(door_capacity=10)
    order: list[Any] = []
    ref = dispatcher.spawn("a", 1, Dispatched.start)

    def outside() -> None:
        dispatcher.send("a", lambda: order.append("message"))
        dispatcher.control(lambda: order.append("control"))

    thread = threading.Thread(target=outside)
    thread.start()
    thread.join(SOON)
    dispatcher.run()
    assert order == ["control", "message"]
    ref.stop(timeout=SOON)


def test_a_call_runs_between_two_messages_and_brings_its_result_or_error() -> None:
    dispatcher = Dispatcher()
    thread = dispatcher.run_in_thread()
    assert dispatcher.call(threading.get_ident) == thread.ident
    with pytest.raises(ZeroDivisionError):
        dispatcher.call(lambda: 1 // 0)
    dispatcher.close()
    assert not thread.is_alive()
    assert dispatcher.call(threading.get_ident) == threading.get_ident()
