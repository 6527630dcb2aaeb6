"""Documents of hardware monitors: what is read of them, whatever their version and culture, and whatever they are."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from librehardwaremonitor_api.parser import LibreHardwareMonitorParser

from engine.hardware.emulation import CULTURES, VERSIONS, Culture, Extremes, Machine, Version, single, tree_of, widened
from engine.hardware.monitor import six_of
from engine.hardware.seen import LIMITS, NOTHING, Seen
from engine.hardware.tree import MOST_DEPTH, MOST_NODES, TreeError, formatted, read_tree

GOLDEN = Path(__file__).with_name("golden")
SEEN = Seen(56.25, 45.1234, 33.984375, 1.104, 1008.0, 3.9912)
MAKERS = ("intel", "amd")


def machine(maker: Any = "intel", seen: Seen = SEEN) -> Machine:
    first = widened({}, seen._replace(temperature_c=41.0))
    return Machine("cpu-0001 (65w)", maker, widened(first, seen))


def document(version: Version, culture: Culture = "invariant", maker: str = "intel", seen: Seen = SEEN) -> bytes:
    return json.dumps(tree_of([machine(maker, seen)], "cpu-0001", version, culture)).encode()


def leaf(name: str, value: object, group: str = "Temperatures", **more: object) -> bytes:
    """The smallest tree with one sensor of a CPU."""
    sensor = {"id": 4, "Text": name, "Min": "", "Value": value, "Max": "", "ImageURL": "", "Children": [], **more}
    kinds = {"id": 3, "Text": group, "Value": "", "ImageURL": "images_icon/x.png", "Children": [sensor]}
    cpu = {"id": 2, "Text": "A CPU", "Value": "", "ImageURL": "images_icon/cpu.png", "Children": [kinds]}
    return json.dumps({"id": 0, "Text": "Sensor", "Children": [{"id": 1, "Text": "PC", "Children": [cpu]}]}).encode()


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("culture", CULTURES)
@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_emulated_is_read_back_within_the_rounding_of_its_version(
    version: Version, culture: Culture, maker: str
) -> None:
    seen = six_of(read_tree(document(version, culture, maker)))
    within = dict.fromkeys(Seen._fields, 1e-6) if version == "0.9.7" else {
        "temperature_c": 0.051, "power_w": 0.051, "load_percent": 0.051, "voltage_v": 0.00051, "fan_rpm": 0.51,
        "clock_ghz": 0.000051,
    }  # fmt: skip
    for name, value in SEEN._asdict().items():
        relative = 1e-7 if version == "0.9.7" else 0.0
        assert getattr(seen, name) == pytest.approx(value, abs=within[name], rel=relative), name


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("culture", CULTURES)
@pytest.mark.parametrize("version", ["0.9.6", "0.9.7"])
def test_an_independent_client_reads_the_emulated_tree(version: Version, culture: Culture, maker: str) -> None:
    found = LibreHardwareMonitorParser().parse_data(json.loads(document(version, culture, maker)))
    assert not found.is_deprecated_version
    assert str(found.version) == ("0.9.7" if version == "0.9.7" else "0.0.0")
    assert set(found.main_device_ids_and_names) == {"motherboard", f"{maker}cpu-0"}
    by_id = dict(found.sensor_data)
    temperature = by_id[f"{maker}cpu-0-temperature-{10 if maker == 'intel' else 2}"]
    assert (temperature.value, temperature.min, temperature.unit) == ("56.2", "41.0", "°C")
    assert by_id["lpc-nct6687d-0-fan-0"].value == "1008"
    assert by_id[f"{maker}cpu-0-power-0"].value == "45.1"
    assert by_id[f"{maker}cpu-0-load-0"].value == "34.0"
    assert by_id[f"{maker}cpu-0-clock-1"].value == "3991.2"
    assert all(sensor.type is not None and sensor.value is not None for sensor in by_id.values())


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("culture", CULTURES)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_emulated_tree_is_what_it_was(version: Version, culture: Culture, maker: str) -> None:
    """The golden files are compared as text, so that the order of keys counts as well."""
    text = json.dumps(tree_of([machine(maker)], "cpu-0001", version, culture), indent=1, ensure_ascii=False) + "\n"
    assert text == (GOLDEN / f"{maker}-{version}-{culture}.json").read_text(encoding="utf-8")


OHM = (
    '{"id": 0, "Text": "Sensor", "Children": [{"id": 1, "Text": "ALT-PC", "Children": ['
    '{"id": 2, "Text": "ASUS P8Z77-V", "Children": [{"id": 3, "Text": "Nuvoton NCT6779D", "Children": ['
    '{"id": 4, "Text": "Voltages", "Children": [{"id": 5, "Text": "CPU VCore", "Children": [], "Min": "0,856 V", '
    '"Value": "0,888 V", "Max": "1,216 V", "ImageURL": "images/transparent.png"}], "Min": "", "Value": "", "Max": "", '
    '"ImageURL": "images_icon/voltage.png"}, {"id": 6, "Text": "Fans", "Children": [{"id": 7, "Text": "Fan #2", '
    '"Children": [], "Min": "-", "Value": "-", "Max": "-", "ImageURL": "images/transparent.png"}, '
    '{"id": 8, "Text": "CPU Fan", "Children": [], "Min": "713 RPM", "Value": "843 RPM", "Max": "1208 RPM", '
    '"ImageURL": "images/transparent.png"}], "Min": "", "Value": "", "Max": "", "ImageURL": "images_icon/fan.png"}], '
    '"Min": "", "Value": "", "Max": "", "ImageURL": "images_icon/chip.png"}], "Min": "", "Value": "", "Max": "", '
    '"ImageURL": "images_icon/mainboard.png"}, {"id": 9, "Text": "Intel Core i7-3770", "Children": ['
    '{"id": 10, "Text": "Clocks", "Children": [{"id": 11, "Text": "Bus Speed", "Children": [], "Min": "100 MHz", '
    '"Value": "100 MHz", "Max": "100 MHz", "ImageURL": "images/transparent.png"}, {"id": 12, "Text": "CPU Core #1", '
    '"Children": [], "Min": "1600 MHz", "Value": "1602 MHz", "Max": "3904 MHz", "ImageURL": ""}], '
    '"Min": "", "Value": "", "Max": "", "ImageURL": "images_icon/clock.png"}, {"id": 13, "Text": "Temperatures", '
    '"Children": [{"id": 14, "Text": "CPU Core #1", "Children": [], "Min": "31,0 \u00b0C", "Value": "36,0 \u00b0C", '
    '"Max": "62,0 \u00b0C", "ImageURL": "images/transparent.png"}, {"id": 15, "Text": "CPU Package", "Children": [], '
    '"Min": "35,0 \u00b0C", "Value": "38,0 \u00b0C", "Max": "64,0 \u00b0C", "ImageURL": "images/transparent.png"}], '
    '"Min": "", "Value": "", "Max": "", "ImageURL": "images_icon/temperature.png"}, {"id": 16, "Text": "Load", '
    '"Children": [{"id": 17, "Text": "CPU Total", "Children": [], "Min": "0,8 %", "Value": "4,7 %", "Max": "100,0 %", '
    '"ImageURL": "images/transparent.png"}], "Min": "", "Value": "", "Max": "", "ImageURL": "images_icon/load.png"}, '
    '{"id": 18, "Text": "Powers", "Children": [{"id": 19, "Text": "CPU Package", "Children": [], "Min": "5,3 W", '
    '"Value": "7,9 W", "Max": "77,1 W", "ImageURL": "images/transparent.png"}], "Min": "", "Value": "", "Max": "", '
    '"ImageURL": "images_icon/power.png"}], "Min": "", "Value": "", "Max": "", "ImageURL": "images_icon/cpu.png"}], '
    '"Min": "", "Value": "", "Max": "", "ImageURL": "images_icon/computer.png"}], "Min": "Min", "Value": "Value", '
    '"Max": "Max", "ImageURL": ""}'
)
"""Written by hand, key by key as OpenHardwareMonitor's own server puts its text together, on a German Windows."""


