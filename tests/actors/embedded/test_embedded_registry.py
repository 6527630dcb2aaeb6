"""The embedded registry, through the stock client of Confluent's and by plain HTTP."""

import json
import socket
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
import urllib3
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext

from actors.embedded.registry import server, store
from actors.embedded.registry.server import EmbeddedRegistry
from actors.embedded.registry.store import MOST_CHARACTERS
from tests.actors.embedded.patience import until


def record(*fields: dict[str, Any]) -> str:
    return json.dumps({"type": "record", "name": "Reading", "fields": list(fields)})


VALUE = {"name": "value", "type": "double"}
UNIT = {"name": "unit", "type": "string"}
ONE = record(VALUE)
INCOMPATIBLE = record(VALUE, UNIT)
NEXT = record(VALUE, {**UNIT, "default": ""})


@pytest.fixture
def registry() -> Iterator[EmbeddedRegistry]:
    with ExitStack() as stack:
        started = EmbeddedRegistry()
        stack.callback(started.close)
        yield started


@pytest.fixture
def stock(registry: EmbeddedRegistry) -> SchemaRegistryClient:
    return SchemaRegistryClient({"url": registry.url, "timeout": 10})


class Plain:
    """HTTP without a client that knows better."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.pool = urllib3.PoolManager(retries=False, timeout=10.0)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **headers}
        answer = self.pool.request(method, f"{self.url}/{path}", body=data, headers=headers)
        return answer.status, json.loads(answer.data)


@pytest.fixture
def plain(registry: EmbeddedRegistry) -> Iterator[Plain]:
    made = Plain(registry.url)
    yield made
    made.pool.clear()


def refused(status: int, code: int, text: str = "") -> Any:
    return pytest.raises(SchemaRegistryError, match=rf"{text}.*HTTP status code {status}, SR code {code}")


def test_the_stock_serializers_register_and_read(stock: SchemaRegistryClient) -> None:
    context = SerializationContext("telemetry", MessageField.VALUE)
    data = AvroSerializer(stock, ONE)({"value": 42.5}, context)
    assert data is not None
    assert data[:5] == b"\x00\x00\x00\x00\x01"
    assert AvroDeserializer(stock)(data, context) == {"value": 42.5}


def test_versions_are_kept_and_found(stock: SchemaRegistryClient) -> None:
    assert stock.register_schema("telemetry-value", Schema(ONE, "AVRO")) == 1
    assert stock.register_schema("telemetry-value", Schema(NEXT, "AVRO")) == 2
    assert stock.get_subjects() == ["telemetry-value"]
    assert stock.get_versions("telemetry-value") == [1, 2]
    assert stock.get_latest_version("telemetry-value").version == 2
    assert stock.get_version("telemetry-value", 1).schema.schema_str == ONE
    found = stock.lookup_schema("telemetry-value", Schema(NEXT, "AVRO"))
    assert (found.subject, found.version, found.schema_id) == ("telemetry-value", 2, 2)
    assert stock.get_schema(1).schema_str == ONE


def test_an_incompatible_schema_is_refused_and_changes_nothing(stock: SchemaRegistryClient) -> None:
    stock.register_schema("telemetry-value", Schema(ONE, "AVRO"))
    with refused(409, 409, "incompatible with an earlier schema.*unit"):
        stock.register_schema("telemetry-value", Schema(INCOMPATIBLE, "AVRO"))
    assert stock.get_versions("telemetry-value") == [1]


def test_compatibility_can_be_asked_for_and_set(stock: SchemaRegistryClient) -> None:
    stock.register_schema("telemetry-value", Schema(ONE, "AVRO"))
    assert stock.get_compatibility() == "BACKWARD"
    assert not stock.test_compatibility("telemetry-value", Schema(INCOMPATIBLE, "AVRO"))
    assert stock.test_compatibility("telemetry-value", Schema(NEXT, "AVRO"))
    with refused(404, 40408):
        stock.get_compatibility("telemetry-value")
    stock.set_compatibility("telemetry-value", "none")
    assert stock.get_compatibility("telemetry-value") == "NONE"
    assert stock.register_schema("telemetry-value", Schema(INCOMPATIBLE, "AVRO")) == 2
    stock.set_compatibility(level="FULL_TRANSITIVE")
    assert stock.get_compatibility() == "FULL_TRANSITIVE"
    with refused(422, 42203):
        stock.set_compatibility("telemetry-value", "SIDEWAYS")


def test_the_same_schema_has_one_id_however_it_is_written(stock: SchemaRegistryClient) -> None:
    pretty = json.dumps(json.loads(ONE), indent=4)
    assert stock.register_schema("a-value", Schema(ONE, "AVRO")) == 1
    assert stock.register_schema("b-value", Schema(pretty, "AVRO")) == 1
    assert stock.register_schema("a-value", Schema(pretty, "AVRO")) == 1
    assert stock.get_versions("a-value") == [1]
    assert stock.get_subjects_by_schema_id(1) == ["a-value", "b-value"]
    assert [(one.subject, one.version) for one in stock.get_schema_versions(1)] == [("a-value", 1), ("b-value", 1)]


def test_json_schemas_are_named_as_such_and_no_avro(stock: SchemaRegistryClient) -> None:
    stock.register_schema("j-value", Schema('{"type": "object"}', "JSON"))
    assert stock.get_schema(1).schema_type == "JSON"
    with refused(409, 409, "the earlier schema is JSON, this one is AVRO"):
        stock.register_schema("j-value", Schema(ONE, "AVRO"))
    with refused(422, 42201, "PROTOBUF"):
        stock.register_schema("p-value", Schema("message M {}", "PROTOBUF"))


def test_a_subject_is_deleted_softly_and_then_for_good(stock: SchemaRegistryClient, plain: Plain) -> None:
    stock.register_schema("t-value", Schema(ONE, "AVRO"))
    stock.register_schema("t-value", Schema(NEXT, "AVRO"))
    assert plain("DELETE", "subjects/t-value?permanent=true")[1]["error_code"] == 40405
    assert plain("DELETE", "subjects/t-value") == (200, [1, 2])
    assert plain("DELETE", "subjects/t-value")[1]["error_code"] == 40404
    assert plain("GET", "subjects") == (200, [])
    assert plain("GET", "subjects?deleted=true") == (200, ["t-value"])
    assert plain("GET", "schemas/ids/1")[0] == 200, "what was written with it can still be read"
    assert plain("DELETE", "subjects/t-value?permanent=true") == (200, [1, 2])
    assert plain("GET", "schemas/ids/1")[1]["error_code"] == 40403
    assert plain("GET", "subjects?deleted=true") == (200, [])


def test_a_version_is_deleted_alone_and_its_number_not_given_again(stock: SchemaRegistryClient, plain: Plain) -> None:
    stock.register_schema("t-value", Schema(ONE, "AVRO"))
    stock.register_schema("t-value", Schema(NEXT, "AVRO"))
    assert plain("DELETE", "subjects/t-value/versions/2?permanent=true")[1]["error_code"] == 40407
    assert plain("DELETE", "subjects/t-value/versions/latest") == (200, 2)
    assert plain("GET", "subjects/t-value/versions") == (200, [1])
    assert plain("DELETE", "subjects/t-value/versions/2?permanent=true") == (200, 2)
    assert plain("GET", "subjects/t-value/versions/2")[1]["error_code"] == 40402


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "subjects/none/versions", None, 404, 40401),
        ("DELETE", "subjects/none", None, 404, 40401),
        ("POST", "subjects/none", {"schema": ONE}, 404, 40401),
        ("POST", "subjects/there", {"schema": NEXT}, 404, 40403),
        ("GET", "subjects/there/versions/2", None, 404, 40402),
        ("GET", "subjects/there/versions/zero", None, 422, 42202),
        ("GET", "subjects/there/versions/0", None, 422, 42202),
        ("GET", f"subjects/there/versions/{'9' * 5000}", None, 422, 42202),
        ("GET", "schemas/ids/99", None, 404, 40403),
        ("POST", "subjects/there/versions", {}, 422, 42201),
        ("POST", "subjects/there/versions", {"schema": 3}, 422, 42201),
        ("POST", "subjects/there/versions", {"schema": "{"}, 422, 42201),
        ("POST", "subjects/there/versions", {"schema": '"blob"'}, 422, 42201),
        ("POST", "subjects/there/versions", {"schema": "[" * 100_000}, 422, 42201),
        ("POST", "subjects/there/versions", {"schema": " " * (MOST_CHARACTERS + 1)}, 422, 42201),
        ("POST", "subjects/there/versions", {"schema": ONE, "references": [{"name": "r"}]}, 422, 42201),
        ("POST", "subjects/there/versions", [], 422, 422),
        ("POST", "subjects/there/versions", b"no json", 400, 400),
        ("POST", "subjects/there/versions", b"[" * 100_000, 400, 400),
        ("POST", "subjects/there/versions", b"", 400, 400),
        ("PUT", "config", {"compatibility": 3}, 422, 42203),
        ("POST", "subjects/there/versions", b" " * (3 << 20), 413, 413),
        ("GET", "no/such/path", None, 404, 404),
        ("PATCH", "subjects", None, 405, 405),
    ],
)
def test_errors_have_confluents_codes(
    stock: SchemaRegistryClient, plain: Plain, method: str, path: str, body: Any, status: int, code: int
) -> None:
    stock.register_schema("there", Schema(ONE, "AVRO"))
    found, answer = plain(method, path, body)
    assert (found, answer["error_code"]) == (status, code)
    assert answer["message"]


@pytest.mark.parametrize(
    ("media_type", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("application/vnd.schemaregistry+json", 200),
        ("application/vnd.schemaregistry.v1+json", 200),
        # what a form on a web page of somebody else's could send
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
    ],
)
def test_only_what_is_called_json_is_taken(plain: Plain, media_type: str, status: int) -> None:
    found, answer = plain("POST", "subjects/t-value/versions", {"schema": ONE}, **{"Content-Type": media_type})
    assert (found, answer.get("error_code", 200)) == (status, status)


def test_the_small_doors(plain: Plain) -> None:
    plain("POST", "subjects/t-value/versions", {"schema": ONE})
    assert plain("GET", "") == (200, {})
    assert plain("GET", "schemas/types") == (200, ["AVRO", "JSON"])
    assert plain("GET", "mode") == plain("GET", "mode/t-value") == (200, {"mode": "READWRITE"})
    assert plain("GET", "schemas/ids/1/schema") == (200, json.loads(ONE))
    assert plain("GET", "subjects/t-value/versions/latest/schema") == (200, json.loads(ONE))
    assert plain("GET", "subjects/t-value/versions/1/referencedby") == (200, [])
    assert plain("GET", "subjects?subjectPrefix=u") == (200, [])
    assert plain("GET", "config/t-value?defaultToGlobal=true") == (200, {"compatibilityLevel": "BACKWARD"})
    assert plain("POST", "compatibility/subjects/new/versions", {"schema": ONE}) == (200, {"is_compatible": True})
    said = plain("POST", "compatibility/subjects/t-value/versions?verbose=true", {"schema": INCOMPATIBLE})[1]
    assert not said["is_compatible"]
    assert "unit" in said["messages"][0]
    plain("PUT", "config/t-value", {"compatibility": "FULL"})
    assert plain("DELETE", "config/t-value") == (200, {"compatibilityLevel": "FULL"})
    assert plain("DELETE", "config") == (200, {"compatibilityLevel": "BACKWARD"})


@pytest.mark.usefixtures("frequent_switches")
def test_many_that_register_at_once_agree_on_ids_and_versions() -> None:
    memory = store.Store()
    memory.set_level(None, "NONE")
    schemas = [store.Schema(record({"name": f"f{i % 50}", "type": "int"}), "AVRO") for i in range(200)]
    with ThreadPoolExecutor(8) as pool:
        ids = [made.id for made in pool.map(lambda schema: memory.register("s", schema), schemas)]
    assert sorted(set(ids)) == list(range(1, 51))
    assert all(ids[i] == ids[i % 50] for i in range(200))
    assert [version.number for version in memory.versions("s")] == list(range(1, 51))


@pytest.fixture
def frequent_switches() -> Iterator[None]:
    """Threads take turns a thousand times as often, which brings out what is not locked."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(before)


