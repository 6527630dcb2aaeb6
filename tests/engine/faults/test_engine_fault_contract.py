"""Every sensor fault of the family keeps to the contract."""

from collections.abc import Callable

import pytest

from engine.faults import FAULTS
from engine.faults.base import FaultKind
from tests.contracts.faults import PROMISES


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("word", FAULTS.names())
def test_every_sensor_fault(word: str, promise: Callable[[FaultKind], None]) -> None:
    promise(FAULTS.get(word))