def test_a_tree_of_open_hardware_monitor_written_by_hand() -> None:
    assert six_of(read_tree(OHM.encode())) == Seen(38.0, 7.9, 4.7, 0.888, 843.0, 1.602)


def test_the_emulated_tree_of_open_hardware_monitor_has_the_keys_of_the_one_by_hand() -> None:
    def shapes(node: Any) -> set[tuple[str, ...]]:
        return {tuple(node)}.union(*(shapes(child) for child in node["Children"]))

    assert shapes(json.loads(OHM)) == shapes(tree_of([machine()], "x", "ohm")) == {tuple(json.loads(OHM))}


def test_nodes_are_numbered_from_the_root_down() -> None:
    def numbers(node: Any) -> list[int]:
        return [node["id"], *(number for child in node["Children"] for number in numbers(child))]

    for version in VERSIONS:
        found = numbers(tree_of([machine("intel"), machine("amd")], "fleet", version))
        assert found == list(range(len(found)))


def test_of_several_machines_each_has_ids_of_its_own() -> None:
    tree = tree_of([machine("intel"), machine("intel"), machine("amd")], "fleet", "0.9.7")
    found = LibreHardwareMonitorParser().parse_data(json.loads(json.dumps(tree)))
    assert {"intelcpu-0", "intelcpu-1", "amdcpu-2"} <= set(found.main_device_ids_and_names)


