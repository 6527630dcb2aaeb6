"""Every sensor kind of the family keeps to the contract, on every device model and on one it does not know."""

from collections.abc import Callable

import pytest

from engine.sensors import SENSORS
from engine.sensors.base import SensorKind
from tests.contracts.sensors import PROMISES

MODELS = ("3b+", "4", "5", "65w", "125w", "chiplet", "some other model")


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("word", SENSORS.names())
def test_every_sensor_kind(word: str, promise: Callable[[SensorKind, str], None], model: str) -> None:
    promise(SENSORS.get(word), model)
