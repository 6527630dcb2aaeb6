"""The parts of the MQTT sink that need no broker: topics, the wire, who calls when, what the options allow."""

import socket
from collections.abc import Iterator
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

import pytest

from actors.sinks._mqtt.calls import Calls
from actors.sinks._mqtt.load import Load
from actors.sinks._mqtt.options import MqttOptions
from actors.sinks._mqtt.outcomes import Outcomes
from actors.sinks._mqtt.parcels import Packer, Parcel
from actors.sinks._mqtt.plan import Plan, target_of
from actors.sinks._mqtt.session import Session
from actors.sinks._mqtt.templates import check_template, filled
from actors.sinks._mqtt.wire import Wire
from actors.sinks.base import Surroundings
from actors.sinks.mqtt import SINK
from engine.clock import FakeWall
from schemas.formats.json import FORMAT
from schemas.settings import Settings
from tests.actors.sinks.mqtt_rig import frame
from tests.contracts.formats import fault

SECOND = 10**9


def plan(**options: Any) -> Plan:
    settings = Settings.load({"MQTT_HOST": "127.0.0.1", "MQTT_TOPIC": "t"})
    chosen = MqttOptions.model_validate(options)
    target = target_of(settings, chosen)
    assert target is not None
    return Plan("out", target, chosen, "run")


@pytest.mark.parametrize("template", ["{topic}/{device}/{sensor}", "plant/{kind}/{device}", "one"])
def test_templates_of_topics(template: str) -> None:
    assert check_template(template, ("topic", "device", "sensor", "kind")) == template


@pytest.mark.parametrize(
    "template", ["{topic}/+", "{topic}/#", "a//b", "/a", "a/", "$SYS/a", "{nobody}", "{topic", "a\0b", "x" * 70_000]
)
def test_templates_that_are_none(template: str) -> None:
    with pytest.raises(ValueError, match="allowed"):
        check_template(template, ("topic", "device"))


@pytest.mark.parametrize("name", ["a/b", "a+", "#", "", "a\0"])
def test_a_name_cannot_make_another_topic_of_it(name: str) -> None:
    with pytest.raises(ValueError, match="level"):
        filled("{topic}/{device}", topic="a/b", device=name)


def test_topics_and_payloads_of_a_frame() -> None:
    options = MqttOptions()
    packer = Packer(FORMAT, "t", options.templates, per_reading=True, header=lambda what: what.encode())
    messages = packer.messages(frame("pi-1", 7, ("temperature", "fan")))
    assert [topic for topic, _ in messages] == ["t/pi-1/temperature", "t/pi-1/fan"]
    assert all(payload.startswith(b'reading{"device":"pi-1"') for _, payload in messages)


@pytest.mark.parametrize(
    ("id", "topic"),
    [
        ("pi-1/fan-bearing/0", "t-faults/pi-1/fan-bearing/0"),
        ("hot", "t-faults/pi-1/hot"),
        ("pi-2/dust/0", "t-faults/pi-1/pi-2/dust/0"),
    ],
)
def test_each_fault_has_a_topic_and_its_newest_record_is_retained(id: str, topic: str) -> None:
    packer = Packer(FORMAT, "t", MqttOptions().templates, per_reading=True, header=lambda what: what.encode())
    record = fault(device="pi-1")._replace(id=id)
    ((where, payload),) = packer.messages(record)
    assert where == topic
    assert payload.startswith(b'fault{"device":"pi-1"')


@pytest.mark.parametrize("id", ["pi-1/a//b", "pi-1/#", "a+b", "", "pi-1/"])
def test_a_fault_cannot_make_another_topic_of_it(id: str) -> None:
    packer = Packer(FORMAT, "t", MqttOptions().templates, per_reading=True)
    with pytest.raises(ValueError, match="level"):
        packer.messages(fault(device="pi-1")._replace(id=id))


class Published:
    """A client that keeps what it is told to publish."""

    def __init__(self) -> None:
        self.retained: list[tuple[str, bool]] = []
        self.wire = SimpleNamespace(unsent=0)

    def publish(self, topic: str, _payload: bytes, _qos: int, retain: bool) -> Any:
        self.retained.append((topic, retain))
        return SimpleNamespace(mid=len(self.retained))


@pytest.mark.parametrize("retain", [False, True])
@pytest.mark.parametrize("retain_faults", [False, True])
@pytest.mark.parametrize("able", [0, 1])
def test_records_of_faults_are_retained_where_the_broker_can(retain: bool, retain_faults: bool, able: int) -> None:
    session = Session(plan(retain=retain, retain_faults=retain_faults, status=False), "", Outcomes())
    session.client = client = cast(Any, Published())
    session.welcome({"RetainAvailable": able}, 0)
    session.queue.extend([Parcel(1, frame("pi-1", 0, ("temperature",))), Parcel(2, fault(device="pi-1"))])
    session.fill(Packer(FORMAT, "t", MqttOptions().templates, per_reading=True), 0)
    assert client.retained == [
        ("t/pi-1/temperature", retain),
        ("t-faults/pi-1/fan-bearing/0", retain_faults and bool(able)),
    ]


@pytest.mark.parametrize(
    "bad",
    [
        {"payload": "frame", "topic_template": "{topic}/{sensor}"},
        {"connection": "per-device", "client_id": "me"},
        {"client_id": "{device}"},
        {"protocol": "3.1.1", "session": "persistent", "qos": 2},
        {"qos": 3},
        {"window": 101},
        {"connect_rate": 501},
        {"hosts": "x"},
    ],
)
def test_options_that_do_not_go_together(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))[:4]):
        MqttOptions.model_validate(bad)


