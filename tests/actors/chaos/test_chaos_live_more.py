"""More rows at a served fleet: formats and schemas, registry, slow consumers, floods, the host, a damaged spool."""

import socket
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.actors.chaos.live import DEVICES, Live

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    made = Live(tmp_path_factory.mktemp("more"))
    try:
        made.steady(60)
        yield made
    finally:
        made.close()


def chaos(action: str, lasts: str = "4s", sink: str | None = None, **parameters: Any) -> dict[str, Any]:
    step = {"do": "chaos", "action": action, "parameters": parameters, "for": lasts}
    return {**step, "sink": sink} if sink else step


# --- formats: what is refused is counted, what flows is the rest ---


@pytest.mark.parametrize(
    "step",
    [
        chaos("unencodable", sink="kafka", share=0.5),
        chaos("oversize", sink="kafka", share=0.5),
        chaos("schema-change", sink="kafka", change="incompatible"),
    ],
    ids=lambda step: step["action"],
)
def test_what_has_no_bytes_or_too_many_or_a_schema_that_does_not_fit_is_rejected(
    step: dict[str, Any], live: Live
) -> None:
    live.steady()
    before, mqtt = live.given_up("kafka"), live.heard["mqtt"].missing()
    live.begin([step])
    live.seen(lambda live: live.given_up("kafka") > before + 3)
    live.over()
    live.steady()
    assert live.heard["kafka"].missing() == live.given_up("kafka") + live.heard["kafka"].unreadable
    assert live.heard["mqtt"].missing() == mqtt, "the other sink has nothing to do with it"


@pytest.mark.parametrize(("action", "id"), [("poison", None), ("unknown-schema", 2**31 - 1)])
def test_what_nobody_can_read_is_heard_and_the_others_are_readable(action: str, id: int | None, live: Live) -> None:
    live.steady()
    heard = live.heard["kafka"]
    before, seen = heard.unreadable, len(heard.schemas)
    live.begin([chaos(action, sink="kafka", share=0.5)])
    live.seen(lambda live: heard.unreadable > before + 3)
    live.over()
    live.steady()
    assert id is None or id in heard.schemas[seen:]
    assert heard.missing() == live.given_up("kafka") + heard.unreadable


def test_another_firmware_is_another_schema_on_the_wire(live: Live) -> None:
    live.steady()
    heard = live.heard["kafka"]
    usual = heard.schemas[-1]
    live.begin([chaos("schema-change", sink="kafka")])
    live.seen(lambda _: heard.schemas[-1] not in (usual, 2**31 - 1))
    live.over()
    live.seen(lambda _: heard.schemas[-1] == usual)
    live.steady()
    assert heard.missing() == live.given_up("kafka") + heard.unreadable


# --- the registry ---


def _is_silent(live: Live) -> bool:
    """Whether the registry lets somebody else wait, too."""
    try:
        with urllib.request.urlopen(f"{live.registry}/subjects", timeout=1):
            return False
    except OSError:
        return True


@pytest.mark.parametrize("step", [chaos("registry-hang", "5s"), chaos("registry-errors", "5s", status=503)])
def test_known_schemas_flow_while_the_registry_is_away(step: dict[str, Any], live: Live) -> None:
    live.steady()
    heard = live.heard["kafka"]
    began, count = time.monotonic(), len(heard.records)
    live.begin([step])
    live.seen(_is_silent)
    live.over()
    wanted = DEVICES["kafka"] * (time.monotonic() - began)
    assert len(heard.records) - count >= 0.95 * wanted - DEVICES["kafka"], "give or take one of each"
    live.steady()


def test_a_new_schema_that_the_registry_refuses_rejects_its_records_alone(live: Live) -> None:
    live.steady()
    before, mqtt = live.given_up("kafka"), live.heard["mqtt"].missing()
    live.begin(
        [chaos("registry-errors", status=409), chaos("schema-change", sink="kafka", change="incompatible")],
    )
    live.seen(lambda live: live.given_up("kafka") > before)
    live.over()
    live.steady()
    assert live.heard["mqtt"].missing() == mqtt


# --- consumers that are slow, mailboxes that are full ---


def test_a_slow_consumer_costs_what_its_queue_does_not_hold_and_that_is_counted(live: Live) -> None:
    live.steady()
    before = live.given_up("file")
    memory = psutil.Process(live.worker).memory_info().rss
    live.begin([chaos("disk", "9s", sink="file", error="slow", delay_ms=4000)])
    live.seen(lambda live: live.given_up("file") > before + 5)
    assert live.sink("file")["depth"] <= 2 * 25, "what waits and what is in hand"
    assert psutil.Process(live.worker).memory_info().rss < memory + 50 * 2**20
    assert not live.unheard(), "and nobody else waits"
    live.over()
    live.server.until(lambda: live.queued("file") <= 12)
    live.steady()
    frames = live.sink("file")["frames"]
    lines = (live.folder / "slow.jsonl").read_bytes().count(b"\n")
    assert frames["accepted"] - frames["queued"] - sum(frames["dropped"].values()) <= lines <= frames["accepted"]


