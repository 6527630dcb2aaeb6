"""The Kafka sink against Apache Kafka and Apicurio: guarantees under faults, reasons of refusals, a killed process."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from actors.embedded.registry import start_registry
from schemas.formats.json import FORMAT as JSON
from tests.actors.sinks.kafka_rig import Audit, Decoder, Rig, audit, read, rig
from tests.brokers.processes import wait_until

SOUND = Audit(0, 0, 0)
# Topics keep records for ever here: half a minute after its start the broker deletes what is older than a week, and
# these records are of another year.


def test_every_record_conforms_to_the_schema_that_apicurio_has(kafka: Any, registry: Any) -> None:
    environment = {**kafka.environment(), **registry.environment()}
    decode = Decoder(registry.url)
    topic = kafka.create_topic("conform", retention_ms="-1")
    with rig(environment, topic) as made:
        for device in ("cpu-1", "cpu-2", "cpu-3"):
            made.put(device, 100)
        made.drained()
        sent = made.sent
    seen = read(kafka.client(), topic)
    assert audit(seen, sent) == SOUND
    assert {decode(one.value)["device"] == one.key for one in seen} == {True}


def test_the_secure_listener_takes_records_too(kafka: Any, registry: Any) -> None:
    topic = kafka.create_topic("secure", retention_ms="-1")
    with rig({**kafka.environment("sasl_tls"), **registry.environment()}, topic) as made:
        made.put("cpu-1", 20)
        made.drained()
        sent = made.sent
    assert audit(read(kafka.client("sasl_tls"), topic), sent) == SOUND


# --- what cannot work says why, and nothing is delivered ---


def refused(environment: dict[str, str], said: str, topic: str = "refused", **options: Any) -> str:
    with rig(environment, topic, form=JSON, **options) as made:
        made.put("cpu-1", 10)
        problem = made.says(said)
        tries = made.pump._state.complaints.count
        started = time.monotonic()
        wait_until(lambda: time.monotonic() - started > 1.0, 5, "a second")
        # bounded: a client in trouble comes back at most every 100 ms, and every 2 s in the long run
        assert made.pump._state.complaints.count - tries <= 40
        assert made.sink.books.totals().acked == 0
        assert made.sink.depth == 10
        assert made.sink.books.totals().holds
        return problem


def test_a_wrong_password_is_told(kafka: Any, capfd: Any) -> None:
    wrong = {**kafka.environment("sasl_tls"), "KAFKA_CLUSTER_SECRET": "plant-7f3a"}
    problem = refused(wrong, "(_AUTHENTICATION)")
    out, err = capfd.readouterr()
    assert "plant-7f3a" not in problem + out + err


def test_a_host_that_nobody_answers_at_is_told(kafka: Any, fault_proxy: Callable[..., Any]) -> None:
    proxy = fault_proxy("127.0.0.1", kafka.port)
    proxy.refuse()
    refused({"KAFKA_BROKER_SETTINGS": f"{proxy.host}:{proxy.port}"}, "(_TRANSPORT)")


def test_a_name_that_is_none_is_told() -> None:
    refused({"KAFKA_BROKER_SETTINGS": "no-such-host.invalid:9092"}, "(_RESOLVE)")


def test_an_expired_certificate_is_told(kafka: Any) -> None:
    environment = {**kafka.environment("tls"), "KAFKA_BROKER_SETTINGS": kafka.tls_expired}
    assert "(_SSL)" in refused(environment, "certificate has expired")


def test_an_authority_nobody_knows_is_told(kafka: Any, certificates: Any) -> None:
    environment = {**kafka.environment("tls"), "DATA_SIMULATOR_KAFKA_CA_FILE": str(certificates.other_ca)}
    assert "(_SSL)" in refused(environment, "unable to get local issuer certificate")


def test_a_denied_topic_is_told_and_another_flows(kafka: Any) -> None:
    topic = kafka.create_topic("partly.cpu", retention_ms="-1")
    denied = kafka.create_topic("partly.raspberry-pi")
    kafka.deny_writes(denied)
    with rig(kafka.environment("sasl"), "partly", form=JSON, topic_template="{topic}.{kind}") as made:
        made.put("pi-1", 5, kind="raspberry-pi")
        assert denied in made.says("(TOPIC_AUTHORIZATION_FAILED)")
        made.put("cpu-1", 50)
        wait_until(lambda: made.sink.books.of("cpu-1").acked == 50, 20, "the other topic flows")
        assert made.sink.books.of("pi-1").acked == 0
        assert made.sink.depth == 5
    assert audit(read(kafka.client(), topic), {"cpu-1": 50}, 1) == SOUND
    assert read(kafka.client(), denied) == []


# --- topics: made on request, looked at before anything is sent ---


def test_topics_are_made_on_request_and_old_data_is_warned_of(kafka: Any) -> None:
    wanted = {"partitions": 5, "retention_s": 3600}
    with rig(kafka.environment(), "made-old", form=JSON, create_topics=wanted) as made:
        made.put("cpu-1", 5)
        made.drained()
        assert len(kafka.end_offsets("made-old")) == 5
        assert [text for text in made.sink.warnings if "3600 s" in text and "made-old" in text]
        assert len(made.sink.warnings) == 1
    forever = {"partitions": 2, "retention_s": "forever"}
    with rig(kafka.environment(), "made-kept", form=JSON, create_topics=forever) as made:
        made.put("cpu-1", 5)
        made.drained()
        assert made.sink.warnings == []
    with rig(kafka.environment(), "made-badly", form=JSON, create_topics={"replication": 3}) as made:
        made.put("cpu-1", 1)
        wait_until(lambda: bool(made.sink.warnings), 20, "a warning")
        assert "made-badly could not be created" in made.sink.warnings[0]


# --- faults on the way ---


def spoiled(kafka: Any, topic: str, **options: Any) -> Audit:
    """Load while the connection is cut, again and again, when records are sent and answers are not there yet."""
    kafka.proxy.heal()
    kafka.create_topic(topic, 3, retention_ms="-1")
    with rig(kafka.environment("proxied"), topic, form=JSON, linger_ms=0, batch=20, **options) as made:
        made.put("cpu-0")
        made.drained()
        kafka.proxy.latency(40)
        for cut in range(12):
            for device in range(4):
                made.put(f"cpu-{device}", 100)
            since = made.sink.books.totals().acked
            wait_until(lambda since=since: made.sink.books.totals().acked > since, 20, f"progress before cut {cut}")  # type: ignore[misc]
            kafka.proxy.reset()
        kafka.proxy.heal()
        made.drained(60)
        assert made.sink.renewals == 0 or options.get("transactional")
        sent = made.sent
        found = audit(read(kafka.client(), topic), sent, 1)
        wait_until(lambda: found.duplicates <= made.sink.resent, 5, "as many counted as there are")
    return found


def test_cut_connections_neither_lose_nor_double_nor_disorder(kafka: Any) -> None:
    assert spoiled(kafka, "cuts") == SOUND


def test_without_idempotence_the_same_cuts_show_duplicates(kafka: Any) -> None:
    found = spoiled(kafka, "cuts-careless", idempotent=False)
    assert found.lost == 0
    assert found.duplicates > 0


def test_transactions_are_read_once_whatever_is_cut(kafka: Any) -> None:
    found = spoiled(kafka, "cuts-transactional", transactional=True)
    assert found == SOUND


def test_a_silent_broker_is_told_of_and_forgiven(own_kafka: Callable[[], Any]) -> None:
    broker = own_kafka()
    topic = broker.create_topic("silent", retention_ms="-1")
    with rig(broker.environment(), topic, form=JSON) as made:
        made.put("cpu-1", 10)
        made.drained()
        broker.stop()
        try:
            made.put("cpu-1", 100)
            made.says("(", 60)
            assert made.sink.books.totals().acked == 10
        finally:
            broker.cont()
        made.drained(60)
        sent = made.sent
        assert audit(read(broker.client(), topic), sent, 1) == SOUND
        broker.kill()
        made.put("cpu-1", 100)
        made.says("(_TRANSPORT)")
        broker.start()
        made.drained(60)
        sent = made.sent
    found = audit(read(broker.client(), topic), sent, 1)
    assert (found.lost, found.inversions) == (0, 0)


# --- the process is killed ---

_CHILD = """
import sys
from pathlib import Path
from tests.actors.sinks.kafka_rig import Rig
made = Rig({"KAFKA_BROKER_SETTINGS": sys.argv[1], "KAFKA_SCHEMA_ENDPOINT": sys.argv[2]}, sys.argv[3],
           folder=Path(sys.argv[4]))
