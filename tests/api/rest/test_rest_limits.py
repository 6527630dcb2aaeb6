"""What is too much, what is no request, and what stands on every answer: limits, problems, headers."""

import json
import logging
import statistics
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from falcon.testing import Result

from api.app import HEADERS
from api.limits import ApiLimits
from api.problems import KINDS
from api.resources import all_routes
from api.responder import Address
from api.roles import Role
from tests.api.rest.house import house
from tests.api.rest.keyed import Keyed, keyed


@pytest.fixture(scope="module")
def home() -> Iterator[Keyed]:
    with keyed() as made:
        yield made


def bodies(home: Keyed) -> list[tuple[str, str]]:
    return [(each.method, each.url) for each in home.operations() if each.data.get("requestBody", {}).get("required")]


def check_problem(result: Result, status: int) -> dict[str, Any]:
    assert result.status_code == status, result.text
    assert result.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = result.json
    assert document["status"] == status
    assert KINDS[document["type"].removeprefix("/v1/problems/")].status == status
    assert document.keys() == {"type", "title", "status", "detail", "instance", "errors"}
    for error in document["errors"]:
        assert error.keys() == {"path", "found", "allowed", "hint", "line"}
    assert "Traceback" not in result.text
    return document


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b'{"a": 1', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"a": NaN}', "application/json", 400),
        (b'{"do": 1, "do": 2}', "application/json", 400),
        (b'{"do": "\\ud800"}', "application/json", 400),
        (b'{"do": 99999999999999999999}', "application/json", 400),
        (b"\xff", "application/json; charset=utf-8", 400),
        (b"{}", "text/plain", 415),
        (b"{}", "application/json; charset=latin-1", 415),
        (b"{}", "application/x-www-form-urlencoded", 415),
        (b"{}", "application/xml", 415),
        (b"[]", "application/json", 422),
        (b'"x"', "application/json", 422),
        (b"null", "application/json", 422),
        (b'{"there": "is no such key"}', "application/json", 422),
        (b" " * (1 << 20) + b"{}", "application/json", 413),
    ],
)
def test_every_body_that_is_none_is_refused_everywhere(
    home: Keyed, data: bytes, content_type: str, status: int
) -> None:
    for method, url in bodies(home):
        result = home.house.client.simulate_request(
            method,
            url,
            body=data,
            headers={"Host": "localhost", "Content-Type": content_type, **home.bearer(Role.ADMIN)},
        )
        check_problem(result, status)


def test_a_chunked_body_is_refused_and_so_is_none_at_all(home: Keyed) -> None:
    for method, url in bodies(home):
        for extra in ({"Transfer-Encoding": "chunked"}, {}):
            headers = {"Host": "localhost", "Content-Type": "application/json", **extra, **home.bearer(Role.ADMIN)}
            result = home.house.client.simulate_request(method, url, headers=headers)
            check_problem(result, 411)


def test_a_body_where_none_belongs_is_refused(home: Keyed) -> None:
    check_problem(home.house.call("DELETE", "/v1/operations/op-x", {"a": 1}, **home.bearer(Role.ADMIN)), 400)


def test_a_method_that_is_not_there_names_those_that_are(home: Keyed) -> None:
    paths: dict[str, set[str]] = {}
    for operation in home.operations():
        paths.setdefault(operation.url, set()).add(operation.method)
    for url, methods in paths.items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"} - methods:
            result = home.house.client.simulate_request(method, url, headers={"Host": "localhost"})
            assert result.status_code == 405, (method, url)
            assert {each.strip() for each in result.headers["allow"].split(",")} - {"OPTIONS"} == methods
            if method != "HEAD":
                check_problem(result, 405)


