"""Reading a sink's options: what a scenario says, as the sink's own model or as problems."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from actors.sinks.base.options import SinkOptions
from schemas.problems import Problem

_SHOWN = 80


def read_options(model: type[SinkOptions], given: Mapping[str, object]) -> tuple[SinkOptions | None, list[Problem]]:
    """The options, or what is wrong with them; paths are relative to the mapping."""
    try:
        return model.model_validate(dict(given)), []
    except ValidationError as error:
        return None, [_problem(each) for each in error.errors(include_url=False)]


def _problem(error: Any) -> Problem:
    path = ".".join(map(str, error["loc"]))
    if error["type"] == "missing":
        return Problem(path, "nothing", "a value: this option is required")
    if error["type"] == "extra_forbidden":
        return Problem(path, "an unknown option", "the options of this sink (see `data-simulator kinds`)")
    return Problem(path, repr(error.get("input"))[:_SHOWN], error["msg"])
