"""The real brokers of the tests themselves: they start, answer on every listener, end and come back."""

import json
import ssl
import subprocess
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from confluent_kafka import KafkaError, Producer

from tests.brokers.certificates import Certificates
from tests.brokers.fixtures import MakeMosquitto
from tests.brokers.installed import program
from tests.brokers.kafka import Kafka
from tests.brokers.mosquitto import Mosquitto
from tests.brokers.registry import Registry


def publish(broker: Mosquitto, topic: str, text: str, *more: str) -> "subprocess.CompletedProcess[str]":
    command = [program("mosquitto_pub") or "", "-V", "5", "-h", "localhost", "-p", str(broker.port), "-q", "1"]
    if broker.ca:
        command += ["--cafile", str(broker.ca)]
    return subprocess.run([*command, "-t", topic, "-m", text, *more], capture_output=True, text=True, timeout=20)


def test_mosquitto_takes_what_is_published(mosquitto: Mosquitto) -> None:
    assert publish(mosquitto, "here", "1").returncode == 0


def test_mosquitto_speaks_tls(mosquitto_tls: Mosquitto, certificates: Certificates) -> None:
    assert publish(mosquitto_tls, "here", "1").returncode == 0
    refused = publish(mosquitto_tls, "here", "1", "--cafile", str(certificates.other_ca))
    assert refused.returncode != 0


def test_mosquitto_wants_a_password(mosquitto_password: Mosquitto) -> None:
    assert "not authorized" in publish(mosquitto_password, "here", "1").stderr.lower()
    known = ("-u", mosquitto_password.username or "", "-P", mosquitto_password.password or "")
    assert publish(mosquitto_password, "here", "1", *known).returncode == 0
    assert "not authorized" in publish(mosquitto_password, "denied/x", "1", *known).stderr.lower()


def test_mosquitto_wants_a_certificate(mosquitto_mutual_tls: Mosquitto, certificates: Certificates) -> None:
    shown = ("--cert", str(certificates.client_cert), "--key", str(certificates.client_key))
    assert publish(mosquitto_mutual_tls, "here", "1", *shown).returncode == 0
    assert publish(mosquitto_mutual_tls, "here", "1").returncode != 0


def test_an_expired_certificate_is_seen(own_mosquitto: MakeMosquitto) -> None:
    broker = own_mosquitto(expired=True)
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        ssl.get_server_certificate(("127.0.0.1", broker.port), ca_certs=str(broker.ca))


def test_mosquitto_comes_back_on_the_same_port_with_what_it_kept(own_mosquitto: MakeMosquitto) -> None:
    broker = own_mosquitto(persistence=True)
    assert publish(broker, "kept", "still here", "-r").returncode == 0
    port, first = broker.port, broker.pid
    broker.restart()
    assert (broker.port, broker.running) == (port, True)
    assert broker.pid != first
    listen = [program("mosquitto_sub") or "", "-p", str(port), "-t", "kept", "-C", "1", "-W", "10"]
    assert subprocess.run(listen, capture_output=True, text=True).stdout == "still here\n"


@pytest.mark.parametrize("listener", ["plain", "sasl", "tls", "sasl_tls", "proxied"])
def test_kafka_takes_records_on_every_listener(kafka: Kafka, listener: str) -> None:
    topic = f"by-{listener}"
    failures: list[Any] = []
    producer = Producer(kafka.client(listener))
    for number in range(10):
        producer.produce(topic, b"%d" % number, b"key", on_delivery=lambda error, _: failures.append(error))
    assert producer.flush(30) == 0
    assert failures == [None] * 10
    assert [record.value for record in kafka.records(topic, 10)] == [b"%d" % number for number in range(10)]
    assert sum(kafka.end_offsets(topic).values()) == 10


@pytest.mark.parametrize(
    ("listener", "setting", "value", "code"),
    [
        ("sasl", "sasl_password", "wrong", KafkaError._AUTHENTICATION),
        ("sasl_tls", "sasl_password", "wrong", KafkaError._AUTHENTICATION),
        ("tls_expired", "client_id", "me", KafkaError._SSL),
    ],
)
def test_kafka_refuses_the_wrong_ones(kafka: Kafka, listener: str, setting: str, value: str, code: int) -> None:
    assert code in errors(kafka.client(listener, **{setting: value}))


def test_an_unknown_authority_is_seen(kafka: Kafka, certificates: Certificates) -> None:
    assert KafkaError._SSL in errors(kafka.client("tls", ssl_ca_location=str(certificates.other_ca)))


def errors(config: dict[str, Any]) -> set[int]:
    """Codes of the errors that a producer is told of within some seconds, up to the first that says why."""
    seen: set[int] = set()
    producer = Producer({**config, "error_cb": lambda error: seen.add(error.code())})
    producer.produce("nowhere", b"1")
    for _ in range(100):
        if seen & {KafkaError._AUTHENTICATION, KafkaError._SSL}:
            break
        producer.poll(0.1)
    producer.purge()
    return seen


def test_a_topic_can_be_denied_to_one_user(kafka: Kafka) -> None:
    topic = kafka.create_topic("forbidden", 1)
    kafka.deny_writes(topic)
    reports: list[Any] = []
    for listener in ("sasl", "plain"):
        producer = Producer(kafka.client(listener))
        producer.produce(topic, b"1", on_delivery=lambda error, _: reports.append(error and error.code()))
        producer.flush(30)
    assert reports == [KafkaError.TOPIC_AUTHORIZATION_FAILED, None]


def test_kafka_comes_back_after_a_kill_with_all_it_confirmed(own_kafka: Callable[[], Kafka]) -> None:
    broker = own_kafka()
    producer = Producer(broker.client())
    producer.produce("kept", b"1")
    assert producer.flush(30) == 0
    broker.kill()
    assert not broker.running
    broker.start()
    assert [record.value for record in broker.records("kept", 1)] == [b"1"]


def test_the_registry_speaks_confluents_language(registry: Registry) -> None:
    def post(path: str, schema: str) -> tuple[int, Any]:
        request = Request(f"{registry.url}{path}", json.dumps({"schema": schema}).encode(), method="POST")
        request.add_header("Content-Type", "application/vnd.schemaregistry.v1+json")
        try:
            with urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)

    old = '{"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}]}'
    status, first = post("/subjects/r-value/versions", old)
    assert status == 200
    assert post("/subjects/r-value/versions", old)[1]["id"] == first["id"]
    with urlopen(f"{registry.url}/schemas/ids/{first['id']}", timeout=10) as answer:
        assert json.loads(json.load(answer)["schema"])["name"] == "R"
    assert post("/subjects/r-value/versions", "no schema")[0] == 422
