"""The journal: history is hashed per device, operations are not."""

from typing import Any

import pytest

from actors.journal import GetHistoryDigests, GetJournal, Journal, JournalMemory
from engine.dispatcher import Dispatcher
from schemas import events


class Desk:
    """A journal on a dispatcher."""

    def __init__(self) -> None:
        self.dispatcher = Dispatcher()
        self.memory = JournalMemory()
        self.ref = self.dispatcher.spawn("journal", 1, lambda: Journal.start(self.memory))

    def keep(self, *told: events.Event) -> "Desk":
        for event in told:
            self.ref.tell(event)
        return self

    def digests(self) -> dict[str, str]:
        found: Any = self.ref.ask(GetHistoryDigests(), timeout=5)
        return dict(found)

    def newest(self, limit: int) -> Any:
        return self.ref.ask(GetJournal(limit), timeout=5)


CHANGED = events.StateChanged("pi-1", 5, "running", "degraded", "body")
FAILED = events.ActorFailed("fleet/pi-2/power", 1, "torn", "ValueError", "receive", 7)
SINK = events.ActorFailed("sinks/file/writer", 1, "full", "OSError", "receive", 7)
REFUSED = events.CommandRefused("Pause", "not possible", 8)


def test_what_happened_to_a_device_is_its_history_and_the_rest_is_operations() -> None:
    desk = Desk().keep(CHANGED, FAILED, SINK, REFUSED)
    assert set(desk.digests()) == {"pi-1", "pi-2"}
    entries = desk.newest(10)
    assert [(entry.number, entry.history) for entry in entries] == [(0, True), (1, True), (2, False), (3, False)]
    assert desk.newest(1)[0].event == REFUSED
    assert desk.newest(0) == []


@pytest.mark.parametrize(
    "other",
    [
        events.StateChanged("pi-1", 6, "running", "degraded", "body"),
        events.StateChanged("pi-1", 5, "running", "failed", "body"),
        events.PartRepaired("pi-1", "dust", 5),
    ],
)
def test_each_part_of_an_event_counts(other: events.Event) -> None:
    assert Desk().keep(CHANGED).digests()["pi-1"] != Desk().keep(other).digests()["pi-1"]


def test_the_history_of_one_device_does_not_depend_on_another() -> None:
    alone = Desk().keep(CHANGED).digests()["pi-1"]
    assert Desk().keep(FAILED, SINK, CHANGED, REFUSED).digests()["pi-1"] == alone


def test_what_is_no_event_is_an_error() -> None:
    desk = Desk()
    ends: list[Any] = []
    desk.dispatcher.on_exit = ends.append
    desk.ref.tell("hello")
    desk.dispatcher.run()
    assert [end.error for end in ends] == ["TypeError"]