def test_what_a_device_does_not_know_is_a_dash_or_null() -> None:
    blind = Seen(temperature_c=50.0)
    for version in VERSIONS:
        assert six_of(read_tree(document(version, seen=blind))) == blind
    assert b'"Value": "-"' in document("0.9.4", seen=blind)
    assert b'"RawValue": null' in document("0.9.7", seen=blind)


def test_extremes_last_and_a_gap_is_none() -> None:
    values = widened(widened(widened({}, Seen(temperature_c=50.0)), Seen(temperature_c=40.0)), NOTHING)
    assert values["temperature_c"] == Extremes(40.0, None, 50.0)


def test_numbers_are_written_with_the_nine_digits_of_32_bits() -> None:
    # as recorded of LibreHardwareMonitor 0.9.7 on a real board
    assert [single(v) for v in (12.048, 5.016, 0.7, 2.172, 55.0, 42.5)] == [
        12.0480003, 5.01599979, 0.699999988, 2.17199993, 55, 42.5,
    ]  # fmt: skip
    assert isinstance(single(55.0), int)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("12,072 V", 12.072, "V"),
        ("12.072 V", 12.072, "V"),
        ("4825,0 MHz", 4825.0, "MHz"),
        ("1008 RPM", 1008.0, "RPM"),
        ("-5,5 °C", -5.5, "°C"),
        ("\u22125,5 °C", -5.5, "°C"),
        ("48,250", 48.25, ""),
        ("16233340,0 °C", 16233340.0, "°C"),
        ("-", None, ""),
        ("", None, ""),
        ("NaN", None, ""),
        ("1.234,5 MB", None, ""),
        ("1e300 V", None, ""),
        ("9" * 400, None, ""),
        (12.0, None, ""),
        (None, None, ""),
        (["12 V"], None, ""),
    ],
)
def test_formatted_texts_of_every_culture(text: object, value: float | None, unit: str) -> None:
    assert formatted(text) == (value, unit)


