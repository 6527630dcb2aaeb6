"""Ids of schemas: answered at once, found out in the background, kept for a registry that is away."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from actors.embedded.registry.server import EmbeddedRegistry
from actors.embedded.registry.store import Schema
from actors.registry import SchemaIds, SchemaState
from engine.supervision.backoff import Backoff
from schemas.connections import RegistrySettings
from schemas.secrets import Secret

ONE = json.dumps({"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}]})
OTHER = json.dumps({"type": "record", "name": "R", "fields": [{"name": "b", "type": "string"}]})
SOON = Backoff(first_s=0.02, most_s=0.05)


@pytest.fixture
def registry() -> Iterator[EmbeddedRegistry]:
    with ExitStack() as stack:
        started = EmbeddedRegistry()
        stack.callback(started.close)
        yield started


@pytest.fixture
def ids_of() -> Iterator[Callable[..., SchemaIds]]:
    """Makes clients and ends them."""
    with ExitStack() as stack:

        def make(url: str, cache: Path | None = None, **more: Any) -> SchemaIds:
            made = SchemaIds(RegistrySettings(url), cache, backoff=SOON, **more)
            stack.callback(made.close)
            return made

        yield make


def id_of(registry: EmbeddedRegistry, subject: str) -> int:
    return registry.store.lookup(subject, Schema(ONE, "AVRO")).id


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for something that another thread brings about."""
    never = threading.Event()
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        never.wait(0.005)


def test_an_id_is_unknown_at_first_and_known_soon(registry: EmbeddedRegistry, ids_of: Callable[..., SchemaIds]) -> None:
    ids = ids_of(registry.url)
    changed = threading.Event()
    ids.on_change = changed.set
    assert ids.get("t-value", ONE) is None
    assert changed.wait(10)
    assert ids.get("t-value", ONE) == id_of(registry, "t-value")
    assert ids.problem is None
    assert ids.state("t-value", ONE) == SchemaState("t-value", 1, "known", "")


def test_asking_never_waits_for_a_registry_that_hangs(
    registry: EmbeddedRegistry, ids_of: Callable[..., SchemaIds]
) -> None:
    registry.hang()
    ids = ids_of(registry.url, timeout_s=0.2)
    begun = time.monotonic()
    for i in range(1000):
        assert ids.get(f"t{i % 10}-value", ONE) is None
    assert time.monotonic() - begun < 1.0  # waiting once for each of the ten would take two seconds
    until(lambda: "no answer within 0.2 s" in (ids.problem or ""))
    registry.release()
    until(lambda: all(ids.get(f"t{i}-value", ONE) for i in range(10)))
    assert ids.problem is None
    assert ids.trouble == ""


def test_a_known_schema_flows_while_the_registry_is_away(
    registry: EmbeddedRegistry, ids_of: Callable[..., SchemaIds], tmp_path: Path
) -> None:
    cache = tmp_path / "state" / "ids.json"
    first = ids_of(registry.url, cache)
    first.get("t-value", ONE)
    until(lambda: first.get("t-value", ONE) is not None)
    first.close()
    registry.close()
    again = ids_of(registry.url, cache)
    assert again.get("t-value", ONE) == 1
    assert again.get("t-value", OTHER) is None
    until(lambda: "connection refused" in again.state("t-value", OTHER).reason)
    assert again.get("t-value", ONE) == 1
    assert [one.state for one in again.waiting()] == ["waiting"]


def test_ids_of_one_registry_are_nothing_to_another(
    registry: EmbeddedRegistry, ids_of: Callable[..., SchemaIds], tmp_path: Path
) -> None:
    cache = tmp_path / "ids.json"
    first = ids_of(registry.url, cache)
    first.get("t-value", ONE)
    until(lambda: first.get("t-value", ONE) is not None)
    other = ids_of("http://127.0.0.1:9", cache)
    assert other.get("t-value", ONE) is None


def test_what_the_registry_says_today_counts(ids_of: Callable[..., SchemaIds], tmp_path: Path) -> None:
    """A registry that was set up anew gives other ids; the old ones would point to other schemas."""
    old = EmbeddedRegistry()
    cache = tmp_path / "ids.json"
    first = ids_of(old.url, cache)
    first.get("t-value", ONE)
    until(lambda: first.get("t-value", ONE) is not None)
    first.close()
    old.store.delete_subject("t-value")
    old.store.delete_subject("t-value", permanent=True)
    old.store.register("elsewhere", Schema(OTHER, "AVRO"))
    cache.write_text(cache.read_text().replace(": 1\n", ": 7\n"))
    again = ids_of(old.url, cache)
    assert again.get("t-value", ONE) == 7
    until(lambda: again.get("t-value", ONE) != 7)
    assert again.get("t-value", ONE) == id_of(old, "t-value")
    old.close()


def test_an_incompatible_schema_is_refused_in_the_registrys_words_until_there_is_room_for_it(
    registry: EmbeddedRegistry, ids_of: Callable[..., SchemaIds]
) -> None:
    registry.store.register("t-value", Schema(ONE, "AVRO"))
    ids = ids_of(registry.url, refused_s=0.05)
    ids.get("t-value", OTHER)
    until(lambda: ids.state("t-value", OTHER).state == "refused")
    reason = ids.state("t-value", OTHER).reason
    assert "incompatible with an earlier schema for subject 't-value'" in reason
    assert reason.endswith("(409)")
    assert (ids.problem or "").startswith("schema of t-value refused: ")
    assert ids.get("t-value", OTHER) is None
    registry.store.set_level("t-value", "NONE")
    until(lambda: ids.get("t-value", OTHER) is not None)