def test_client_ids() -> None:
    assert plan().client_id("") == "out-run"
    assert plan(session="persistent").client_id("") == "out"
    assert plan(connection="per-device").client_id("pi-1") == "pi-1"
    assert plan(connection="per-device", client_id="{sink}-{device}").client_id("pi-1") == "out-pi-1"


@pytest.fixture
def pair() -> Iterator[tuple[Wire, socket.socket]]:
    mine, other = socket.socketpair(socket.AF_UNIX)
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    server, _ = listener.accept()
    for one in (mine, other, listener):
        one.close()
    client.setblocking(False)
    wire = Wire(client)
    yield wire, server
    wire.close()
    server.close()


def test_the_wire_sends_what_it_holds_in_one_go(pair: tuple[Wire, socket.socket]) -> None:
    wire, other = pair
    assert wire.send(b"abc") == 3
    assert wire.send(b"def") == 3
    assert wire.unsent == 6
    assert wire.flush()
    assert other.recv(100) == b"abcdef"


def test_the_wire_reads_in_stretches_and_says_what_is_left(pair: tuple[Wire, socket.socket]) -> None:
    wire, other = pair
    with pytest.raises(BlockingIOError):
        wire.recv(1)
    other.sendall(b"abcdef")
    while not wire.unread:
        try:
            assert wire.recv(1) == b"a"
        except BlockingIOError:
            continue
    assert wire.recv(2) == b"bc"
    assert wire.unread
    assert wire.recv(9) == b"def"
    assert not wire.unread


def test_the_wire_keeps_what_the_network_does_not_take(pair: tuple[Wire, socket.socket]) -> None:
    wire, other = pair
    sent = b"x" * 20_000_000
    wire.send(sent)
    assert not wire.flush()
    assert 0 < wire.unsent < len(sent)
    wire.kill()
    assert not wire.flush()
    assert wire.recv(1) == b""
    other.setblocking(False)


def test_a_wire_that_was_cut_says_nothing_more(pair: tuple[Wire, socket.socket]) -> None:
    wire, other = pair
    wire.send(b"goodbye")
    wire.kill()
    wire.close()
    assert other.recv(100) == b""


class _Reached(Calls):
    """Calls without threads: who was called when."""

    def __init__(self, rate: int) -> None:
        super().__init__("test", rate, lambda: None)
        self.called: list[Session] = []

    def dial(self, session: Session) -> None:
        session.state = "connecting"
        self.called.append(session)


def test_connections_begin_no_faster_than_the_ramp() -> None:
    calls = _Reached(500)
    sessions = [Session(plan(connection="per-device"), f"pi-{n}", Outcomes()) for n in range(1000)]
    for session in sessions:
        calls.schedule(session, 0)
    begun = []
    for tick in range(0, 3000, 10):
        calls.begin(SECOND + tick * 1_000_000)
        begun.append(len(calls.called))
    assert calls.called == sessions
    assert begun[100] <= 515  # a second, and the slack of 20 ms
    assert begun[100] >= 480
    assert all(later - earlier <= 11 for earlier, later in pairwise(begun))


def test_pauses_grow_up_to_twenty_seconds_and_differ() -> None:
    calls = _Reached(500)
    pauses = []
    for attempt in range(1, 12):
        for number in range(50):
            session = Session(plan(connection="per-device"), f"pi-{attempt}-{number}", Outcomes())
            session.attempts = attempt
            calls.again(session, 0)
            pauses.append((attempt, calls._due.pop()[0] / SECOND))
    for attempt in range(1, 12):
        mine = [pause for number, pause in pauses if number == attempt]
        assert all(1 <= pause <= min(20, 2**attempt) for pause in mine)
        assert len(set(mine)) > 40
    assert max(pause for _, pause in pauses) > 18


def test_a_session_that_was_given_another_turn_is_called_once() -> None:
    calls = _Reached(500)
    session = Session(plan(), "", Outcomes())
    calls.schedule(session, 0)
    calls.schedule(session, 5 * SECOND)
    calls.begin(SECOND)
    assert calls.called == []
    calls.begin(6 * SECOND)
    assert calls.called == [session]


def test_what_was_not_acknowledged_stands_in_line_again_where_it_stood() -> None:
    load = Load(plan(), Outcomes())
    parcels = [Parcel(row, frame("pi-1", row)) for row in range(4)]
    for parcel in parcels:
        parcel.messages = [(f"t/{parcel.row}/{place}", b"") for place in range(3)]
        parcel.left = 3
    first, second, third, fourth = parcels
    first.sent = second.sent = 3
    first.left = 1  # two of its messages were acknowledged
    third.sent = 1
    load.flight = {1: (first, 2), 2: (second, 0), 3: (second, 1), 4: (second, 2), 5: (third, 0)}
    load.queue.extend([third, fourth])
    load.take_back()
    assert list(load.queue) == parcels
    assert [topic for topic, _ in first.messages or []] == ["t/0/2"]
    assert [topic for topic, _ in third.messages or []] == ["t/2/0", "t/2/1", "t/2/2"]
    assert [parcel.left for parcel in parcels] == [1, 3, 3, 3]
    assert not load.flight
    assert load.allowed == 1


def test_a_loop_that_stands_is_said_to() -> None:
    wall = FakeWall()
    settings = Settings.load({"MQTT_HOST": "127.0.0.1", "MQTT_PORT": "1"})
    sink = SINK.build(MqttOptions(spool="none"), Surroundings("out", wall=wall, settings=settings))
    pump = sink.pump(1, lambda: None)
    pump.start()
    try:
        sink.lane.put(frame("pi-1", 0))
        assert sink.problem == ""
        wall.now_ns += 11 * SECOND
        assert "stood for 11 s" in sink.problem
    finally:
        pump.fail()
        sink.abandon()
