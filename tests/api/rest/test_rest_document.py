"""The OpenAPI document: the same set as the routes, valid, and its viewer needs nothing from elsewhere."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from api.openapi import address
from api.resources import all_routes
from tests.api.rest.house import House, house


@pytest.fixture(scope="module")
def home() -> Iterator[House]:
    with house() as made:
        yield made


@pytest.fixture(scope="module")
def document(home: House) -> dict[str, Any]:
    found: dict[str, Any] = home.get("/openapi.json")
    return found


def test_routes_and_document_are_the_same_set(document: dict[str, Any]) -> None:
    served = {(route.method, address(route)) for route in all_routes() if route.documented}
    shown = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert served == shown
    assert len(served) > 40


def test_what_is_not_in_it_are_pages_alone() -> None:
    hidden = {f"{route.method} {route.path}" for route in all_routes() if not route.documented}
    assert hidden == {"GET /", "GET /assets/{name:path}", "GET /docs", "GET /docs/{part}"} or all(
        path.startswith(("GET /assets", "GET /docs")) or path == "GET /" for path in hidden
    )


def test_every_reference_leads_somewhere_and_every_operation_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    ids = [each["operationId"] for methods in document["paths"].values() for each in methods.values()]
    assert len(set(ids)) == len(ids)
    for reference in references(document):
        here: Any = document
        for part in reference.removeprefix("#/").split("/"):
            here = here[part]
    for methods in document["paths"].values():
        for operation in methods.values():
            for response in operation["responses"].values():
                for link in response.get("links", {}).values():
                    assert link["operationId"] in ids


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_every_get_gives_what_the_document_says(home: House, document: dict[str, Any]) -> None:
    home.call("POST", "/v1/devices/pi-0001/faults", {"sensor": "power", "fault": "stuck", "for": "1h"})
    home.live(2)
    names = {"device": "pi-0001", "sensor": "power", "group": "pi", "sink": "nowhere", "scenario": "default"}
    names |= {"fault": "pi-0001%2Fpower%2F0", "problem": "invalid"}
    registry: Any = Registry().with_resource("", Resource.opaque(document))
    checked = 0
    for path, methods in document["paths"].items():
        given = re.findall(r"{(\w+)}", path)
        if "get" not in methods or path == "/v1/stream" or not set(given) <= set(names):
            continue
        result = home.call("GET", path.format(**names))
        content = methods["get"]["responses"][str(result.status_code)].get("content", {})
        schema = content.get("application/json", {}).get("schema")
        if result.status_code == 200 and schema:
            whole = {**schema, "components": document["components"]}
            errors = list(Draft202012Validator(whole, registry=registry).iter_errors(result.json))
            assert not errors, (path, errors[:3])
            checked += 1
    assert checked >= 18


def test_roles_and_keys_stand_at_every_operation(document: dict[str, Any]) -> None:
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["security"] == ([{"key": []}, {"session": []}] if "x-role" in operation else [])
            assert {"400", "403", "422", "429", "500", "503"} <= operation["responses"].keys()


@pytest.mark.parametrize("path", ["/docs", "/docs/start.js", "/docs/swagger_bundle.js", "/docs/swagger_style.css"])
def test_the_viewer_is_bundled(home: House, path: str) -> None:
    result = home.call("GET", path)
    assert result.status_code == 200
    if not path.endswith("bundle.js"):
        assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//|@import|url\(https?:", result.text)
    if tag := result.headers.get("etag"):
        assert home.call("GET", path, If_None_Match=tag).status_code == 304


def test_the_viewer_runs_nothing_from_elsewhere(home: House) -> None:
    policy = home.call("GET", "/docs").headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "connect-src 'self'" in policy
    assert "http" not in policy
    assert home.call("GET", "/docs/nothing.js").status_code == 404
