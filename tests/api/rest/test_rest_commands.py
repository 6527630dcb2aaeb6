"""Commands over REST: the words of scenarios, one device and many, dry runs, operations, faults, settings, repeats."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from api.limits import ApiLimits
from api.operations import Operation, Operations
from api.problems import ApiProblem
from schemas.scenario.steps import STEPS
from tests.api.rest.house import House, house


@pytest.fixture
def home() -> Iterator[House]:
    with house() as made:
        yield made


def finish(home: House, location: str) -> dict[str, Any]:
    """Live until an operation is over."""
    for _ in range(500):
        operation: dict[str, Any] = home.get(location)
        if operation["state"] != "running":
            return operation
        home.live(0.01)
    raise AssertionError(operation)


def test_a_command_is_carried_out_and_a_refusal_says_why(home: House) -> None:
    path = "/v1/devices/pi-0001/commands"
    assert home.call("POST", path, {"do": "pause"}).json == {"do": "pause", "device": "pi-0001", "detail": ""}
    assert home.get("/v1/devices/pi-0001")["state"] == "paused"
    again = home.call("POST", path, {"do": "pause"})
    assert again.status_code == 409
    assert "a device that is paused cannot pause; possible now: " in again.json["detail"]


def test_what_is_for_a_while_ends_by_itself(home: House) -> None:
    home.call("POST", "/v1/devices/pi-0001/commands", {"do": "pause", "for": "5s"})
    home.live(4)
    assert home.get("/v1/devices/pi-0001")["state"] == "paused"
    home.live(2)
    assert home.get("/v1/devices/pi-0001")["state"] == "running"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"do": "pause", "at": "3s"}, "at"),
        ({"do": "pause", "on": "all"}, "on"),
        ({"do": "inject-fault", "sensor": "temprature", "fault": "stuck"}, "sensor"),
        ({"do": "inject-fault", "sensor": "power", "fault": "stuk"}, "fault"),
        ({"do": "inject-fault", "sensor": "power", "fault": "spike", "parameters": {"x": 1}}, "parameters.x"),
        ({"do": "set-interval", "interval": 5}, "interval"),
        ({"do": "inject-wear", "mode": "dust", "damage": 2}, "damage"),
        ({"do": "dance"}, "do"),
        ({}, "do"),
        ({"do": "crash", "sink": "nowhere"}, "sink"),
    ],
)
def test_a_mistake_is_told_by_its_path(home: House, body: dict[str, Any], path: str) -> None:
    result = home.call("POST", "/v1/devices/pi-0001/commands", body)
    assert result.status_code == 422
    assert path in [error["path"] for error in result.json["errors"]]


def test_every_word_of_a_scenario_can_be_said_to_a_device_or_is_refused_by_the_device_itself(home: House) -> None:
    extra: dict[str, dict[str, Any]] = {
        "set-parameter": {"parameter": "demand_factor", "value": 0.5},
        "set-interval": {"interval": "2s"},
        "inject-fault": {"sensor": "power", "fault": "stuck"},
        "inject-wear": {"mode": "dust", "damage": 0.1},
    }
    for word in STEPS:
        result = home.call("POST", "/v1/devices/cpu-0002/commands", {"do": word, **extra.get(word, {})})
        assert result.status_code in (200, 409, 422), (word, result.text)
        if result.status_code == 422:
            # a word that needs more than this test says, or is not about a device
            assert result.json["errors"], word
        home.live(3)


def test_the_api_sends_the_very_commands_that_a_scenario_does() -> None:
    """The same faults at the same instants, by a timeline and by the API, and the devices say the same."""
    step = "{at: 3s, do: inject-fault, on: all, sensor: power, fault: spike, id: f, for: 4s}"
    text = "version: 1\npace: max\nfleet: [{kind: cpu, count: 3, phase: aligned}]\nsinks: [{kind: 'null'}]\n"
    with house(f"{text}timeline: [{step}]\n", seconds=0) as by_timeline, house(text, seconds=0) as by_api:
        by_timeline.live(20)
        by_api.live(3)
        body = {"do": "inject-fault", "on": "all", "sensor": "power", "fault": "spike", "id": "f", "for": "4s"}
        location = by_api.call("POST", "/v1/commands", body).headers["location"]
        for _ in range(300):
            by_api.live(0)
            if by_api.get(location)["state"] == "done":
                break
            threading.Event().wait(0.01)
        by_api.live(17)
        assert by_api.simulation.fleet.digests() == by_timeline.simulation.fleet.digests()


# --- many ---


def test_a_dry_run_names_who_would_be_hit_and_nothing_happens(home: House) -> None:
    body = {"do": "pause", "on": {"labels": {"site": "berlin"}}}
    dry = home.call("POST", "/v1/commands?dry_run=true", body)
    assert dry.json == {"do": "pause", "devices": ["pi-0001", "pi-0002", "pi-0003"], "count": 3}
    home.live(1)
    assert {device["state"] for device in home.get("/v1/devices")["items"]} == {"running"}


@pytest.mark.parametrize("name", [None, "another-lot"])
def test_a_dry_run_draws_the_lots_that_the_real_one_draws(home: House, name: str | None) -> None:
    body = {"do": "inject-fault", "on": {"count": 2}, "sensor": "power", "fault": "stuck"}
    if name:
        body["name"] = name
    hit = home.call("POST", "/v1/commands?dry_run=true", body).json["devices"]
    finish(home, home.call("POST", "/v1/commands", body).headers["location"])
    assert sorted({fault["device"] for fault in home.get("/v1/faults")["items"]}) == sorted(hit)


def test_a_dry_run_of_what_the_timeline_plays_is_exact_too(home: House) -> None:
    body = {"do": "set-interval", "on": {"count": 2}, "interval": "10s", "for": "1m"}
    hit = home.call("POST", "/v1/commands?dry_run=true", body).json["devices"]
    assert len(hit) == 2
    finish(home, home.call("POST", "/v1/commands", body).headers["location"])
    home.live(1)
    slow = [each["device"] for each in home.get("/v1/sensors?sensor=power")["items"] if each["interval"] == "10s"]
    assert slow == sorted(hit)


def test_an_operation_tells_its_progress_and_its_refusals(home: House) -> None:
    home.call("POST", "/v1/devices/pi-0002/commands", {"do": "pause"})
    result = home.call("POST", "/v1/commands", {"do": "pause", "on": {"groups": ["pi"]}})
    assert result.status_code == 202
    assert result.headers["location"] == f"/v1/operations/{result.json['id']}"
    operation = finish(home, result.headers["location"])
    assert (operation["state"], operation["total"], operation["done"], operation["refused_count"]) == ("done", 3, 3, 1)
    assert operation["refused"][0]["device"] == "pi-0002"
    assert "paused cannot pause" in operation["refused"][0]["reason"]
    assert [each["id"] for each in home.get("/v1/operations")["items"]] == [operation["id"]]


@pytest.mark.parametrize(
    ("on", "path"),
    [
        ({"groups": ["no"]}, "on.groups[0]"),
        ({"ids": ["pi-0001", "no"]}, "on.ids[1]"),
        ({"kinds": ["no"]}, "on.kinds[0]"),
        ({"labels": {"site": "rome"}}, "on"),
        ({"percent": 0}, "on.percent"),
        ({"percent": 5, "count": 2}, "on"),
        ("everyone", "on"),
    ],
)
def test_a_selector_that_selects_nobody_is_a_mistake(home: House, on: Any, path: str) -> None:
    result = home.call("POST", "/v1/commands", {"do": "pause", "on": on})
    assert result.status_code == 422
    assert [error["path"] for error in result.json["errors"]] == [path]


def wait(operation: Operation) -> None:
    operation.cancel.wait(30)


def test_only_some_operations_at_once_and_one_can_be_cancelled() -> None:
    operations = Operations(2, 3)
    started = [Operation("x", "me", 1) for _ in range(2)]
    for operation in started:
        operations.start(operation, wait)
    with pytest.raises(ApiProblem) as refused:
        operations.start(Operation("x", "me", 1), lambda it: None)
    assert refused.value.status == 429
    assert refused.value.headers["Retry-After"]
    operations.cancel_all()
    assert all(operation.over.wait(5) for operation in started)
    for _ in range(10):
        done = Operation("x", "me", 0)
        operations.start(done, lambda it: None)
        assert done.over.wait(5)
    assert len(operations.all()) <= 4


def test_an_operation_that_cannot_reach_the_fleet_has_failed(home: House) -> None:
    with house(limits=ApiLimits()) as other:
        location = other.call("POST", "/v1/commands", {"do": "pause", "on": "all"}).headers["location"]
        finish(other, location)
    failed = Operation("x", "me", 1)
    Operations(1, 1).start(failed, lambda it: (_ for _ in ()).throw(RuntimeError("inside")))
    assert failed.over.wait(5)
    assert (failed.state, "inside" in failed.problem) == ("failed", False)


def test_what_cannot_be_written_down_is_unavailable_and_not_an_error_of_the_program(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(home.simulation, "send", full)
    result = home.call("POST", "/v1/devices/pi-0001/commands", {"do": "pause"})
    assert result.status_code == 503
    assert result.headers["retry-after"] == "10"
    assert "space" not in result.text


# --- faults ---


def test_a_fault_is_injected_shown_and_cleared(home: House) -> None:
    body = {"sensor": "temperature", "fault": "stuck", "parameters": {"value": 99.0}, "for": "1m"}
    made = home.call("POST", "/v1/devices/pi-0001/faults", body)
    assert made.status_code == 201
    location = made.headers["location"]
    assert location == "/v1/faults/pi-0001%2Ftemperature%2F0"
    assert home.get(location) == made.json == home.get("/v1/faults")["items"][0]
    assert made.json["parameters"] == {"value": 99.0}
    home.live(2)
    assert home.get("/v1/devices/pi-0001")["readings"]["temperature"] == 99.0
    assert home.get("/v1/truth?q=pi-0001")["items"][0]["faults"] == ["pi-0001/temperature/0"]
    assert home.call("DELETE", location).status_code == 204
    assert home.call("GET", location).status_code == 404
    assert home.call("DELETE", location).status_code == 404
    assert home.get("/v1/devices/pi-0001/faults")["total"] == 0


def test_a_named_fault_on_many_devices_is_one_for_each(home: House) -> None:
    body = {"do": "inject-fault", "on": {"groups": ["pi"]}, "sensor": "power", "fault": "stuck", "id": "mine"}
    finish(home, home.call("POST", "/v1/commands", body).headers["location"])
    ids = [fault["id"] for fault in home.get("/v1/faults")["items"]]
    assert ids == ["pi-0001/mine", "pi-0002/mine", "pi-0003/mine"]
    assert home.call("DELETE", "/v1/faults/pi-0002/mine").status_code == 204
    assert home.get("/v1/faults?sensor=power&limit=1")["total"] == 2


@pytest.mark.parametrize("id", ["x", "pi-0001/x", "nobody/power/0", "pi-0001/", "%2F", "pi-0001/power/0/1"])
def test_a_fault_that_is_not_there(home: House, id: str) -> None:
    assert home.call("GET", f"/v1/faults/{id}").status_code == 404


# --- wear, sensors, settings ---


def test_wear_and_repair(home: House) -> None:
    home.call("POST", "/v1/devices/cpu-0001/wear", {"mode": "fan-bearing", "damage": 0.9})
    home.live(1)
    assert home.get("/v1/devices/cpu-0001")["health"] < 0.2
    assert home.call("POST", "/v1/devices/cpu-0001/repair", {"mode": "fan-bearing"}).status_code == 200
    assert home.call("POST", "/v1/devices/cpu-0001/repair").status_code == 200
    home.live(1)
    assert home.get("/v1/devices/cpu-0001")["health"] == 1
    assert home.call("POST", "/v1/devices/pi-0001/wear", {"mode": "fan-bearing", "damage": 0.9}).status_code == 409
    assert home.call("POST", "/v1/devices/pi-0001/wear", {"do": "x", "mode": "dust", "damage": 1}).status_code == 422


def test_a_sensor_has_an_interval_of_its_own(home: House) -> None:
    path = "/v1/devices/pi-0001/sensors/load"
    assert home.get(path)["interval"] == "1s"
    assert home.call("PATCH", path, {"interval": "250ms"}).json["interval"] == "250ms"
    assert home.get("/v1/devices/pi-0001")["intervals"]["load"] == "250ms"
    assert home.get("/v1/sensors?device=pi-0001&sensor=load")["items"][0]["interval"] == "250ms"
    assert home.call("PATCH", path, {"interval": "0s"}).status_code == 422
    assert home.call("PATCH", "/v1/devices/pi-0001/sensors/x", {"interval": "1s"}).status_code == 404


def test_settings_are_changed_together_and_only_on_top_of_what_was_read(home: House) -> None:
    first = home.call("GET", "/v1/devices/pi-0001").headers["etag"]
    body = {"interval": "2s", "intervals": {"load": "1s"}, "parameters": {"room_temperature_c": 33.5}}
    changed = home.call("PATCH", "/v1/devices/pi-0001", body, If_Match=first)
    assert changed.status_code == 200
    assert changed.json["intervals"] == {**dict.fromkeys(changed.json["intervals"], "2s"), "load": "1s"}
    settable = {each["name"]: each["value"] for each in changed.json["settable"]}
    assert settable["room_temperature_c"] == 33.5
    assert home.call("PATCH", "/v1/devices/pi-0001", {"interval": "1s"}, If_Match=first).status_code == 412
    second = changed.headers["etag"]
    assert home.call("PATCH", "/v1/devices/pi-0001", {"interval": "1s"}, If_Match=f'"x", {second}').status_code == 200
    assert home.call("PATCH", "/v1/devices/pi-0001", {"interval": "1s"}, If_Match="*").status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"interval": None}, 422),
        ({"parameters": {"nothing": 1}}, 422),
        ({"intervals": {"nothing": "1s"}}, 422),
        ({"intervals": {"power": 1}}, 422),
        ({"parameters": {"room_temperature_c": 1000}}, 422),
        ({"parameters": {"fan_duty": 1}}, 409),
        ({"state": "failed"}, 422),
    ],
)
def test_settings_that_cannot_be(home: House, body: dict[str, Any], status: int) -> None:
    assert home.call("PATCH", "/v1/devices/pi-0001", body).status_code == status


def test_what_is_known_already_is_not_sent_again(home: House) -> None:
    for path in ("/v1/devices/pi-0001", "/v1/devices", "/v1/clock", "/v1/sinks/nowhere", "/v1/kinds"):
        tag = home.call("GET", path).headers["etag"]
        for header in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = home.call("GET", path, If_None_Match=header)
            assert (again.status_code, again.text, again.headers["etag"]) == (304, "", tag)
        assert home.call("GET", path, If_None_Match='"other"').status_code == 200
    tag = home.call("GET", "/v1/devices/pi-0001").headers["etag"]
    home.live(1)
    assert home.call("GET", "/v1/devices/pi-0001", If_None_Match=tag).status_code == 200


# --- repeats ---


def test_a_request_that_is_repeated_is_done_once(home: House) -> None:
    path, body = "/v1/devices/pi-0001/faults", {"sensor": "power", "fault": "stuck"}
    first = home.call("POST", path, body, Idempotency_Key="a")
    again = home.call("POST", path, body, Idempotency_Key="a")
    assert (again.status_code, again.json, again.headers["location"]) == (201, first.json, first.headers["location"])
    assert again.headers["idempotency-replayed"] == "true"
    assert home.get("/v1/faults")["total"] == 1
    other = home.call("POST", path, {**body, "fault": "drift"}, Idempotency_Key="a")
    assert other.status_code == 422
    assert other.json["errors"][0]["path"] == "Idempotency-Key"
    assert home.call("POST", path, body, Idempotency_Key="b").status_code == 201
    assert home.get("/v1/faults")["total"] == 2


def test_a_request_that_failed_may_be_tried_again_with_its_key(home: House) -> None:
    path = "/v1/devices/pi-0001/commands"
    assert home.call("POST", path, {"do": "resume"}, Idempotency_Key="a").status_code == 409
    home.call("POST", path, {"do": "pause"})
    assert home.call("POST", path, {"do": "resume"}, Idempotency_Key="a").status_code == 200


@pytest.mark.parametrize("key", ["", "a b", "\xe9", "x" * 129, "a\tb"])
def test_a_key_that_is_none(home: House, key: str) -> None:
    result = home.call("POST", "/v1/devices/pi-0001/commands", {"do": "pause"}, Idempotency_Key=key)
    assert result.status_code == 422


# --- clock, fleets ---


def test_the_clock_is_paused_stepped_and_paced(home: House) -> None:
    assert home.call("POST", "/v1/clock/step", {"for": "1s"}).status_code == 409
    assert home.call("PATCH", "/v1/clock", {"paused": True}).json["paused"] is True
    before = home.get("/v1/clock")
    dispatcher = home.simulation.dispatcher
    dispatcher.advance(10 * 10**9)
    dispatcher.run()
    after = home.get("/v1/clock")
    assert after["simulated_s"] == before["simulated_s"] + 10
    assert after["frames"] == before["frames"] + 50
    assert home.call("PATCH", "/v1/clock", {"pace": 10}).json["pace"] == 10
    assert home.call("PATCH", "/v1/clock", {"pace": "max", "paused": False}).json["pace"] == "max"
    for body in ({}, {"pace": 0}, {"pace": "fast"}, {"pace": -1}, {"paused": "yes"}, {"pace": True}):
        assert home.call("PATCH", "/v1/clock", body).status_code == 422


def test_a_group_is_counted_together(home: House) -> None:
    home.call("POST", "/v1/devices/pi-0001/commands", {"do": "pause"})
    group = home.get("/v1/fleets/pi")
    assert (group["count"], group["states"], group["labels"]) == (3, {"paused": 1, "running": 2}, {"site": "berlin"})
    assert [each["name"] for each in home.get("/v1/fleets")["items"]] == ["cpu", "pi"]
    assert home.get("/v1/fleets/cpu")["health_min"] < 0.7
    assert home.call("GET", "/v1/fleets/none").status_code == 404


def test_the_books_of_a_sink_hold(home: House) -> None:
    sink = home.get("/v1/sinks/nowhere")
    assert (
        sink["frames"]["accepted"]
        == sink["frames"]["acked"]
        == sum(each["frames"]["accepted"] for each in home.get("/v1/sinks/nowhere/books?limit=500")["items"])
    )
    assert home.call("GET", "/v1/sinks/none/books").status_code == 404


def test_scenarios_are_shown_and_checked(home: House) -> None:
    names = [each["name"] for each in home.get("/v1/scenarios?limit=500")["items"]]
    assert "default" in names
    text = home.get("/v1/scenarios/minimal")["text"]
    good = home.call("POST", "/v1/scenarios/check", {"text": text}).json
    assert (good["valid"], good["problems"]) == (True, [])
    bad = home.call("POST", "/v1/scenarios/check", {"text": "version: 1\nfleet: [{kind: cpuu}]"}).json
    assert bad["problems"][0]["path"] == "fleet[0].kind"
    assert bad["problems"][0]["line"] == 2
    file = home.call("POST", "/v1/scenarios/check", {"text": f"{text}\nsinks: [{{kind: file, options: {{path: /x}}}}]"})
    assert file.json["problems"][0]["path"] == "sinks[0].options.path"
