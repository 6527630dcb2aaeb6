"""Every kind of sink of the family that needs no options keeps to the contract of kinds."""

from collections.abc import Callable

import pytest

from actors.sinks.base import SinkKind
from engine.families import Family
from tests.contracts.sinks import PROMISES

SINKS: Family[SinkKind] = Family("actors.sinks", "SINK", "data_simulator.sinks", noun="sink")
FREE = [
    word
    for word in SINKS.names()
    if not any(field.is_required() for field in SINKS.get(word).options.model_fields.values())
]


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("word", FREE)
def test_every_kind_of_sink(word: str, promise: Callable[[SinkKind], None]) -> None:
    promise(SINKS.get(word))