def test_without_registering_a_schema_waits_until_somebody_else_does(
    registry: EmbeddedRegistry, ids_of: Callable[..., SchemaIds]
) -> None:
    ids = ids_of(registry.url, register=False)
    ids.get("t-value", ONE)
    until(lambda: "switched off" in ids.state("t-value", ONE).reason)
    assert registry.store.subjects() == []
    registry.store.register("t-value", Schema(ONE, "AVRO"))
    until(lambda: ids.get("t-value", ONE) == 1)


def test_a_schema_that_the_registry_lost_does_not_flow_on_an_old_id(
    registry: EmbeddedRegistry, ids_of: Callable[..., SchemaIds], tmp_path: Path
) -> None:
    cache = tmp_path / "ids.json"
    registry.store.register("t-value", Schema(ONE, "AVRO"))
    first = ids_of(registry.url, cache)
    first.get("t-value", ONE)
    until(lambda: first.get("t-value", ONE) is not None)
    first.close()
    registry.store.delete_subject("t-value")
    again = ids_of(registry.url, cache, register=False)
    assert again.get("t-value", ONE) == 1
    until(lambda: again.get("t-value", ONE) is None)


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_registry_in_trouble_is_asked_again(
    registry: EmbeddedRegistry, ids_of: Callable[..., SchemaIds], status: int
) -> None:
    registry.fail(status, times=3)
    ids = ids_of(registry.url)
    reasons = []
    ids.on_change = lambda: reasons.append(ids.problem)
    ids.get("t-value", ONE)
    until(lambda: ids.get("t-value", ONE) is not None)
    assert f"answers {status}: Acted out on request" in str(reasons[0])


def test_requests_become_rare_while_the_registry_is_away() -> None:
    """At most one request for each wait, whatever number of schemas waits."""
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def refuse() -> None:
            while True:
                try:
                    link, _ = server.accept()
                except OSError:
                    return
                asked.append(time.monotonic())
                link.close()

        threading.Thread(target=refuse, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        ids = SchemaIds(RegistrySettings(url), backoff=Backoff(first_s=0.1, most_s=0.2, low=1.0, high=1.0))
        for i in range(20):
            ids.get(f"t{i}-value", ONE)
        until(lambda: len(asked) >= 4)
        ids.close()
        server.shutdown(socket.SHUT_RDWR)
    waits = [b - a for a, b in pairwise(asked)]
    # the first two schemas may be asked for in the moment before the first answer
    assert min(waits[:3]) > 0.08, waits


def test_an_answer_that_trickles_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = threading.Event()

        def trickle() -> None:
            link, _ = server.accept()
            with link:
                link.recv(65536)
                link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
                try:
                    while not ended.wait(0.05):
                        link.sendall(b" ")
                except OSError:
                    pass

        threading.Thread(target=trickle, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        ids = SchemaIds(RegistrySettings(url), backoff=Backoff(first_s=30.0))
        ids.get("t-value", ONE)
        begun = time.monotonic()
        until(lambda: "no answer" in ids.trouble)
        assert time.monotonic() - begun < 20.0  # the answer would take half a day
        ended.set()
        ids.close()


def test_a_user_and_a_password_are_given_and_never_shown(ids_of: Callable[..., SchemaIds]) -> None:
    guarded = EmbeddedRegistry(user=("carrier", "pigeon/42&"))
    right = SchemaIds(RegistrySettings(guarded.url, Secret("carrier"), Secret("pigeon/42&")), backoff=SOON)
    right.get("t-value", ONE)
    until(lambda: right.get("t-value", ONE) is not None)
    wrong = SchemaIds(RegistrySettings(guarded.url, Secret("carrier"), Secret("falcon")), backoff=SOON)
    wrong.get("t-value", ONE)
    until(lambda: "does not let us in" in (wrong.problem or ""))
    assert wrong.state("t-value", ONE).state == "waiting"
    for one in (right, wrong):
        shown = f"{one.problem} {one.trouble} {one.waiting()} {vars(one)}"
        assert not [secret for secret in ("pigeon", "falcon", "Y2Fycmllcj") if secret in shown]
        one.close()
    guarded.close()


@pytest.mark.parametrize(
    "junk", ["", "no json", "[]", '{"format": 1, "registries": {"u": 3}}', '{"format": 9}', "[" * 9999]
)
def test_a_broken_file_of_ids_is_as_good_as_none(
    registry: EmbeddedRegistry, ids_of: Callable[..., SchemaIds], tmp_path: Path, junk: str
) -> None:
    cache = tmp_path / "ids.json"
    cache.write_text(junk)
    ids = ids_of(registry.url, cache)
    ids.get("t-value", ONE)
    until(lambda: ids.get("t-value", ONE) == 1)
    until(lambda: '"t-value"' in cache.read_text())
    assert [path.name for path in tmp_path.iterdir()] == ["ids.json"]


def test_a_file_that_cannot_be_written_stops_nothing(
    registry: EmbeddedRegistry, ids_of: Callable[..., SchemaIds], tmp_path: Path
) -> None:
    (tmp_path / "a file").write_text("")
    ids = ids_of(registry.url, tmp_path / "a file" / "ids.json")
    ids.get("t-value", ONE)
    until(lambda: ids.get("t-value", ONE) == 1)


def test_several_types_of_schemas_have_ids_of_their_own(
    registry: EmbeddedRegistry, ids_of: Callable[..., SchemaIds]
) -> None:
    ids = ids_of(registry.url)
    ids.get("a-value", ONE, "AVRO")
    ids.get("b-value", '{"type": "object"}', "JSON")
    until(lambda: ids.get("b-value", '{"type": "object"}', "JSON") is not None)
    until(lambda: ids.get("a-value", ONE) is not None)
    assert ids.get("b-value", '{"type": "object"}', "JSON") != ids.get("a-value", ONE)
