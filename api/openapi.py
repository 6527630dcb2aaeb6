"""The OpenAPI 3.1 document, written from the routes and the models that the server itself obeys."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from actors.summing import product_version
from api.access.sessions import COOKIE
from api.models.access import ProblemShown
from api.problems import KINDS, MEDIA_TYPE
from api.repeats import HEADER
from api.route import JSON, Gives, Route
from api.world import World
from schemas.scenario.fields import NAME

Json = dict[str, Any]
Mode = Literal["validation", "serialization"]
Refer = Callable[[type[BaseModel]], Json]

_REF: Final = "#/components/schemas/{model}"
_PARAMETER: Final = re.compile(r"\{(\w+)(:\w+)?\}")
_ALWAYS: Final = (400, 403, 411, 413, 414, 422, 429, 431, 500, 503)
"""Problems that any request may meet: a body where none belongs, a foreign page, a limit, a fleet that is not there."""

_PATHS: Final[Mapping[str, Json]] = {
    "device": {"description": "Id of a device.", "schema": {"type": "string", "pattern": NAME}},
    "sensor": {"description": "Name of a sensor of the device.", "schema": {"type": "string", "minLength": 1}},
    "group": {"description": "Name of a group.", "schema": {"type": "string", "pattern": NAME}},
    "sink": {"description": "Name of a sink.", "schema": {"type": "string", "pattern": NAME}},
    "fault": {
        "description": "Id of a fault; its slashes may be sent as %2F.",
        "schema": {"type": "string", "minLength": 1},
    },
}
_HEADERS: Final[Mapping[str, Json]] = {
    HEADER: {
        "description": "A name of one's own for this request: when it comes again, the first answer is given again.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
    },
    "If-Match": {"description": "The ETag that the change is meant for; 412 when it is another by now."},
    "If-None-Match": {"description": "The ETag of what is known already; 304 when it is the same."},
    "Last-Event-ID": {"description": "The id of the last event that was got; what came since follows."},
}
_GIVEN: Final[Mapping[str, str]] = {
    "ETag": "Stands for what is shown.",
    "Location": "Where the new thing is.",
    "Set-Cookie": "The session's cookie.",
    "Retry-After": "Seconds after which it may be tried again.",
    "Allow": "The methods that there are.",
    "WWW-Authenticate": "How to say who it is.",
}
_MORE: Final[Mapping[int, tuple[str, ...]]] = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}


def document(world: World, routes: Iterable[Route]) -> Json:
    """The whole document."""
    shown = [route for route in routes if route.documented]
    schemas, refer = _schemas(world, shown)
    paths: dict[str, Json] = {}
    for route in shown:
        paths.setdefault(address(route), {})[route.method.lower()] = _operation(world, route, refer, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "data-simulator",
            "version": product_version(),
            "summary": "A fleet of simulated devices that behave, age and fail like real ones.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This server."}],
        "tags": [{"name": name} for name in sorted({_tag(route) for route in shown})],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "responses": {_problem_name(status): _problem(status, refer["serialization"]) for status in _statuses()},
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key."},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "A browser's session."},
            },
        },
    }


def address(route: Route) -> str:
    """The path as OpenAPI writes it."""
    return _PARAMETER.sub(r"{\1}", route.path)


def _schemas(world: World, routes: Sequence[Route]) -> tuple[Json, dict[Mode, Refer]]:
    """The schemas of all models, and what makes references to them."""
    wanted: dict[tuple[type[BaseModel], Mode], None] = {(ProblemShown, "serialization"): None}

    def note(model: type[BaseModel]) -> Json:
        wanted[model, "validation"] = None
        return {}

    for route in routes:
        for gives in route.gives.values():
            if gives.model is not None:
                wanted[gives.model, "serialization"] = None
        if route.body is not None:
            route.body.schema(world, note)
    references, definitions = models_json_schema(list(wanted), ref_template=_REF)
    schemas: Json = definitions.get("$defs", {})
    for schema in schemas.values():
        _tidy(schema)
    return schemas, {
        "validation": lambda model: references[model, "validation"],
        "serialization": lambda model: references[model, "serialization"],
    }


def _operation(world: World, route: Route, refer: dict[Mode, Refer], schemas: Json) -> Json:
    """One operation; what its body's schema brings along goes to the schemas of all."""
    made: Json = {
        "operationId": route.id,
        "summary": route.summary,
        "tags": [_tag(route)],
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_header_parameters(route)],
        "responses": _responses(route, refer["serialization"]),
        "security": [] if route.role is None else [{"key": []}, {"session": []}],
    }
    if route.role is not None:
        made["x-role"] = route.role.value
    if route.description:
        made["description"] = route.description
    if route.body is not None:
        schema = route.body.schema(world, refer["validation"])
        for part in (schema, *schema.get("oneOf", ())):
            schemas.update(part.pop("$defs", {}))
        made["requestBody"] = {"required": route.body.required, "content": {JSON: {"schema": schema}}}
    return made


