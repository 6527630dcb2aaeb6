"""Reading a sink's options: what a scenario says, as the sink's own model or as problems."""

from collections.abc import Mapping

from actors.sinks.base.options import SinkOptions
from schemas.problems import Problem
from schemas.scenario import option_problems


def read_options(model: type[SinkOptions], given: Mapping[str, object]) -> tuple[SinkOptions | None, list[Problem]]:
    """The options, or what is wrong with them; paths are relative to the mapping."""
    problems = option_problems(model, given)
    return (None, problems) if problems else (model.model_validate(dict(given)), [])