def test_the_same_headers_are_on_every_answer_and_nothing_opens_them_to_other_origins(home: Keyed) -> None:
    results = []
    for operation in home.operations():
        if operation.path == "/v1/stream":
            continue
        for headers in ({}, home.bearer(Role.ADMIN)):
            results.append(home.house.call(operation.method, operation.url, Origin="http://evil.example", **headers))
    for path in ("/nowhere", "/v1/devices/../../etc/passwd", "/v1/devices/%00", "/v1/%ff%fe"):
        results.append(home.house.call("GET", path))
    for result in results:
        for name, value in HEADERS.items():
            # what real monitors ask for is answered as the real thing answers
            as_monitor = name == "Cache-Control" and result.headers.get(name) == "no-cache"
            assert as_monitor or result.headers.get(name) == value, (result, name)
        assert not [name for name in result.headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize(
    "path", ["/v1/devices/%00", "/v1/%ff", "/v1/devices/a%2fb", "/v1/devices/" + "x" * 3000, "/v1"]
)
def test_an_odd_address_is_not_found(home: Keyed, path: str) -> None:
    check_problem(home.house.call("GET", path, **home.bearer(Role.READ)), 404)


def test_accepting_something_else_changes_nothing(home: Keyed) -> None:
    result = home.house.call("GET", "/v1/devices/none", Accept="application/xml", **home.bearer(Role.READ))
    check_problem(result, 404)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_the_type_of_a_problem_leads_to_what_it_means(home: Keyed, name: str) -> None:
    assert home.house.get(f"/v1/problems/{name}")["status"] == KINDS[name].status


def test_an_error_in_the_program_tells_nothing_of_its_inside(
    home: Keyed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr(Address, "_perform", broken)
    result = home.house.call("GET", "/v1/clock", **home.bearer(Role.READ))
    check_problem(result, 500)
    assert "inside" not in result.text


# --- limits ---


def test_ten_million_devices_are_refused_at_once_and_nothing_is_made(home: Keyed) -> None:
    text = "version: 1\nfleet:\n" + "\n".join(f"  - {{name: g{n}, kind: cpu, count: 10000000}}" for n in range(20))
    before, memory = len(home.house.simulation.specs), psutil.Process().memory_info().rss
    took = []
    for _ in range(5):
        start = time.perf_counter()
        verdict = home.house.call("POST", "/v1/scenarios/check", {"text": text}, **home.bearer(Role.READ)).json
        took.append(time.perf_counter() - start)
        assert verdict["valid"] is False
        assert "at most 100000 devices" in verdict["problems"][0]["allowed"]
    # 200 ms is the target; others load this machine
    assert statistics.median(took) < 1
    assert psutil.Process().memory_info().rss - memory < 20 << 20
    assert len(home.house.simulation.specs) == before


def test_more_devices_than_a_request_may_be_about() -> None:
    with house(limits=ApiLimits(devices=4)) as home:
        result = home.call("POST", "/v1/commands", {"do": "pause", "on": "all"})
        assert "5 devices; allowed: at most 4" in check_problem(result, 413)["detail"]
        assert (
            home.call("POST", "/v1/commands?dry_run=true", {"do": "pause", "on": {"groups": ["pi"]}}).status_code == 200
        )


def test_a_selector_of_too_many_ids_is_refused(home: Keyed) -> None:
    ids = [f"d{n}" for n in range(10_001)]
    result = home.house.call("POST", "/v1/commands", {"do": "pause", "on": {"ids": ids}}, **home.bearer(Role.OPERATE))
    check_problem(result, 422)


def test_a_caller_who_asks_too_often_is_told_when_to_come_back() -> None:
    limits = ApiLimits(requests_per_s=0.5, burst=3)
    with keyed(limits=limits) as home:
        for _ in range(3):
            home.house.get("/v1/me", **home.bearer(Role.READ))
        result = home.house.call("GET", "/v1/me", **home.bearer(Role.READ))
        check_problem(result, 429)
        assert 1 <= int(result.headers["retry-after"]) <= 2
        home.house.get("/v1/me", **home.bearer(Role.ADMIN))
        for _ in range(3):
            assert home.house.call("GET", "/v1/me").status_code == 401
        assert home.house.call("GET", "/v1/me").status_code == 429


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "limit=1e3", "cursor=" + "x" * 600, "sort=name"])
def test_a_page_has_its_limits(home: Keyed, query: str) -> None:
    result = home.house.call("GET", f"/v1/devices?{query}", **home.bearer(Role.READ))
    assert check_problem(result, 422)["errors"][0]["path"] == f"query.{query.partition('=')[0]}"


# --- secrets ---


def test_a_secret_is_never_said_again(home: Keyed, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    admin = home.bearer(Role.ADMIN)
    secret = home.house.call("POST", "/v1/keys", {"name": "planted", "role": "admin"}, **admin).json["key"]
    cookie = home.house.call("POST", "/v1/session", {"key": secret}).headers["set-cookie"].split(";")[0]
    planted = (secret, cookie.partition("=")[2])
    mine = {"Authorization": f"Bearer {secret}"}
    home.house.live(1)
    texts = []
    for operation in home.operations():
        if operation.path == "/v1/stream":
            continue
        for body in (None, {"key": f"{secret}x"}, {"name": secret * 3, "role": secret}, {"text": secret, "x": secret}):
            for head in (mine, {"Cookie": cookie}, {"Authorization": f"Bearer {secret}x"}):
                result = home.house.call(operation.method, operation.url, body, **head)
                texts.append(result.text + json.dumps(dict(result.headers)))
    home.house.live(1)
    texts.append(home.house.call("GET", "/v1/journal?limit=500", **mine).text)
    told = [text for text in texts if any(each in text for each in planted)]
    # what somebody has sent in the wrong place is repeated to them alone, cut short
    assert not [text for text in told if "problem" not in text]
    assert not any(each in record.getMessage() for record in caplog.records for each in planted)


def test_strangers_cannot_wash_the_journal_out() -> None:
    with keyed() as home:
        for _ in range(300):
            home.house.call("PATCH", "/v1/clock", {"paused": True})
        home.house.live(0.1)
        entries = home.house.get("/v1/journal?kind=RequestMade&limit=500", **home.bearer(Role.READ))["items"]
        assert 0 < len(entries) < 60
        assert entries[-1]["fields"]["outcome"] == "401 unauthenticated"


def test_who_asked_for_what_stands_in_the_journal_and_is_not_hashed(home: Keyed) -> None:
    digest = home.house.simulation.summary().digest
    home.house.call("POST", "/v1/devices/pi-0002/commands", {"do": "resume"}, **home.bearer(Role.OPERATE))
    home.house.call("POST", "/v1/devices/pi-0002/commands", {"do": "crash"}, **home.bearer(Role.OPERATE))
    home.house.live(0)
    entries = home.house.get("/v1/journal?kind=RequestMade&limit=2", **home.bearer(Role.READ))["items"]
    assert [entry["fields"]["outcome"] for entry in entries] == ["403 forbidden", "409 refused"]
    assert {entry["fields"]["name"] for entry in entries} == {"the operate one"}
    assert {entry["fields"]["what"] for entry in entries} == {"POST /v1/devices/pi-0002/commands"}
    assert all(entry["history"] is False for entry in entries)
    assert home.house.simulation.summary().digest == digest


def test_every_route_says_its_role_and_what_it_gives() -> None:
    for route in all_routes():
        assert route.gives, route
        assert route.summary, route
