"""The Kafka sink against librdkafka's mock cluster and the embedded registry: order, outages, refusals, waiting."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaError

from actors.embedded.kafka import start_kafka
from actors.embedded.registry import start_registry
from actors.families import format_word
from actors.sinks._kafka.care import FEW, GROUP, TRIES, Care
from actors.sinks._kafka.carrier import Carrier
from actors.sinks._kafka.doubts import EXPIRY_NS, Doubts
from actors.sinks._kafka.plan import NO_CLUSTER, NO_REGISTRY
from actors.sinks._kafka.pump import KafkaPump
from actors.sinks._kafka.routes import Route
from actors.sinks._kafka.scout import Keeping
from actors.sinks._kafka.state import State
from actors.sinks._kafka.troubles import Complaints
from actors.sinks.kafka import SINK
from engine.clock import FakeWall, WallClock
from schemas.formats.json import FORMAT as JSON
from schemas.formats.json_schema import FORMAT as JSON_SCHEMA
from schemas.quantities import QUANTITIES
from schemas.scenario import SinkSpec
from tests.actors.sinks.kafka_rig import SENSORS, T0, Audit, Decoder, Rig, audit, frame, read, rig, truth
from tests.brokers.processes import wait_until

TOPIC_AUTHORIZATION_FAILED = 29
INVALID_RECORD = 87
SOUND = Audit(0, 0, 0)


@pytest.fixture
def kafka() -> Iterator[Any]:
    handle = start_kafka({"t": 3, "t.truth": 3})
    yield handle
    handle.close()


@pytest.fixture
def registry() -> Iterator[Any]:
    handle = start_registry()
    yield handle
    handle.close()


@pytest.fixture
def environment(kafka: Any, registry: Any) -> dict[str, str]:
    return {"KAFKA_BROKER_SETTINGS": kafka.bootstrap, "KAFKA_SCHEMA_ENDPOINT": registry.url}


def client(kafka: Any) -> dict[str, str]:
    return {"bootstrap.servers": kafka.bootstrap}


# --- what is on the topic ---


def test_every_reading_is_a_record_that_conforms_to_its_registered_schema(
    kafka: Any, registry: Any, environment: dict[str, str]
) -> None:
    decode = Decoder(registry.url)
    with rig(environment, "t") as made:
        for _ in range(50):
            for device in ("cpu-1", "cpu-2", "cpu-3"):
                made.put(device)
        made.drained()
        assert made.sink.books.totals().acked == 150
        assert made.sink.books.totals().holds
        wait_until(lambda: made.sink.problem == "", 10, "no reason any more")
        sent = made.sent
    seen = read(client(kafka), "t")
    assert audit(seen, sent) == SOUND
    assert len({one.partition for one in seen if one.key == "cpu-1"}) == 1
    for one in seen:
        record = decode(one.value)
        assert record["device"] == one.key
        assert str(record["sequence"]) == one.headers["sequence"]
        assert one.time_ms == record["time_ns"] // 1_000_000 == T0 // 1_000_000 + record["sequence"] * 1000 + 123
        assert one.headers == {**one.headers, "run": made.sink.run, "epoch": "1", "content": "reading"}
    assert [decode(one.value)["sensor"] for one in seen if one.key == "cpu-2"] == list(QUANTITIES) * 50


def test_frames_and_truths_have_their_own_records(kafka: Any, registry: Any, environment: dict[str, str]) -> None:
    decode = Decoder(registry.url)
    with rig(environment, "t", payload="frame") as made:
        for sequence in range(5):
            made.put_one(frame("cpu-1", sequence))
            made.put_one(truth("cpu-1", sequence))
        made.drained()
        assert (made.sink.books.totals().acked, made.sink.truth_books.totals().acked) == (5, 5)
    frames, truths = read(client(kafka), "t"), read(client(kafka), "t.truth")
    assert [len(decode(one.value)["readings"]) for one in frames] == [SENSORS] * 5
    assert [decode(one.value)["state"] for one in truths] == ["running"] * 5
    assert [one.headers["content"] for one in (*frames, *truths)] == ["frame"] * 5 + ["truth"] * 5


def test_json_needs_no_registry_and_is_a_record_for_each_frame(kafka: Any) -> None:
    with rig({"KAFKA_BROKER_SETTINGS": kafka.bootstrap}, "t", form=JSON) as made:
        made.put("cpu-1", 3)
        made.drained()
    assert [json.loads(one.value)["sequence"] for one in read(client(kafka), "t")] == [0, 1, 2]


def test_json_schema_is_framed_as_well(kafka: Any, environment: dict[str, str]) -> None:
    with rig(environment, "t", form=JSON_SCHEMA) as made:
        made.put("cpu-1", 2)
        made.drained()
    seen = read(client(kafka), "t")
    assert {one.value[0] for one in seen} == {0}
    assert [json.loads(one.value[5:])["part"] for one in seen] == [*range(SENSORS)] * 2


def test_each_kind_has_its_topic_when_asked(kafka: Any, environment: dict[str, str]) -> None:
    with rig(environment, "t", topic_template="{topic}.{kind}", payload="frame") as made:
        made.put("cpu-1", 2)
        made.put("pi-1", 3, kind="raspberry-pi")
        made.drained()
    assert [one.key for one in read(client(kafka), "t.cpu")] == ["cpu-1"] * 2
    assert [one.key for one in read(client(kafka), "t.raspberry-pi")] == ["pi-1"] * 3


def test_a_kind_that_no_topic_can_be_named_by_is_rejected_and_others_flow(environment: dict[str, str]) -> None:
    with rig(environment, "t", topic_template="{topic}.{kind}") as made:
        made.put_one(frame("odd", 0, kind="a kind"))
        made.put("cpu-1")
        made.drained()
        assert made.sink.books.totals().rejected == 1
        assert made.sink.books.totals().acked == 1
        assert "no topic for it" in made.sink.rejected[0].reason


def murmur2(data: bytes) -> int:
    """As Java's clients hash keys (org.apache.kafka.common.utils.Utils): 32 bits, seed 0x9747b28c."""
    m, mask = 0x5BD1E995, 0xFFFFFFFF
    h = 0x9747B28C ^ len(data)
    whole = len(data) // 4 * 4
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at : at + 4], "little") * m & mask
        h = (h * m & mask) ^ ((k ^ k >> 24) * m & mask)
    if rest := data[whole:]:
        h = (h ^ int.from_bytes(rest, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15


def test_devices_lie_in_the_partitions_that_java_would_choose(kafka: Any, environment: dict[str, str]) -> None:
    devices = [f"cpu-{number}" for number in range(20)]
    with rig(environment, "t", payload="frame") as made:
        for device in devices:
            made.put(device)
        made.drained()
    where = {one.key: one.partition for one in read(client(kafka), "t")}
    assert where == {device: (murmur2(device.encode()) & 0x7FFFFFFF) % 3 for device in devices}


# --- outages and errors ---


def test_an_outage_is_ridden_out_without_a_duplicate(kafka: Any, environment: dict[str, str]) -> None:
    with rig(environment, "t") as made:
        made.put("cpu-1", 20)
        made.drained()
        kafka.down()
        for _ in range(100):
            made.put("cpu-1")
            made.put("cpu-2")
        assert "127.0.0.1" in made.says("(_TRANSPORT)")
        assert made.sink.depth == 200
        assert made.sink.books.totals().acked == 20
        kafka.up()
        made.drained()
        wait_until(lambda: not made.sink.problem, 5, "no problem any more")
        assert made.sink.renewals == 0
        sent = made.sent
    found = audit(read(client(kafka), "t"), sent)
    assert (found.lost, found.inversions) == (0, 0)


def test_a_fatal_error_makes_a_new_producer_and_loses_nothing(kafka: Any, environment: dict[str, str]) -> None:
    with rig(environment, "t") as made:
        made.put("cpu-1", 10)
        made.drained()
        kafka.fail_next("Produce", [TOPIC_AUTHORIZATION_FAILED])
        made.put("cpu-1", 50)
        made.says("topic t: ")
        assert made.sink.books.totals().acked == 10
        made.drained()
        assert made.sink.renewals == 1
        wait_until(lambda: not made.sink.problem, 5, "no problem any more")
        sent = made.sent
    found = audit(read(client(kafka), "t"), sent)
    assert (found.lost, found.inversions) == (0, 0)


def test_a_denied_topic_does_not_keep_others_back(kafka: Any, environment: dict[str, str]) -> None:
    with rig(environment, "t", payload="frame") as made:
        kafka.fail_next("Produce", [TOPIC_AUTHORIZATION_FAILED])
        made.put_one(truth("cpu-1", 0))
        made.says("topic t.truth: ")
        made.put("cpu-1", 20)
        wait_until(lambda: made.sink.books.totals().acked == 20, 20, "frames delivered")
        made.drained()
        assert made.sink.truth_books.totals().acked == 1


def test_what_waits_for_a_denied_topic_is_sent_once_whatever_befalls_others(
    kafka: Any, environment: dict[str, str]
) -> None:
    with rig(environment, "t", payload="frame") as made:
        kafka.fail_next("Produce", [TOPIC_AUTHORIZATION_FAILED])
        made.put_one(truth("cpu-1", 0))
        made.says("topic t.truth: ")
        for sequence in range(1, 10):
            made.put_one(truth("cpu-1", sequence))
        made.put("cpu-1", 5)
        wait_until(lambda: made.sink.books.totals().acked == 5, 20, "frames delivered")
        kafka.fail_next("Produce", [INVALID_RECORD])
        made.put("cpu-1", 5)
        made.drained()
        assert made.sink.truth_books.totals().acked == made.sink.books.totals().acked == 10
    truths = read(client(kafka), "t.truth")
    assert [int(one.headers["sequence"]) for one in truths] == [*range(10)]


def test_a_record_that_is_refused_by_itself_is_rejected_and_others_flow(
    kafka: Any, environment: dict[str, str], tmp_path: Path
) -> None:
    with rig(environment, "t", payload="frame", folder=tmp_path) as made:
        made.put("warm-up")
        made.drained()
        kafka.fail_next("Produce", [INVALID_RECORD] * (TRIES + 1))  # one for the batch
        made.put("cpu-1")
        made.drained()
        made.put("cpu-2", 5)
        made.drained()
        assert made.sink.books.of("cpu-1").rejected == 1
        assert made.sink.books.of("cpu-2").acked == 5
        assert "INVALID_RECORD" in made.sink.rejected[0].reason
    lines = (tmp_path / "out.rejected.jsonl").read_text().splitlines()
    assert [json.loads(line)["device"] for line in lines] == ["cpu-1"]


def test_a_refusal_that_passes_rejects_nobody(kafka: Any, environment: dict[str, str]) -> None:
    with rig(environment, "t") as made:
        made.put("cpu-1")
        made.drained()
        kafka.fail_next("Produce", [INVALID_RECORD] * 2)
        made.put("cpu-1", 30)
        made.drained()
        assert made.sink.books.totals().acked == 31
        sent = made.sent
    assert audit(read(client(kafka), "t"), sent).lost == 0


def test_what_has_no_bytes_or_too_many_is_rejected_at_once(environment: dict[str, str], tmp_path: Path) -> None:
    with rig(environment, "t", folder=tmp_path, payload="frame", max_record_bytes=2_000) as made:
        made.put_one(frame("bad", 0, float("nan")))
        long = frame("long", 0)
        made.put_one(long._replace(readings=long.readings * 20))
        made.put("cpu-1", 10)
        made.drained()
        reasons = {one.device: one.reason for one in made.sink.rejected}
        assert reasons["bad"].startswith("NotEncodableError")
        assert "MSG_SIZE_TOO_LARGE" in reasons["long"]
        assert made.sink.books.of("cpu-1").acked == 10
        assert made.sink.renewals <= 3
        assert made.sink.books.totals().holds
    assert len((tmp_path / "out.rejected.jsonl").read_text().splitlines()) == 2


def test_a_full_queue_is_back_pressure(kafka: Any, environment: dict[str, str]) -> None:
    with rig(environment, "t", window=4) as made:
        made.put("cpu-1", 50)  # of six records each
        made.drained()
        sent = made.sent
    assert audit(read(client(kafka), "t"), sent) == SOUND


# --- the writer comes and goes ---


def test_a_successor_delivers_what_its_predecessor_did_not(kafka: Any, environment: dict[str, str]) -> None:
    with rig(environment, "t") as made:
        kafka.down()
        made.put("cpu-1", 50)
        made.says("(_TRANSPORT)")
        old = made.pump
        made.crash()
        kafka.up()
        made.start(2)
        made.drained()
        assert old.turn()  # closed: it does nothing
        sent = made.sent
    assert audit(read(client(kafka), "t"), sent).lost == 0


def test_a_replaced_writer_stops(environment: dict[str, str]) -> None:
    with rig(environment, "t") as made:
        made.put("cpu-1", 5)
        made.drained()
        first = made._thread
        old = made.pump
        made.start(2)
        first.join(5)
        assert not first.is_alive()
        old.fail()
        made.put("cpu-1", 5)
        made.drained()
        assert made.sink.books.totals().acked == 10


def test_a_stop_delivers_what_is_there(kafka: Any, environment: dict[str, str]) -> None:
    made = Rig(environment, "t").start()
    made.put("cpu-1", 200)
    made.stop()
    assert made.sink.depth == 0
    assert made.sink.abandon() == 0
    assert audit(read(client(kafka), "t"), made.sent) == SOUND


class Hasty(KafkaPump):
    """The sabotage: settles what it has handed over, not what is confirmed."""

    def _dispatch(self, works: Any, carrier: Any, parcel: Any) -> None:
        super()._dispatch(works, carrier, parcel)
        self._lane.confirm(self._pass, [parcel.row])  # type: ignore[arg-type]


@pytest.mark.parametrize("honest", [True, False])
def test_who_settles_before_the_confirmation_loses_records(
    kafka: Any, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, honest: bool
) -> None:
    if not honest:
        monkeypatch.setattr("actors.sinks.kafka.KafkaPump", Hasty)
    with rig(environment, "t") as made:
        made.put("cpu-1", 5)
        made.drained()
        kafka.down()
        made.put("cpu-1", 100)
        made.says("(_TRANSPORT)") if honest else made.drained()
        made.crash()
        kafka.up()
        made.start(2)
        made.drained()
        assert made.sink.books.totals().acked == 105
        sent = made.sent
    assert (audit(read(client(kafka), "t"), sent).lost == 0) is honest


# --- transactions ---


def test_transactions_show_each_record_once(kafka: Any, environment: dict[str, str]) -> None:
    with rig(environment, "t", transactional=True, batch=20) as made:
        for _ in range(5):
            made.put("cpu-1", 40)
            made.put("cpu-2", 10)
            made.drained()
        assert made.sink.books.totals().acked == 250
        sent = made.sent
    assert audit(read(client(kafka), "t"), sent) == SOUND


def test_a_transaction_that_is_not_committed_settles_nothing(
    kafka: Any, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.sinks._kafka.carrier.Carrier.commit", lambda _: False)
    with rig(environment, "t", transactional=True) as made:
        made.put("cpu-1", 10)
        wait_until(lambda: len(made.pump._uncommitted) == 10, 20, "all confirmed")
        assert made.sink.depth == 10
        assert made.sink.books.totals().acked == 0
        monkeypatch.undo()
        made.drained()


# --- schemas that are not known ---


def test_what_is_new_waits_for_the_registry_and_is_not_lost(kafka: Any) -> None:
    registry = start_registry()
    registry.fail(503, 2)
    try:
        with rig({"KAFKA_BROKER_SETTINGS": kafka.bootstrap, "KAFKA_SCHEMA_ENDPOINT": registry.url}, "t") as made:
            made.put("cpu-1", 10)
            assert "t-value" in made.says("waits")
            assert made.sink.books.totals().acked == 0
            made.drained()
            assert made.sink.problem == "" or not made.sink.depth
    finally:
        registry.close()


def test_what_has_waited_goes_first(kafka: Any) -> None:
    registry = start_registry()
    registry.fail(503, 1)
    made = Rig({"KAFKA_BROKER_SETTINGS": kafka.bootstrap, "KAFKA_SCHEMA_ENDPOINT": registry.url}, "t", batch=5)
    pump = made.sink.pump(1, lambda: None)
    pump.start()
    try:
        made.put("cpu-1", 100)
        wait_until(lambda: pump.turn_once() or pump._works.routes.parked() == 100, 20, "all parked")
        wait_until(lambda: pump._works.ids.problem is None, 20, "a schema that is known")
        made.put("cpu-1", 100)  # not drawn before the others may go
        made.accepted()
        wait_until(lambda: pump.turn_once() or not made.sink.depth, 20, "all delivered")
        assert audit(read(client(kafka), "t"), made.sent) == SOUND
    finally:
        pump.fail()
        made.sink.abandon()
        made.sink.close()
        registry.close()


def test_what_is_known_flows_while_the_registry_is_away_and_what_is_new_waits(kafka: Any, tmp_path: Path) -> None:
    registry = start_registry()
    environment = {"KAFKA_BROKER_SETTINGS": kafka.bootstrap, "KAFKA_SCHEMA_ENDPOINT": registry.url}
    with rig(environment, "t", folder=tmp_path) as made:
        made.put("cpu-1", 3)
        made.drained()
    registry.close()
    with rig(environment, "t", folder=tmp_path) as made:
        made.put_one(truth("cpu-1", 0))
        made.sent["cpu-1"] = 3
        made.put("cpu-1", 20)
        wait_until(lambda: made.sink.books.totals().acked >= 20, 20, "known ones delivered")
        assert "t.truth-value" in made.says("waits")
        assert made.sink.truth_books.totals().acked == 0
        sent = made.sent
    assert audit(read(client(kafka), "t"), sent).lost == 0


def test_a_schema_that_is_refused_rejects_its_records(kafka: Any) -> None:
    registry = start_registry()
    registry.fail(409, 1)
    try:
        with rig({"KAFKA_BROKER_SETTINGS": kafka.bootstrap, "KAFKA_SCHEMA_ENDPOINT": registry.url}, "t") as made:
            made.put("cpu-1", 3)
            made.drained()
            assert made.sink.books.totals().rejected == 3
            assert "refused" in made.sink.rejected[0].reason
    finally:
        registry.close()


def test_without_a_cluster_or_a_registry_it_says_so(kafka: Any) -> None:
    with rig({}, "t") as made:
        made.put("cpu-1")
        made.says(NO_CLUSTER)
    with rig({"KAFKA_BROKER_SETTINGS": kafka.bootstrap}, "t") as made:
        made.put("cpu-1")
        made.says(NO_REGISTRY)
        assert made.sink.books.totals().acked == 0


def test_a_file_that_is_no_authority_is_a_problem_and_no_crash(tmp_path: Path, environment: dict[str, str]) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("nothing")
    with rig(environment, "t", security_protocol="SSL", ca_file=str(path)) as made:
        made.put("cpu-1")
        made.says("ssl.ca.location")
        assert made.error is None


# --- options, care, warnings ---


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"topic": "a topic"}, "letters, digits"),
        ({"topic_template": "{topic}.{sensor}"}, "{topic}, {kind}"),
        ({"truth_template": "{topic"}, "single brace"),
        ({"transactional": True, "idempotent": False}, "idempotent"),
        ({"password": "x"}, "password"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match="validation error") as caught:
        SINK.options.model_validate(options)
    assert said in str(caught.value)


def test_files_of_tls_that_are_not_there_are_found_before_the_run() -> None:
    problems = SINK.prepare(SINK.options.model_validate({"ca_file": "/nowhere/ca.pem"}), False)
    assert [problem.path for problem in problems] == ["ca_file"]


def test_secrets_are_in_no_text_of_the_sink(environment: dict[str, str]) -> None:
    secrets = {"KAFKA_CLUSTER_KEY": "the-key-81", "KAFKA_CLUSTER_SECRET": "the-secret-82"}
    with rig({**environment, **secrets}, "t") as made:
        made.put("cpu-1")
        made.says("(")
        shown = repr((made.sink.problem, made.sink.options, vars(made.pump), vars(made.sink), made.pump._works))
    assert "the-secret-82" not in shown
    assert "the-key-81" not in shown


def test_care_narrows_down_to_the_one_that_is_refused() -> None:
    care = Care()
    assert care.most == 0
    rows = range(1, 201)
    assert care.refused(rows, final=False) is None
    assert care.most == GROUP
    care.passed(1)
    assert care.refused(range(1, GROUP + 1), final=False) is None
    assert care.most == 1
    care.passed(9)
    assert [care.refused([9], final=False) for _ in range(TRIES)] == [None] * (TRIES - 1) + [9]
    care.passed(GROUP + 1)
    assert care.most == GROUP
    care.passed(201)
    assert care.most == 0
    assert care.refused(range(FEW), final=False) is None
    assert care.most == 1
    assert care.refused([3], final=True) == 3


def test_records_that_will_not_last_are_warned_of_once() -> None:
    day_ms = 86_400_000
    route = Route("t", "reading", "", "")
    now_ns = 100 * day_ms * 1_000_000
    route.bound(Keeping(7 * day_ms, None, day_ms), now_ns)
    said: list[str] = []
    for time_ns in (now_ns, now_ns - 6 * day_ms * 10**6, now_ns + day_ms * 10**6 - 1):
        assert route.floor_ns <= time_ns <= route.ceiling_ns
    for time_ns in (now_ns - 8 * day_ms * 10**6, now_ns + 2 * day_ms * 10**6):
        assert not route.floor_ns <= time_ns <= route.ceiling_ns
        route.warn_of(time_ns, said.append)
        assert route.floor_ns <= time_ns <= route.ceiling_ns or len(said) == 1
    assert "keeps records for 604800 s" in said[0]
    assert "86400 s ahead" in said[1]
    assert len(said) == 2


def test_the_complaint_that_says_most_is_told_until_something_is_delivered() -> None:
    state = State(FakeWall())
    for code in (KafkaError._ALL_BROKERS_DOWN, KafkaError._AUTHENTICATION, KafkaError._TRANSPORT):
        state.complaints(KafkaError(code))
    assert "(_AUTHENTICATION)" in state.complaints.text
    assert state.complaints.grave
    state.delivered()
    assert state.complaints.text == ""
    assert not state.complaints.grave


def test_what_a_lost_connection_puts_in_doubt_is_counted_once() -> None:
    with carrier_to_nobody(idempotent=False) as careless, carrier_to_nobody(idempotent=True) as careful:
        doubts = Doubts()
        doubts.time_ns = WallClock.epoch_ns()
        assert doubts.after(0, 100, careless) == 0, "nothing was lost yet"
        assert doubts.after(1, 100, careful) == 0, "the cluster knows it again"
        assert doubts.after(2, 100, careless) == 100
        assert doubts.after(2, 120, careless) == 0
        assert doubts.after(3, 10, careless) == 20, "the others are the same as before"
        doubts.delivered(10)
        assert doubts.after(4, 5, careless) == 10
        doubts.delivered(5)
        doubts.time_ns -= 2 * EXPIRY_NS
        assert doubts.after(5, 7, careful) == 7, "a broker that starts again has forgotten who sent it"


@contextmanager
def carrier_to_nobody(*, idempotent: bool) -> Iterator[Carrier]:
    """A producer that has nobody to send to."""
    made = Carrier({"bootstrap.servers": "127.0.0.1:1", "enable.idempotence": idempotent, "log_level": 0}, Complaints())
    yield made
    made.discard()


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"kind": "kafka"}, "avro"),
        ({"kind": "kafka", "format": "json"}, "json"),
        ({"kind": "null"}, "json"),
    ],
)
def test_a_kafka_sink_has_avro_when_nothing_is_said(said: dict[str, Any], word: str) -> None:
    assert format_word(SinkSpec.model_validate(said)) == word
