"""Every device kind of the family keeps to the contract, in every model and set-up."""

from collections.abc import Callable

import pytest

from engine.devices.base import DeviceKind
from engine.families import Family
from tests.contracts.devices import PROMISES

DEVICES: Family[DeviceKind] = Family("engine.devices", "KIND", "data_simulator.devices", noun="device kind")
CASES = [
    (word, model, setup)
    for word in DEVICES.names()
    for model in DEVICES.get(word).models
    for setup in DEVICES.get(word).setups[model]
]


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize(("word", "model", "setup"), CASES)
def test_every_device_kind(word: str, model: str, setup: str, promise: Callable[[DeviceKind, str, str], None]) -> None:
    promise(DEVICES.get(word), model, setup)