@pytest.mark.parametrize(
    ("raw", "shown", "expected"),
    [
        (55.875, "55,9 °C", 55.875),
        ("55,9 °C", "55,9 °C", 55.9),
        (None, "55,9 °C", 55.9),
        ("NaN", "-", None),
        (True, "-", None),
        (10**400, "-", None),
        (55.0, "131,0 °F", 55.0),
        ("131,0 °F", "131,0 °F", 55.0),
        (1.6e7, "16233340,0 °C", None),
    ],
)
def test_raw_values_of_every_version(raw: object, shown: str, expected: float | None) -> None:
    found = six_of(read_tree(leaf("CPU Package", shown, RawValue=raw, Type="Temperature"))).temperature_c
    assert found == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("names", "group", "quantity", "expected"),
    [
        ({"CPU Core #1": "50,0 °C", "CPU Core #2": "60,0 °C"}, "Temperatures", "temperature_c", 60.0),
        ({"CPU Core #1 Distance to TjMax": "50,0 °C"}, "Temperatures", "temperature_c", None),
        ({"Core (Tctl/Tdie)": "61,1 °C", "CCD1 (Tdie)": "70,0 °C"}, "Temperatures", "temperature_c", 61.1),
        ({"P-Core #1": "4000 MHz", "E-Core #2": "3000 MHz", "Bus Speed": "100 MHz"}, "Clocks", "clock_ghz", 3.5),
        ({"Core #1": "4000 MHz", "Core #1 (Effective)": "12 MHz"}, "Clocks", "clock_ghz", 4.0),
        ({"CPU Core #1": "10 %", "CPU Core #2": "30 %", "CPU Core Max": "99 %"}, "Load", "load_percent", 20.0),
        ({"CPU Total": "12,5 %", "CPU Core #1": "99 %"}, "Load", "load_percent", 12.5),
        ({"Core #1 VID": "1,100 V", "Core #2 VID": "1,200 V"}, "Voltages", "voltage_v", 1.15),
        ({"CPU Core": "0,000 V"}, "Voltages", "voltage_v", None),
        ({"Package": "42,0 W", "Core #1 (SMU)": "2,0 W"}, "Powers", "power_w", 42.0),
    ],
)
def test_what_counts_as_a_quantity(names: dict[str, str], group: str, quantity: str, expected: float | None) -> None:
    tree = json.loads(leaf("none", "-", group))
    sensors = tree["Children"][0]["Children"][0]["Children"][0]["Children"]
    sensors[:] = [{"Text": name, "Value": value, "Children": []} for name, value in names.items()]
    found = getattr(six_of(read_tree(json.dumps(tree).encode())), quantity)
    assert found == (None if expected is None else pytest.approx(expected))


def test_the_board_helps_out_where_the_cpu_shows_its_start_up_zero() -> None:
    tree = tree_of([machine("amd", SEEN)], "x", "0.9.7")
    cpu = tree["Children"][0]["Children"][1]
    (voltages,) = (group for group in cpu["Children"] if group["Text"] == "Voltages")
    voltages["Children"][0] |= {"Value": "0.000 V", "RawValue": 0}
    assert six_of(read_tree(json.dumps(tree).encode())).voltage_v == pytest.approx(1.104)


DEEP = b'{"Children":[' * 200 + b"]}" * 200
HOSTILE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "no JSON"),
    "html": (b"<html><body>404</body></html>", "no JSON"),
    "half": (document("0.9.6")[:2000], "no JSON"),
    "binary": (bytes(range(256)), "no JSON"),
    "brackets": (b"[" * 1_000_000, "deep"),
    "deep": (DEEP, "deep"),
    "a list": (b"[1, 2]", "no tree"),
    "a number": (b"12", "no tree"),
    "null": (b"null", "no tree"),
    "no children": (b'{"Text": "Sensor"}', "no tree"),
    "children of text": (b'{"Children": "all"}', "no tree"),
    "a huge number": (b'{"Children": [' + b"9" * 5000 + b"]}", "no JSON"),
    "many": (b'{"Children": [' + b"{}," * MOST_NODES + b"{}]}", "nodes"),
    "gzip": (b"\x1f\x8b\x08\x00" + bytes(64), "no JSON"),
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_what_is_no_tree_is_said_and_nothing_of_it_shown(name: str) -> None:
    text, why = HOSTILE[name]
    with pytest.raises(TreeError, match=why):
        read_tree(text)


def test_the_deepest_tree_that_is_taken() -> None:
    def nested(depth: int) -> bytes:
        return b'{"Children":[' * depth + b"{}" + b"]}" * depth

    assert read_tree(nested(MOST_DEPTH)) == ()
    with pytest.raises(TreeError):
        read_tree(nested(MOST_DEPTH + 1))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["Text", "Value", "Children", "Type", "RawValue", "ImageURL"]) | st.text(max_size=4), inner
        )
    ),
    max_leaves=20,
)


@given(JSON, JSON, JSON)
def test_any_json_is_a_tree_or_none(value: Any, raw: Any, children: Any) -> None:
    for root in (value, {"Children": [children, value]}, {"Children": [{"Text": value, "Children": children}]}):
        _reads(json.dumps(root).encode())
    _reads(leaf("CPU Package", value, RawValue=raw, Type=children))


def _reads(text: bytes) -> None:
    try:
        seen = six_of(read_tree(text))
    except TreeError:
        return
    for name, value in seen._asdict().items():
        assert value is None or LIMITS[name][0] <= value <= LIMITS[name][1]
