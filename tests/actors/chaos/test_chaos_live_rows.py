"""Rows of the chaos table, played one after the other at a served fleet on embedded brokers.

Each row has three parts: all is well before; the deviation that the row promises is seen by who knows nothing of the
product's inside; within 30 s after the end all is well again. Two rows that touch different things are played together.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import pytest

from tests.actors.chaos.live import BACK_S, Counting, Live

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    made = Live(tmp_path_factory.mktemp("rows"))
    try:
        made.steady(60)
        yield made
    finally:
        made.close()


Seen = Callable[[Live], bool]


def waits(sink: str, more_than: int = 0) -> Seen:
    """Records wait in the spool, more than a few seconds' worth, and the recorder hears nobody."""
    least = {"mqtt": 25, "kafka": 12}[sink]

    def spool_grows(live: Live) -> bool:
        return live.queued(sink) > max(least, more_than)

    return spool_grows


def silent(sink: str) -> Seen:
    def nobody_is_heard(live: Live) -> bool:
        return live.heard[sink].silent_s() > 2.0

    nobody_is_heard.__name__ += f"_by_{sink}"
    return nobody_is_heard


def late(sink: str, seconds: float) -> Seen:
    def comes_late(live: Live) -> bool:
        return live.late_s(sink) > seconds

    return comes_late


def told(*words: str) -> Seen:
    def readyz_says_why(live: Live) -> bool:
        notes = live.notes()
        return all(word in notes for word in words)

    return readyz_says_why


def not_ready(word: str) -> Seen:
    def readyz_says_no(live: Live) -> bool:
        answer = live.server.ask("/readyz?verbose")
        return answer.status == 503 and word in answer.body.decode()

    return readyz_says_no


def again(sink: str, times: int = 1) -> Seen:
    """The same records come once more, because nobody knew whether they had arrived."""
    known: dict[int, int] = {}

    def comes_twice(live: Live) -> bool:
        before = known.setdefault(0, live.heard[sink].duplicates())
        return live.heard[sink].duplicates() >= before + times

    return comes_twice


class Row(NamedTuple):
    name: str
    step: dict[str, Any]
    seen: tuple[Seen, ...]


def proxy(action: str, name: str, *seen: Seen, **parameters: Any) -> Row:
    step = {"do": "chaos", "action": action, "proxy": name, "parameters": parameters, "for": "4s"}
    return Row(f"{name}-{action}", step, seen)


def action(name: str, *seen: Seen, lasts: str = "4s", sink: str | None = None, **parameters: Any) -> Row:
    step = {"do": "chaos", "action": name, "parameters": parameters, "for": lasts}
    return Row(f"{sink or 'run'}-{name}", {**step, "sink": sink} if sink else step, seen)


MQTT: Final = (waits("mqtt"), silent("mqtt"))
KAFKA: Final = (waits("kafka"), silent("kafka"))
PAIRS: Final[tuple[tuple[Row, ...], ...]] = (
    (
        proxy("latency", "mqtt", late("mqtt", 1.0), latency_ms=1500),
        proxy("down", "kafka", *KAFKA),
    ),
    (
        proxy("slicer", "mqtt", waits("mqtt"), average_bytes=8, delay_us=100_000),
        proxy("timeout", "kafka", *KAFKA),
    ),
    (
        proxy("limit-data", "mqtt", waits("mqtt"), again("mqtt"), bytes=3000),
        # there and back 4 s
        proxy("latency", "kafka", late("kafka", 1.5), latency_ms=2000),
    ),
    (
        # one way only: the broker hears all of it, and nobody hears that it did
        proxy("timeout", "mqtt", waits("mqtt"), stream="downstream"),
        proxy("bandwidth", "kafka", waits("kafka"), rate_kb_per_s=0.2),
    ),
    (proxy("reset-peer", "mqtt", *MQTT), proxy("reset-peer", "kafka", *KAFKA)),
    (
        proxy("wrong-address", "mqtt", *MQTT, kind="unresolved"),
        action("kafka-errors", waits("kafka"), error="not-leader", times=1000),
    ),
    (
        proxy("refuse-login", "mqtt", *MQTT, told("sink mqtt"), reason="bad-password"),
        action("kafka-errors", waits("kafka"), error="throttled", times=1000),
    ),
    (
        proxy("refuse-login", "mqtt", *MQTT, told("sink mqtt", "uota"), reason="quota"),
        action("kafka-errors", waits("kafka"), error="not-enough-replicas", times=1000),
    ),
    (
        # the books are asked for at the sinks' doors, one of which hangs: only the recorders can tell
        action("broker-freeze", silent("mqtt"), lasts="6s"),
        Row("kafka-hang", {"do": "hang", "sink": "kafka", "for": "6s"}, KAFKA[1:]),
    ),
    (
        action("disk", silent("mqtt"), not_ready("No space"), sink="mqtt", error="full"),
        action("disk", silent("kafka"), not_ready("Input/output"), sink="kafka", error="broken"),
    ),
    (
        action("torn-write", silent("mqtt"), not_ready("torn"), sink="mqtt"),
        action("disk", silent("kafka"), not_ready("Read-only"), sink="kafka", error="read-only"),
    ),
    (
        action("disk", late("mqtt", 1.0), sink="mqtt", error="slow", delay_ms=1500),
        action("disk", late("kafka", 1.0), sink="kafka", error="slow", delay_ms=1500),
    ),
)


@pytest.mark.parametrize("rows", PAIRS, ids=lambda rows: "+".join(row.name for row in rows))
def test_a_row_is_met_before_seen_from_outside_and_steady_again(rows: tuple[Row, ...], live: Live) -> None:
    live.steady()
    order = {name: heard.inversions() for name, heard in live.heard.items()}
    live.begin(row.step for row in rows)
    live.seen(*(one for row in rows for one in row.seen))
    live.over()
    live.steady(BACK_S)  # which includes that nothing is missing but what the books give up
    assert live.given_up("mqtt") == live.given_up("kafka") == 0, "none of these may cost a record"
    assert {name: heard.inversions() for name, heard in live.heard.items()} == order


def test_where_nobody_answers_nobody_knocks_in_a_hot_loop(live: Live) -> None:
    """Row 'wrong address': every attempt ends in the hands of this test, which counts them."""
    live.steady()
    doors = {name: Counting() for name in ("mqtt", "kafka")}
    live.begin(
        {"do": "chaos", "action": "wrong-address", "proxy": name, "parameters": {"port": door.port}, "for": "6s"}
        for name, door in doors.items()
    )
    live.seen(*MQTT, *KAFKA)
    live.over()
    for door in doors.values():
        door.close()
    assert 1 <= len(doors["mqtt"].came) <= 6, "at most one for each pause of a second, doubled each time, less its lot"
    # a door that opens and shuts at once: an eighth of a second between two
    assert 1 <= len(doors["kafka"].came) <= 64
    live.steady()
    assert live.given_up("mqtt") == live.given_up("kafka") == 0


def test_a_fault_that_changes_nothing_is_found_out(live: Live) -> None:
    """The sabotage arm: what is looked for is not there when nothing is wrong."""
    live.steady()
    live.begin([proxy("latency", "mqtt", latency_ms=1).step, proxy("slicer", "kafka", average_bytes=60_000).step])
    looked_for = (*MQTT, *KAFKA, late("mqtt", 1.0), late("kafka", 1.0), told("sink mqtt"), not_ready("failed"))
    for one in looked_for:
        assert not one(live)
    with pytest.raises(AssertionError, match="never seen"):
        live.seen(*looked_for, within_s=3)
    live.over()
    assert live.steady() < BACK_S
