"""The example package's members come in as entry points and keep to the same contracts as the product's own."""

from collections.abc import Callable
from configparser import ConfigParser
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, Final

import pytest

from actors.sinks.base import SinkKind
from engine import wear_modes
from engine.ageing.base import FailureMode
from engine.devices.base import DeviceKind
from engine.families import Family
from engine.faults.base import FaultKind
from engine.sensors.base import SensorKind
from schemas.formats.base import Format
from tests.contracts import devices, faults, formats, modes, sensors, sinks

PACKAGE: Final = Path(__file__).parents[1] / "example_package"
FAMILIES: Final = {
    "devices": ("engine.devices", "KIND", "thermostat"),
    "sensors": ("engine.sensors", "SENSOR", "thermistor"),
    "modes": ("engine.ageing", "MODE", "corroded-plug"),
    "faults": ("engine.faults", "FAULT", "offset"),
    "formats": ("schemas.formats", "FORMAT", "csv"),
    "sinks": ("actors.sinks", "SINK", "tally"),
}


def declared(group: str) -> tuple[EntryPoint, ...]:
    """What an installation of the package would announce."""
    setup = ConfigParser()
    setup.read(PACKAGE / "setup.cfg", encoding="utf-8")
    lines = setup["options.entry_points"].get(group, "").strip().splitlines()
    pairs = [line.split("=", 1) for line in lines]
    return tuple(EntryPoint(word.strip(), value.strip(), group) for word, value in pairs)


@pytest.fixture(autouse=True)
def _on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(PACKAGE)


def member(name: str) -> Any:
    """The package's member of a family."""
    folder, attribute, word = FAMILIES[name]
    family: Family[Any] = Family(folder, attribute, f"data_simulator.{name}", discover=declared)
    assert word in family.names()
    assert family.problems() == ()
    return family.get(word)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_package_brings_one_member_of_every_family(name: str) -> None:
    assert member(name).name == FAMILIES[name][2]


@pytest.mark.parametrize("promise", devices.PROMISES, ids=lambda promise: promise.__name__)
def test_its_device_kind(promise: Callable[[DeviceKind, str, str], None]) -> None:
    promise(member("devices"), "two-point", "room")


@pytest.mark.parametrize("promise", sensors.PROMISES, ids=lambda promise: promise.__name__)
def test_its_sensor_kind(promise: Callable[[SensorKind, str], None]) -> None:
    promise(member("sensors"), "two-point")


@pytest.mark.parametrize("promise", modes.PROMISES, ids=lambda promise: promise.__name__)
def test_its_failure_mode(promise: Callable[[FailureMode], None]) -> None:
    promise(member("modes"))


def test_its_failure_mode_is_had_when_asked_for_and_not_by_every_body(monkeypatch: pytest.MonkeyPatch) -> None:
    family: Family[FailureMode] = Family("engine.ageing", "MODE", "data_simulator.modes", discover=declared)
    monkeypatch.setattr(wear_modes, "MODES", family)
    parameters = modes.Bench().parameters
    assert "corroded-plug" not in [mode.name for mode in wear_modes.fitting_modes(parameters, None)]
    asked = wear_modes.fitting_modes(parameters, ("corroded-plug", "dust"))
    assert [mode.name for mode in asked] == ["corroded-plug", "dust"]


@pytest.mark.parametrize("promise", faults.PROMISES, ids=lambda promise: promise.__name__)
def test_its_sensor_fault(promise: Callable[[FaultKind], None]) -> None:
    promise(member("faults"))


@pytest.mark.parametrize("promise", formats.PROMISES, ids=lambda promise: promise.__name__)
def test_its_format(promise: Callable[[Format], None]) -> None:
    promise(member("formats"))


@pytest.mark.parametrize("promise", sinks.PROMISES, ids=lambda promise: promise.__name__)
def test_its_sink(promise: Callable[[SinkKind], None]) -> None:
    promise(member("sinks"))