def test_it_does_not_grow_without_end(plain: Plain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST", 2)
    schemas = [record({"name": f"f{i}", "type": "int"}) for i in range(3)]
    found = [plain("POST", f"subjects/s{i}/versions", {"schema": schemas[i]})[0] for i in range(3)]
    assert found == [200, 200, 500]
    assert plain("POST", "subjects/s0/versions", {"schema": schemas[0]}) == (200, {"id": 1})
    plain("DELETE", "subjects/s0")
    plain("DELETE", "subjects/s0?permanent=true")
    assert plain("POST", "subjects/s2/versions", {"schema": schemas[2]}) == (200, {"id": 3})


def test_it_hangs_and_fails_on_request(registry: EmbeddedRegistry, plain: Plain) -> None:
    registry.fail(503, times=2)
    assert [plain("GET", "subjects")[0] for _ in range(3)] == [503, 503, 200]
    registry.hang()
    answers: list[int] = []
    waiting = threading.Thread(target=lambda: answers.append(Plain(registry.url)("GET", "subjects")[0]))
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()
    registry.release()
    waiting.join(10)
    assert answers == [200]


def test_with_a_user_others_are_turned_away() -> None:
    registry = EmbeddedRegistry(user=("pi", "se:cret"))
    plain = Plain(registry.url)
    assert plain("GET", "subjects")[1]["error_code"] == 401
    assert plain("GET", "subjects", Authorization="Basic ü")[0] == 401
    right = SchemaRegistryClient({"url": registry.url, "basic.auth.user.info": "pi:se:cret"})
    assert right.get_subjects() == []
    plain.pool.clear()
    registry.close()


def test_too_many_connections_are_closed_and_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 3)
    registry = EmbeddedRegistry()
    port = int(registry.url.rpartition(":")[2])
    idle = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(3)]
    late = socket.create_connection(("127.0.0.1", port), 5)
    assert late.recv(1) == b""
    for link in (*idle, late):
        link.close()
    plain = Plain(registry.url)
    until(lambda: answers(plain))
    plain.pool.clear()
    registry.close()


def answers(plain: Plain) -> bool:
    try:
        return plain("GET", "subjects") == (200, [])
    except urllib3.exceptions.HTTPError:
        return False


def test_a_closed_registry_is_gone(registry: EmbeddedRegistry) -> None:
    registry.close()
    registry.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(registry.url.rpartition(":")[2])), 1)


def test_it_says_nothing(registry: EmbeddedRegistry, plain: Plain, capfd: pytest.CaptureFixture[str]) -> None:
    plain("GET", "subjects")
    plain("GET", "nowhere")
    port = int(registry.url.rpartition(":")[2])
    for rude in (b"", b"GET", b"\x16\x03\x01 no HTTP\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", port), 5) as link:
            link.sendall(rude)
    plain("GET", "subjects")
    registry.close()
    assert capfd.readouterr() == ("", "")
