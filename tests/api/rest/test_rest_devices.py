"""Devices over REST: the list, the single one, its last minutes."""

from collections.abc import Iterator

import pytest

from tests.api.rest.house import House, house


@pytest.fixture(scope="module")
def home() -> Iterator[House]:
    with house() as made:
        yield made


def test_the_list_shows_what_each_device_said_last(home: House) -> None:
    page = home.get("/v1/devices")
    assert [device["id"] for device in page["items"]] == ["cpu-0001", "cpu-0002", "pi-0001", "pi-0002", "pi-0003"]
    assert (page["total"], page["next"]) == (5, None)
    newest = {frame.device: frame for frame in home.simulation.sinks[1].frames}
    for device in page["items"]:
        frame = newest[device["id"]]
        assert device["sequence"] == frame.sequence
        assert device["readings"] == {reading.sensor: reading.value for reading in frame.readings}


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("kind=cpu", ["cpu-0001", "cpu-0002"]),
        ("group=pi&q=3", ["pi-0003"]),
        ("label=site:berlin", ["pi-0001", "pi-0002", "pi-0003"]),
        ("label=site:berlin&label=site:oslo", []),
        ("health_below=0.9", ["cpu-0001", "cpu-0002"]),
        ("state=failed", []),
        ("sort=-id&limit=2", ["pi-0003", "pi-0002"]),
        ("sort=-kind&limit=1", ["pi-0003"]),
    ],
)
def test_a_filter_and_an_order(home: House, query: str, ids: list[str]) -> None:
    assert [device["id"] for device in home.get(f"/v1/devices?{query}")["items"]] == ids


@pytest.mark.parametrize("sort", ["id", "-id", "health", "-health", "kind", "-rul_s", "state"])
def test_pages_together_are_the_whole_list(home: House, sort: str) -> None:
    whole = home.get(f"/v1/devices?sort={sort}")["items"]
    pages, cursor = [], ""
    while True:
        page = home.get(f"/v1/devices?sort={sort}&limit=2{cursor}")
        pages += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert pages == whole


def test_one_device_answers_itself(home: House) -> None:
    device = home.get("/v1/devices/cpu-0001")
    assert device["intervals"]["temperature"] == "1s"
    assert device["truth"]["clean"].keys() == device["readings"].keys()
    assert {part["mode"] for part in device["truth"]["wear"]} == set(device["modes"])


def test_the_last_minutes_are_what_the_sinks_were_told(home: House) -> None:
    history = home.get("/v1/devices/pi-0002/history")
    frames = [frame for frame in home.simulation.sinks[1].frames if frame.device == "pi-0002"]
    truths = [truth for truth in home.simulation.sinks[1].truths if truth.device == "pi-0002"]
    said = [[r.time_ns / 1e9, r.value] for frame in frames for r in frame.readings if r.sensor == "temperature"]
    assert [point[:2] for point in history["sensors"]["temperature"]] == said
    clean = [dict(truth.clean)["temperature"] for truth in truths]
    assert [point[2] for point in history["sensors"]["temperature"]] == clean
