"""What every action of chaos has to keep to: one function a promise, each given the action."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from actors.chaos.base import Backstage, NotPossibleError, Parameters, parameter_problems, read_parameters
from engine.dispatcher import Dispatcher

LAYERS = {"actor", "sink", "format", "network", "broker", "registry", "disk", "process", "host"}
TARGETS = {"on": "fleet/nobody", "sink": "sinks/nowhere", "proxy": "nothing", "run": ""}


def is_described(action: Any) -> None:
    """Its word is lower case, its layer and targets are known, its module and its class say what it does."""
    assert re.fullmatch(r"[a-z][a-z-]*", action.name)
    assert action.layer in LAYERS
    assert action.targets
    assert set(action.targets) <= set(TARGETS)
    assert isinstance(action.outside, bool)
    assert type(action).__doc__


def reads_its_parameters_strictly(action: Any) -> None:
    """Everything has a default; an unknown word is a problem that names the place."""
    assert issubclass(action.parameters, Parameters)
    assert isinstance(read_parameters(action, {}), action.parameters)
    assert [problem.path for problem in parameter_problems(action, {"nonsense": 1})] == ["nonsense"]
    with pytest.raises(NotPossibleError, match="nonsense"):
        read_parameters(action, {"nonsense": 1})
    for name, field in action.parameters.model_fields.items():
        assert not field.is_required(), name


def refuses_what_is_not_there(action: Any) -> None:
    """Without anything to disturb it refuses in words, and leaves nothing behind."""
    if action.layer in ("process", "host"):
        return  # these need nothing but this process
    stage = Backstage(Dispatcher(), {})
    for target in action.targets:
        with pytest.raises(NotPossibleError) as refused:
            action.begin(stage, TARGETS[target], read_parameters(action, {}))
        assert "found" in str(refused.value) or ":" in str(refused.value)


PROMISES: tuple[Callable[[Any], None], ...] = (is_described, reads_its_parameters_strictly, refuses_what_is_not_there)
"""Every promise of an action; a package with actions of its own runs its own through these."""