made.sink.lane.prepare()
for device, mark in made.sink.lane.high_water().items():
    made.sent[device] = mark.sequence + 1
made.start()
print("at", min(made.sent.values(), default=0), flush=True)
while True:
    for device in ("cpu-1", "cpu-2", "cpu-3"):
        made.put(device, 20)
    made.accepted()
    print("at", made.sent["cpu-3"], flush=True)
"""


def said(child: Any) -> int:
    """The next number that the child says; it logs to the same place."""
    for line in child.stdout:
        if line.startswith("at "):
            return int(line.removeprefix("at "))
    raise AssertionError("the child has ended by itself")


@pytest.mark.timeout(170)
def test_a_killed_process_goes_on_where_it_stood(kafka: Any, tmp_path: Path) -> None:
    registry = start_registry()
    topic = kafka.create_topic("killed", 3, retention_ms="-1")
    accepted = 0
    try:
        for turn in range(6):
            command = [sys.executable, "-c", _CHILD, kafka.plain, registry.url, topic, str(tmp_path)]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
                begun = said(child)
                assert begun >= accepted  # what was accepted is not said again
                for _ in range(5 + 7 * turn):
                    accepted = said(child)
                child.kill()
        last = Rig(
            {"KAFKA_BROKER_SETTINGS": kafka.plain, "KAFKA_SCHEMA_ENDPOINT": registry.url}, topic, folder=tmp_path
        )
        last.sink.lane.prepare()  # type: ignore[union-attr]
        marks = last.sink.lane.high_water()  # type: ignore[union-attr]
        last.start()
        last.drained()
        totals = last.sink.books.totals()
        last.stop()
        last.sink.abandon()
        assert last.sink.close()
    finally:
        registry.close()
    sent = {device: mark.sequence + 1 for device, mark in marks.items()}
    assert min(sent.values()) >= accepted
    assert totals.holds
    assert totals.acked == totals.accepted == sum(sent.values())
    found = audit(read(kafka.client(), topic), sent)
    assert (found.lost, found.inversions) == (0, 0)
