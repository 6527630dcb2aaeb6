"""Every wire format of the family keeps to the contract."""

from collections.abc import Callable

import pytest

from engine.families import Family
from schemas.formats.base import Format
from tests.contracts.formats import PROMISES

FORMATS: Family[Format] = Family("schemas.formats", "FORMAT", "data_simulator.formats", noun="format")


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("word", FORMATS.names())
def test_every_format(word: str, promise: Callable[[Format], None]) -> None:
    promise(FORMATS.get(word))
