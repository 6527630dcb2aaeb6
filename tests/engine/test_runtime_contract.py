"""Both kinds of actor do what Pykka documents: one contract, two runtimes of ours, and Pykka's own as the witness.

Written from Pykka 4's documentation of `Actor`, `ActorRef`, `ActorProxy`, `Future` and `ActorRegistry`. What is
different on purpose is at the end of the file, and there Pykka's own is no witness.
"""

import logging
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pykka
import pytest
from pykka import ActorDeadError, ActorRegistry

from engine.actor import DispatchedActor
from engine.dispatcher import Dispatcher
from engine.future import LightFuture
from engine.threaded import ThreadedActor

EVERYBODY: Any = pykka.Actor
SOON = 5.0
"""Seconds after which a reply is given up; no test waits for it to pass."""


class Log(list[Any]):
    """What happened, and a way to wait for it: hooks may run after an actor is no longer alive."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()

    def append(self, entry: Any) -> None:
        with self._changed:
            super().append(entry)
            self._changed.notify_all()

    def has(self, entry: Any) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: entry in self, SOON)


class Room:
    """An attribute that others may look into through a proxy."""

    def __init__(self) -> None:
        self.temperature = 20

    def warm(self, by: int) -> int:
        self.temperature += by
        return self.temperature


class Conduct:
    """What the actors of this file do, whichever runtime they live on."""

    name = "conduct"

    def __init__(self, log: list[Any] | None = None, label: str = "") -> None:
        super().__init__()
        self.log: list[Any] = log if log is not None else []
        self.label = label
        self.room = pykka.traversable(Room())
        self.closed_room = Room()
        self.count = 0
        self.thread = 0
        self._secret = 1

    def on_start(self) -> None:
        self.log.append(("start", self.label))
        self.thread = threading.get_ident()

    def on_stop(self) -> None:
        self.log.append(("stop", self.label))

    def on_failure(self, kind: Any, error: Any, trace: Any) -> None:
        self.log.append(("failure", kind.__name__, str(error), trace is not None))

    def on_receive(self, message: Any) -> Any:
        self.log.append(message)
        if isinstance(message, BaseException):
            raise message
        if isinstance(message, threading.Event):
            message.wait(SOON)
        return message

    def add(self, a: int, b: int = 1) -> int:
        self.count += a + b
        return self.count

    def wrong(self) -> None:
        raise LookupError("wrong")

    def stop_yourself(self) -> str:
        self.stop()  # type: ignore[attr-defined]
        return "stopping"

    def reach_yourself(self) -> None:
        self.actor_ref.proxy().add.defer(10, b=0)  # type: ignore[attr-defined]


class OnDispatcher(Conduct, DispatchedActor):
    pass


class OnThread(Conduct, ThreadedActor):
    pass


class OnPykka(Conduct, pykka.ThreadingActor):
    pass


class BadStart(Conduct):
    def on_start(self) -> None:
        raise OSError("no start")


class BadStartOnDispatcher(BadStart, DispatchedActor):
    pass


class BadStartOnThread(BadStart, ThreadedActor):
    pass


class BadStartOnPykka(BadStart, pykka.ThreadingActor):
    pass


class BadStop(Conduct):
    def on_stop(self) -> None:
        raise OSError("no stop")


class BadStopOnDispatcher(BadStop, DispatchedActor):
    pass


class BadStopOnThread(BadStop, ThreadedActor):
    pass


class BadStopOnPykka(BadStop, pykka.ThreadingActor):
    pass


class MuteOnDispatcher(DispatchedActor):
    """Leaves `on_receive` to Pykka."""


class MuteOnThread(ThreadedActor):
    """Leaves `on_receive` to Pykka."""


class MuteOnPykka(pykka.ThreadingActor):
    """Leaves `on_receive` to Pykka."""


class Kind(NamedTuple):
    """One runtime."""

    actor: Any
    bad_start: Any
    bad_stop: Any
    mute: Any


KINDS = {
    "dispatched": Kind(OnDispatcher, BadStartOnDispatcher, BadStopOnDispatcher, MuteOnDispatcher),
    "threaded": Kind(OnThread, BadStartOnThread, BadStopOnThread, MuteOnThread),
    "pykka": Kind(OnPykka, BadStartOnPykka, BadStopOnPykka, MuteOnPykka),
}


@contextmanager
def stage() -> Iterator[None]:
    for ref in ActorRegistry.get_all():  # left over from other tests of this process
        ActorRegistry.unregister(ref)
    dispatcher = Dispatcher(pace=1.0)
    dispatcher.run_in_thread()
    with dispatcher.active():
        yield
        ActorRegistry.stop_all(timeout=SOON)
    dispatcher.close()


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> Iterator[Kind]:
    with stage():
        yield KINDS[request.param]


@pytest.fixture(params=["dispatched", "threaded"])
def ours(request: pytest.FixtureRequest) -> Iterator[Kind]:
    with stage():
        yield KINDS[request.param]


def ended(ref: pykka.ActorRef[Any]) -> bool:
    return bool(ref.actor_stopped.wait(SOON))


# --- start ---


def test_start_gives_a_ref_to_a_living_actor(kind: Kind) -> None:
    ref = kind.actor.start()
    assert isinstance(ref, pykka.ActorRef)
    assert ref.is_alive()
    assert ref.actor_class is kind.actor
    assert ref.actor_urn in str(ref)
    assert kind.actor.__name__ in repr(ref)


def test_start_passes_arguments_to_the_constructor(kind: Kind) -> None:
    ref = kind.actor.start(None, label="here")
    assert ref.proxy().label.get(timeout=SOON) == "here"


def test_every_actor_has_a_urn_of_its_own(kind: Kind) -> None:
    assert len({kind.actor.start().actor_urn for _ in range(20)}) == 20


def test_on_start_comes_before_the_first_message(kind: Kind) -> None:
    log = Log()
    ref = kind.actor.start(log, "a")
    ref.ask("first", timeout=SOON)
    assert log == [("start", "a"), "first"]


def test_on_start_does_not_run_on_the_thread_that_starts(kind: Kind) -> None:
    assert kind.actor.start().proxy().thread.get(timeout=SOON) != threading.get_ident()


def test_an_error_in_on_start_ends_the_actor_without_further_hooks(kind: Kind) -> None:
    log = Log()
    ref = kind.bad_start.start(log)
    assert ended(ref)
    assert not ref.is_alive()
    assert log == []
    assert ref not in ActorRegistry.get_all()


def test_an_error_in_the_constructor_is_raised_where_start_was_called(kind: Kind) -> None:
    with pytest.raises(TypeError):
        kind.actor.start(nonsense=1)
    assert ActorRegistry.get_all() == []


# --- tell and ask ---


def test_tell_gives_nothing_back_and_keeps_the_order(kind: Kind) -> None:
    ref = kind.actor.start()
    for number in range(50):
        assert ref.tell(number) is None
    assert ref.proxy().log.get(timeout=SOON)[1:] == list(range(50))


def test_ask_waits_for_the_reply(kind: Kind) -> None:
    assert kind.actor.start().ask({"any": "thing"}, timeout=SOON) == {"any": "thing"}


def test_ask_without_block_gives_a_future(kind: Kind) -> None:
    future = kind.actor.start().ask("later", block=False)
    assert isinstance(future, pykka.Future)
    assert future.get(timeout=SOON) == "later"
    assert future.get(timeout=SOON) == "later"


def test_ask_times_out(kind: Kind) -> None:
    ref = kind.actor.start()
    hold = threading.Event()
    ref.tell(hold)
    with pytest.raises(pykka.Timeout):
        ref.ask("too late", timeout=0)
    hold.set()


def test_messages_are_not_copied(kind: Kind) -> None:
    message = {"shared": []}  # type: ignore[var-annotated]
    assert kind.actor.start().ask(message, timeout=SOON) is message


def test_the_default_on_receive_warns(kind: Kind, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "pykka"):
        assert kind.mute.start().ask("hm", timeout=SOON) is None
    assert "Unexpected message received" in caplog.text


def test_tell_to_the_dead_raises(kind: Kind) -> None:
    ref = kind.actor.start()
    ref.stop(timeout=SOON)
    with pytest.raises(ActorDeadError, match="not found"):
        ref.tell("hello")


def test_ask_of_the_dead_raises_at_once_or_when_the_future_is_read(kind: Kind) -> None:
    ref = kind.actor.start()
    ref.stop(timeout=SOON)
    with pytest.raises(ActorDeadError, match="not found"):
        ref.ask("hello", timeout=SOON)
    future = ref.ask("hello", block=False)
    with pytest.raises(ActorDeadError, match="not found"):
        future.get(timeout=SOON)


# --- stop ---


def test_stop_waits_for_the_end_and_says_whether_the_actor_lived(kind: Kind) -> None:
    log = Log()
    ref = kind.actor.start(log, "a")
    assert ref.stop(timeout=SOON) is True
    assert not ref.is_alive()
    assert log[-1] == ("stop", "a")
    assert ref.stop(timeout=SOON) is False


def test_stop_without_block_gives_a_future(kind: Kind) -> None:
    ref = kind.actor.start()
    assert ref.stop(block=False).get(timeout=SOON) is True
    assert ref.stop(block=False).get(timeout=SOON) is False


def test_what_was_told_before_the_stop_is_done_and_what_comes_after_is_refused(kind: Kind) -> None:
    log = Log()
    ref = kind.actor.start(log)
    hold = threading.Event()
    ref.tell(hold)
    before = ref.ask("before", block=False)
    stopped = ref.stop(block=False)
    after = ref.ask("after", block=False)
    second = ref.stop(block=False)
    hold.set()
    assert before.get(timeout=SOON) == "before"
    assert stopped.get(timeout=SOON) is True
    assert second.get(timeout=SOON) is True
    with pytest.raises(ActorDeadError, match="stopped before handling"):
        after.get(timeout=SOON)
    assert "after" not in log


def test_an_actor_may_stop_itself(kind: Kind) -> None:
    log = Log()
    ref = kind.actor.start(log, "a")
    assert ref.proxy().stop_yourself().get(timeout=SOON) == "stopping"
    assert ended(ref)
    assert log.has(("stop", "a"))
    ref.stop(timeout=SOON)
    assert log.count(("stop", "a")) == 1


def test_an_error_in_on_stop_is_logged_and_the_actor_is_gone(kind: Kind, caplog: pytest.LogCaptureFixture) -> None:
    ref = kind.bad_stop.start()
    assert ref.stop(timeout=SOON) is True
    assert not ref.is_alive()
    assert "Unhandled exception" in caplog.text
    assert "no stop" in caplog.text


# --- exceptions ---


def test_an_error_in_tell_runs_on_failure_and_ends_the_actor(kind: Kind, caplog: pytest.LogCaptureFixture) -> None:
    log = Log()
    ref = kind.actor.start(log, "a")
    ref.tell(ValueError("boom"))
    assert ended(ref)
    assert log.has(("failure", "ValueError", "boom", True))
    assert ("stop", "a") not in log
    assert ref not in ActorRegistry.get_all()
    assert "Unhandled exception" in caplog.text


def test_an_error_in_ask_goes_to_the_asker_and_the_actor_lives(kind: Kind, caplog: pytest.LogCaptureFixture) -> None:
    ref = kind.actor.start()
    with caplog.at_level(logging.INFO, "pykka"), pytest.raises(ValueError, match="boom") as caught:
        ref.ask(ValueError("boom"), timeout=SOON)
    assert any(entry.name == "on_receive" for entry in caught.traceback)
    assert "Exception returned from" in caplog.text
    assert ref.ask("still here", timeout=SOON) == "still here"


def test_an_error_in_a_proxied_call_goes_to_the_future_and_the_actor_lives(kind: Kind) -> None:
    proxy = kind.actor.start().proxy()
    with pytest.raises(LookupError, match="wrong"):
        proxy.wrong().get(timeout=SOON)
    assert proxy.add(1).get(timeout=SOON) == 2


def test_an_error_in_a_deferred_call_ends_the_actor(kind: Kind) -> None:
    log = Log()
    ref = kind.actor.start(log)
    ref.proxy().wrong.defer()
    assert ended(ref)
    assert log.has(("failure", "LookupError", "wrong", True))


def test_asks_behind_a_failure_are_refused(kind: Kind) -> None:
    ref = kind.actor.start()
    hold = threading.Event()
    ref.tell(hold)
    ref.tell(ValueError("boom"))
    behind = ref.ask("behind", block=False)
    stopped = ref.stop(block=False)
    hold.set()
    with pytest.raises(ActorDeadError):
        behind.get(timeout=SOON)
    assert stopped.get(timeout=SOON) is True


# --- proxy ---


def test_a_proxy_calls_methods(kind: Kind) -> None:
    proxy = kind.actor.start().proxy()
    assert proxy.add(2, b=3).get(timeout=SOON) == 5
    assert proxy.actor_ref.is_alive()


def test_a_proxy_reads_attributes(kind: Kind) -> None:
    proxy = kind.actor.start().proxy()
    assert proxy.count.get(timeout=SOON) == 0
    assert proxy.name.get(timeout=SOON) == "conduct"


def test_a_proxy_writes_attributes_before_it_goes_on(kind: Kind) -> None:
    proxy = kind.actor.start().proxy()
    proxy.count = 41
    assert proxy.add(0).get(timeout=SOON) == 42


def test_a_proxy_defers_calls(kind: Kind) -> None:
    proxy = kind.actor.start().proxy()
    assert proxy.add.defer(5) is None
    assert proxy.count.get(timeout=SOON) == 6


def test_a_proxy_goes_through_traversable_attributes_only(kind: Kind) -> None:
    proxy = kind.actor.start().proxy()
    assert proxy.room.warm(2).get(timeout=SOON) == 22
    assert proxy.room.temperature.get(timeout=SOON) == 22
    proxy.room.temperature = 5
    assert proxy.room.temperature.get(timeout=SOON) == 5
    assert isinstance(proxy.closed_room, pykka.Future)


def test_a_proxy_knows_no_private_and_no_unknown_names(kind: Kind) -> None:
    proxy = kind.actor.start().proxy()
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        proxy.nothing  # noqa: B018
    assert "add" in dir(proxy)
    assert "_secret" not in dir(proxy)


def test_a_proxy_to_itself_schedules_work_for_later(kind: Kind) -> None:
    proxy = kind.actor.start().proxy()
    proxy.reach_yourself().get(timeout=SOON)
    assert proxy.count.get(timeout=SOON) == 10


def test_a_proxy_of_the_dead_cannot_be_made(kind: Kind) -> None:
    ref = kind.actor.start()
    ref.stop(timeout=SOON)
    with pytest.raises(ActorDeadError):
        ref.proxy()


def test_proxies_of_the_same_actor_are_equal(kind: Kind) -> None:
    ref = kind.actor.start()
    assert ref.proxy() == ref.proxy()
    assert hash(ref.proxy()) == hash(ref.proxy())
    assert ref.proxy() != kind.actor.start().proxy()


# --- futures ---


@pytest.fixture
def future(kind: Kind) -> Any:
    return kind.actor._create_future()


def test_a_future_keeps_one_value(future: Any) -> None:
    future.set("value")
    assert future.get(timeout=0) == "value"
    with pytest.raises(queue.Full):
        future.set("again")
    with pytest.raises(queue.Full):
        future.set_exception((ValueError, ValueError("again"), None))
    with pytest.raises(queue.Full):
        future.set_get_hook(lambda timeout: 1)
    assert future.get(timeout=0) == "value"


def test_a_future_may_hold_nothing(future: Any) -> None:
    future.set()
    assert future.get(timeout=0) is None


def test_a_future_without_value_times_out(future: Any) -> None:
    with pytest.raises(pykka.Timeout):
        future.get(timeout=0)


def test_a_future_wakes_all_who_wait(future: Any) -> None:
    got: list[Any] = []
    threads = [threading.Thread(target=lambda: got.append(future.get(timeout=SOON))) for _ in range(5)]
    for thread in threads:
        thread.start()
    future.set(7)
    for thread in threads:
        thread.join(SOON)
    assert got == [7] * 5


def test_a_future_raises_the_exception_being_handled(future: Any) -> None:
    try:
        raise KeyError("lost")
    except KeyError:
        future.set_exception()
    for _ in range(20):
        with pytest.raises(KeyError, match="lost") as caught:
            future.get(timeout=0)
    assert len(caught.traceback) < 8, "the traceback must not grow with each reading"


def test_a_future_takes_an_exception_as_a_triple(future: Any) -> None:
    future.set_exception((ValueError, None, None))
    with pytest.raises(ValueError):
        future.get(timeout=0)


def test_a_get_hook_makes_the_value_once(future: Any) -> None:
    seen: list[Any] = []

    def hook(timeout: Any) -> int:
        seen.append(timeout)
        return len(seen)

    future.set_get_hook(hook)
    assert future.get(timeout=3) == 1
    assert future.get(timeout=4) == 1
    assert seen == [3]
    with pytest.raises(queue.Full):
        future.set(2)


def test_filter_map_join_reduce(future: Any) -> None:
    other = future.__class__()
    kept = future.filter(lambda item: item > 10)
    doubled = future.map(lambda items: len(items) * 2)
    total = future.reduce(lambda a, b: a + b)
    from_five = future.reduce(lambda a, b: a + b, 5)
    both = future.join(other)
    future.set([9, 10, 11, 12])
    other.set("x")
    assert kept.get(timeout=0) == [11, 12]
    assert doubled.get(timeout=0) == 8
    assert total.get(timeout=0) == 42
    assert from_five.get(timeout=0) == 47
    assert both.get(timeout=0) == [[9, 10, 11, 12], "x"]


def test_reduce_of_nothing_is_the_initial_value_and_filter_wants_an_iterable(future: Any) -> None:
    empty = future.__class__()
    empty.set([])
    assert empty.reduce(lambda a, b: a + b, 5).get(timeout=0) == 5
    future.set(1)
    with pytest.raises(TypeError):
        future.filter(lambda item: True).get(timeout=0)


def test_get_all_collects_in_order(kind: Kind) -> None:
    refs = [kind.actor.start() for _ in range(3)]
    futures = [ref.ask(number, block=False) for number, ref in enumerate(refs)]
    assert pykka.get_all(futures, timeout=SOON) == [0, 1, 2]
    with pytest.raises(pykka.Timeout):
        pykka.get_all([kind.actor._create_future()], timeout=0)


def test_a_future_may_be_awaited(kind: Kind) -> None:
    import asyncio

    async def ask() -> Any:
        return await kind.actor.start().ask("awaited", block=False)

    assert asyncio.run(ask()) == "awaited"


# --- registry ---


def test_the_registry_knows_who_lives(kind: Kind) -> None:
    first, second = kind.actor.start(), kind.actor.start()
    assert ActorRegistry.get_all() == [first, second]
    first.stop(timeout=SOON)
    assert ActorRegistry.get_all() == [second]


def test_the_registry_finds_by_urn_class_and_name(kind: Kind) -> None:
    one, other = kind.actor.start(), kind.mute.start()
    assert ActorRegistry.get_by_urn(other.actor_urn) is other
    assert ActorRegistry.get_by_urn("nobody") is None
    assert ActorRegistry.get_by_class(kind.actor) == [one]
    assert ActorRegistry.get_by_class(EVERYBODY) == [one, other]
    assert ActorRegistry.get_by_class_name(kind.mute.__name__) == [other]


def test_broadcast_reaches_all_or_a_class(kind: Kind) -> None:
    one, other = kind.actor.start(), kind.actor.start()
    kind.mute.start()
    ActorRegistry.broadcast("all", target_class=kind.actor)
    ActorRegistry.broadcast("named", target_class=kind.actor.__name__)
    for ref in (one, other):
        assert ref.proxy().log.get(timeout=SOON)[1:] == ["all", "named"]


def test_stop_all_stops_the_newest_first(kind: Kind) -> None:
    log = Log()
    for label in "abc":
        kind.actor.start(log, label)
    assert ActorRegistry.stop_all(timeout=SOON) == [True, True, True]
    assert [entry for entry in log if entry[0] == "stop"] == [("stop", "c"), ("stop", "b"), ("stop", "a")]
    assert ActorRegistry.get_all() == []


def test_stop_all_without_block_gives_futures(kind: Kind) -> None:
    for label in "abc":
        kind.actor.start(None, label)
    assert pykka.get_all(ActorRegistry.stop_all(block=False), timeout=SOON) == [True, True, True]


# --- different on purpose ---


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, MemoryError, RecursionError])
def test_no_exception_of_one_actor_stops_the_others(ours: Kind, error: type[BaseException]) -> None:
    """Pykka stops every actor of the process when one raises SystemExit or KeyboardInterrupt."""
    other, victim = ours.actor.start(), ours.actor.start()
    victim.tell(error())
    assert ended(victim)
    assert other.ask("untouched", timeout=SOON) == "untouched"


def test_nothing_waits_for_ever(ours: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """`ask(timeout=None)` and `get(timeout=None)` give up after `LightFuture.patience_s`."""
    monkeypatch.setattr(LightFuture, "patience_s", 0.0)
    hold = threading.Event()
    ref = ours.actor.start()
    ref.tell(hold)
    with pytest.raises(pykka.Timeout):
        ref.ask("never mind")
    hold.set()
    ref.stop(timeout=SOON)