def _path_parameters(route: Route) -> list[Json]:
    plain = {"schema": {"type": "string", "minLength": 1}}
    names = [found[1] for found in _PARAMETER.finditer(route.path)]
    return [{"name": name, "in": "path", "required": True, **_PATHS.get(name, plain)} for name in names]


def _query_parameters(route: Route) -> list[Json]:
    if route.query is None:
        return []
    schema = route.query.model_json_schema(mode="validation", by_alias=True)
    parameters = []
    for name, field in schema["properties"].items():
        field.pop("title", None)
        description = field.pop("description", "")
        if "anyOf" in field:
            # nothing is said by leaving it out, and never by a word
            choices = [choice for choice in field.pop("anyOf") if choice != {"type": "null"}]
            field.update(choices[0] if len(choices) == 1 else {"anyOf": choices})
            field.pop("default", None)
        parameters.append({"name": name, "in": "query", "required": False, "description": description, "schema": field})
    return parameters


def _header_parameters(route: Route) -> list[Json]:
    names = [*route.reads, *((HEADER,) if route.repeatable else ())]
    if _is_tagged(route):
        names.append("If-None-Match")
    return [
        {"name": name, "in": "header", "required": False, "schema": {"type": "string"}, **_HEADERS[name]}
        for name in names
    ]


def _responses(route: Route, refer: Refer) -> Json:
    responses: Json = {str(status): _given(route, gives, refer) for status, gives in sorted(route.gives.items())}
    if _is_tagged(route):
        responses["304"] = {"description": "It is what is known already.", "headers": _headers(("ETag",))}
    for status in sorted({*_ALWAYS, *route.problems, *_implied(route)}):
        responses[str(status)] = {"$ref": f"#/components/responses/{_problem_name(status)}"}
    return responses


def _implied(route: Route) -> Iterable[int]:
    """Problems that follow from what a route takes."""
    if route.role is not None:
        yield 401
    if "{" in route.path or route.query is not None:
        yield 404
    if route.body is not None:
        yield 415
    if route.repeatable:
        yield 409


def _given(route: Route, gives: Gives, refer: Refer) -> Json:
    made: Json = {"description": gives.what}
    headers = (*gives.headers, *(("ETag",) if _is_tagged(route) else ()))
    if headers:
        made["headers"] = _headers(headers)
    if gives.links:
        made["links"] = {
            operation: {"operationId": operation, "parameters": {parameter: expression}}
            for operation, parameter, expression in gives.links
        }
    if gives.model is not None:
        made["content"] = {gives.content_type: {"schema": refer(gives.model)}}
    elif not gives.empty:
        made["content"] = {gives.content_type: {"schema": {} if gives.content_type == JSON else {"type": "string"}}}
    return made


def _is_tagged(route: Route) -> bool:
    return route.method == "GET" and 200 in route.gives and route.gives[200].model is not None


def _headers(names: Iterable[str]) -> Json:
    return {name: {"description": _GIVEN[name], "schema": {"type": "string"}} for name in names}


def _statuses() -> list[int]:
    return sorted({kind.status for kind in KINDS.values()})


def _problem_name(status: int) -> str:
    return f"Problem{status}"


def _problem(status: int, refer: Refer) -> Json:
    kinds = [(name, kind) for name, kind in KINDS.items() if kind.status == status]
    made: Json = {
        "description": f"{HTTPStatus(status).phrase}: {' '.join(kind.meaning for _, kind in kinds)}",
        "content": {MEDIA_TYPE: {"schema": refer(ProblemShown)}},
    }
    if status in _MORE:
        made["headers"] = _headers(_MORE[status])
    return made


def _tag(route: Route) -> str:
    parts = [part for part in route.path.split("/") if part and part != "v1"]
    return parts[0].partition(".")[0] if parts else "page"


def _tidy(schema: Json) -> None:
    """A key's title is its name by accident; only models have one of their own."""
    for field in schema.get("properties", {}).values():
        field.pop("title", None)