def test_a_flood_is_lived_through_and_who_asks_is_answered(live: Live) -> None:
    live.steady()

    heard = live.heard["mqtt"]
    usual_s, since = heard.pause_s(len(heard.records) - 30), len(heard.records) - 1

    def nobody_is_heard_for_a_while(_: Live) -> bool:
        return heard.pause_s(since) > usual_s + 0.3

    flood = {"do": "chaos", "action": "flood", "on": {"ids": ["pi-0001"]}, "parameters": {"messages": 1_000_000}}
    live.begin([flood])
    live.seen(nobody_is_heard_for_a_while)
    assert live.server.ask("/livez").status == 200
    live.steady()
    assert live.heard["mqtt"].missing() == live.given_up("mqtt")


# --- the host ---


def _probed(live: Live) -> float:
    """The longest that a probe has to wait of five; the answer has to be one."""
    waits = []
    for path in ("/livez", "/readyz", "/livez", "/v1/clock", "/livez"):
        began = time.monotonic()
        assert live.server.ask(path, timeout=10).status in (200, 503)
        waits.append(time.monotonic() - began)
    return max(waits)


def test_processors_and_memory_are_short_and_the_probes_are_answered(live: Live) -> None:
    live.steady()
    process = psutil.Process(live.worker)
    memory, children = process.memory_info().rss, len(process.children())
    live.begin([chaos("cpu-hog", "5s", processes=4), chaos("memory-hog", "5s", megabytes=200)])
    live.seen(
        lambda _: len(process.children()) >= children + 4,
        lambda _: process.memory_info().rss > memory + 150 * 2**20,
    )
    assert _probed(live) < 5
    live.over()
    live.seen(lambda _: len(process.children()) == children, lambda _: process.memory_info().rss < memory + 100 * 2**20)
    live.steady()


def _limit(live: Live) -> int:
    text = Path(f"/proc/{live.worker}/limits").read_text(encoding="utf-8")
    return int(next(line for line in text.splitlines() if line.startswith("Max open files")).split()[3])


def test_without_descriptors_whoever_comes_is_told_so_and_not_left_waiting(live: Live) -> None:
    live.steady()
    before = _limit(live)
    live.begin([chaos("descriptors", "5s")])
    live.server.until(lambda: _limit(live) < before)
    host, _, port = live.server.url.removeprefix("http://").partition(":")
    # what is closed meanwhile is free again: somebody has to have that
    held = [socket.create_connection((host, int(port)), timeout=10) for _ in range(20)]
    answers, waits = set(), []
    for path in ("/livez", "/v1/clock", "/readyz"):
        began = time.monotonic()
        answers.add(live.server.ask(path, timeout=10).status)
        waits.append(time.monotonic() - began)
    for each in held:
        each.close()
    assert _limit(live) < before, "still"
    assert answers == {503}
    assert max(waits) < 2
    live.server.until(lambda: _limit(live) == before)
    live.steady()


def test_without_threads_what_needs_one_is_refused_and_the_rest_goes_on(live: Live) -> None:
    live.steady()
    live.begin([chaos("threads", "5s")])
    bulk = {"do": "set-interval", "interval": "1s", "on": "all"}
    answer = live.server.ask("/v1/commands", "POST", bulk)
    assert answer.status == 503, answer.body
    with ThreadPoolExecutor(16) as many:
        answers = list(many.map(lambda _: live.server.ask("/v1/devices?limit=1").status, range(48)))
    assert set(answers) <= {200, 503}, "also when all come at once"
    assert _probed(live) < 5
    live.over()
    assert live.server.workers() == [live.worker]
    assert live.server.ask("/v1/commands", "POST", bulk).status in (200, 201, 202)
    live.steady()


def test_a_process_that_is_stopped_answers_nobody_and_then_goes_on_where_it_was(live: Live) -> None:
    live.steady()
    process = psutil.Process(live.worker)
    live.begin([{**chaos("process-freeze", "1s", seconds=3), "at": "1s"}])
    live.server.until(lambda: process.status() == psutil.STATUS_STOPPED)
    began = time.monotonic()
    assert live.server.ask("/livez", timeout=20).status == 200
    assert time.monotonic() - began > 1, "nobody could answer meanwhile"
    assert live.heard["mqtt"].silent_s() > 1 or live.heard["mqtt"].pause_s(len(live.heard["mqtt"].records) - 50) > 1
    live.over()
    live.steady()
    assert live.server.workers() == [live.worker], "it is the same process"


# --- the disk ---


def test_a_spool_that_is_damaged_in_use_is_put_aside_and_named_and_loses_nothing_at_hand(live: Live) -> None:
    live.steady()
    missing = live.heard["mqtt"].missing()
    live.begin([chaos("bit-flip", sink="mqtt", bits=4000, part="file")])
    live.seen(lambda live: "mqtt.spool.damaged-1" in live.notes())
    assert (live.folder / "st" / "mqtt.spool.damaged-1").exists()
    live.over()
    live.steady()
    assert live.heard["mqtt"].missing() == missing
