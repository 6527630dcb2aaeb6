"""Every failure mode of the family keeps to the contract."""

from collections.abc import Callable

import pytest

from engine.ageing import MODES
from engine.ageing.base import FailureMode
from tests.contracts.modes import PROMISES


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("word", MODES.names())
def test_every_failure_mode(word: str, promise: Callable[[FailureMode], None]) -> None:
    promise(MODES.get(word))
