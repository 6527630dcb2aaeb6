"""Chaos over the API: steps from now, a dry run that names who is hit, how it stands, one call that ends it."""

from typing import Any

from tests.api.rest.house import House, house

STEPS: Any = {
    "timeline": [
        {"at": "0s", "do": "pause", "on": {"count": 2}, "for": "30s", "name": "nap"},
        {"at": "2s", "do": "set-parameter", "on": {"groups": ["pi"]}, "parameter": "room_temperature_c", "value": 40},
        {"when": {"state": "paused"}, "do": "stop", "on": {"ids": ["cpu-0001"]}},
    ]
}


def in_turn(there: House, method: str, path: str, body: Any = None) -> Any:
    """A request whose answer needs the fleet's thread, which is this one."""
    return there.call(method, path, body)


def test_a_dry_run_names_whom_the_steps_then_hit() -> None:
    with house() as there:
        planned = there.call("POST", "/v1/chaos/steps?dry_run=true", STEPS)
        assert planned.status_code == 200, planned.text
        nap = planned.json["items"][0]
        assert (nap["do"], nap["at"], len(nap["devices"])) == ("pause", "0s", 2)
        assert planned.json["items"][-1]["when"] == "any state paused"
        assert there.get("/v1/chaos")["state"] == "quiet"
        begun = there.call("POST", "/v1/chaos/steps", STEPS)
        assert begun.status_code == 201, begun.text
        there.live(0.5)
        status = there.get("/v1/chaos")
        assert status["state"] == "in-force"
        assert status["victims"] == nap["devices"]
        assert {held["what"] for held in status["held"]} == {"pause"}
        there.live(4)
        whats = {held["what"] for held in there.get("/v1/chaos")["held"]}
        assert whats == {"pause", "parameter", "stop"}


def test_one_call_ends_and_undoes_everything() -> None:
    with house() as there:
        there.call("POST", "/v1/chaos/steps", STEPS)
        there.live(5)
        ended = there.call("POST", "/v1/chaos/abort", {"reason": "enough"})
        assert ended.status_code == 200, ended.text
        there.live(45)
        status = there.get("/v1/chaos")
        assert (status["state"], status["reason"], status["victims"]) == ("over", "enough", [])
        states = {memory.state.value for memory in there.simulation.fleet.devices.values()}
        assert states <= {"running", "throttled", "degraded"}
        again = there.call("POST", "/v1/chaos/steps", {"timeline": [{"at": "1s", "do": "pause", "on": "all"}]})
        assert again.status_code == 201
        there.live(2)
        assert len(there.get("/v1/chaos")["victims"]) == 5


def test_mistakes_are_named_by_their_place() -> None:
    with house() as there:
        wrong = there.call("POST", "/v1/chaos/steps", {"timeline": [{"at": "1s", "do": "paus", "on": "all"}]})
        assert wrong.status_code == 422
        assert "timeline[0].do" in wrong.text
        nobody = {"timeline": [{"at": "1s", "do": "pause", "on": {"ids": ["pi-9999"]}}]}
        assert there.call("POST", "/v1/chaos/steps", nobody).status_code == 422
        assert there.call("POST", "/v1/chaos/steps", {"timeline": []}).status_code == 422
        assert there.call("POST", "/v1/chaos/steps", {"timeline": [{}], "fleet": []}).status_code == 422
