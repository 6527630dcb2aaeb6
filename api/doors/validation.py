"""From plain data to models: every mistake with its path, in the words that scenarios use."""

from collections.abc import Mapping
from typing import Any, TypeVar, get_origin

import falcon
from pydantic import BaseModel, ValidationError

from api.problems import ApiProblem, invalid
from schemas.paths import format_path
from schemas.problems import InvalidInput, Problem
from schemas.scenario.findings import show
from schemas.scenario.translate import translate

M = TypeVar("M", bound=BaseModel)
MOST: "int" = 50
"""Problems that are told; more help nobody."""


def read_model(model: type[M], data: Any, source: str = "body") -> M:
    """A filled model. Raises `InvalidInput`."""
    if not isinstance(data, Mapping):
        raise InvalidInput(source, [Problem("", show(data), "an object of keys and values")])
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems = [
            Problem(format_path(finding.path) if finding.path else "", finding.found, finding.allowed, finding.hint)
            for finding in translate(error, data, {(): model})
        ]
        raise InvalidInput(source, problems[:MOST]) from None


def read_query(model: type[M] | None, req: falcon.Request) -> M | None:
    """The query string as its model. Raises `ApiProblem` (422)."""
    given: dict[str, Any] = dict(req.params)
    if model is None:
        if given:
            raise invalid([Problem(f"query.{name[:64]}", "a parameter", "none here") for name in list(given)[:MOST]])
        return None
    for name, info in model.model_fields.items():
        key = info.alias or name
        if key in given and get_origin(info.annotation) is tuple and isinstance(given[key], str):
            given[key] = [given[key]]
    try:
        return read_model(model, given, "query")
    except InvalidInput as error:
        raise invalid(
            [Problem(f"query.{each.path}".rstrip("."), each.found, each.allowed, each.hint) for each in error.problems]
        ) from None


def check_texts(*texts: str) -> None:
    """Refuse a path that is no text: WSGI hands over broken UTF-8 as well. Raises `ApiProblem`."""
    for text in texts:
        if "\x00" in text or not text.isprintable():
            raise ApiProblem("not-found", "there is nothing at this address")
