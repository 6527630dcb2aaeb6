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


LIES: Any = {"timeline": [{"at": "1s", "do": "inject-fault", "sensor": "load", "fault": "stuck", "on": {"count": 1}}]}
NO_FAULTS: Any = {"name": "no-faults", "truth": "faults", "of": "sum", "at_most": 0}


def test_conditions_are_looked_at_and_change_nothing() -> None:
    with house() as there:
        there.live(1)
        body = {
            "conditions": [
                NO_FAULTS,
                {"state": "running", "on": {"ids": ["pi-0001"]}},
                {"metric": "frames", "below": 1},
            ]
        }
        looked = there.call("POST", "/v1/chaos/look", body)
        assert looked.status_code == 200, looked.text
        assert [(each["name"], each["holds"]) for each in looked.json["items"]] == [
            ("no-faults", True),
            ("any state running", True),
            ("metric frames below 1", False),
        ]
        assert not looked.json["holds"]
        assert looked.json["items"][0]["found"] == "0"
        assert there.get("/v1/chaos")["judged"] is False
        past = there.call("POST", "/v1/chaos/look", {"conditions": [{**NO_FAULTS, "for": "5s"}]})
        assert (past.status_code, "conditions[0].for" in past.text) == (422, True)
        wrong = there.call("POST", "/v1/chaos/look", {"conditions": [{"sensor": "temprature", "above": 1}]})
        assert (wrong.status_code, "Did you mean 'temperature'?" in wrong.text) == (422, True)


def test_steps_that_bring_expectations_are_judged_by_them_until_that_is_forgotten() -> None:
    expected = {
        "steady_state": [NO_FAULTS],
        "deviations": [{"name": "all-lie", "truth": "faults", "of": "sum", "at_least": 5}],
    }
    with house() as there:
        there.live(1)
        assert there.call("POST", "/v1/chaos/steps", {"timeline": [], "expectations": expected}).status_code == 201
        quiet = there.get("/v1/chaos")
        assert (quiet["judged"], quiet["checks"], quiet["unexpected"]) == (True, [], [])
        there.call("POST", "/v1/chaos/steps", LIES)
        there.live(5)
        status = there.get("/v1/chaos")
        assert status["unexpected"] == ["all-lie", "no-faults"]
        assert {key: value for key, value in status["checks"][0].items() if key != "detail"} == {
            "phase": "before",
            "name": "steady state before",
            "ok": True,
        }
        there.call("POST", "/v1/chaos/abort", {"reason": "enough"})
        there.live(8)
        assert there.get("/v1/chaos")["unexpected"] == ["all-lie"]
        there.call("POST", "/v1/chaos/abort", {"forget": True})
        there.live(9)
        assert there.get("/v1/chaos")["judged"] is False
        nothing = there.call("POST", "/v1/chaos/steps", {"timeline": []})
        assert (nothing.status_code, "at least one step, or expectations" in nothing.text) == (422, True)


def test_further_steps_have_an_end_and_conditions_that_abort_of_their_own() -> None:
    with house() as there:
        there.live(1)
        there.call("POST", "/v1/chaos/steps", {**LIES, "chaos": {"end": "4s"}})
        there.live(3)
        assert there.get("/v1/chaos")["state"] == "in-force"
        there.live(2)
        ended = there.get("/v1/chaos")
        assert (ended["state"], ended["reason"], ended["held"]) == ("over", "end", [])
        # an end that is past does not end what comes after it
        abort = {"abort_when": [{"name": "too-much", "truth": "faults", "of": "sum", "at_least": 1, "for": "3s"}]}
        there.call("POST", "/v1/chaos/steps", {**LIES, "chaos": abort})
        there.live(3)
        assert there.get("/v1/chaos")["state"] == "in-force"
        there.live(4)
        assert there.get("/v1/chaos")["reason"] == "abort: too-much"


def test_steps_may_hang_on_the_times_of_a_longer_timeline() -> None:
    with house() as there:
        there.live(1)
        late = {"from": "20m", "timeline": [{**LIES["timeline"][0], "at": "20m"}]}
        assert there.call("POST", "/v1/chaos/steps", late).status_code == 201
        there.live(1.5)
        assert len(there.get("/v1/chaos")["victims"]) == 1
        wrong = there.call("POST", "/v1/chaos/steps", {**LIES, "from": "soon"})
        assert (wrong.status_code, '"from"' in wrong.text) == (422, True)
