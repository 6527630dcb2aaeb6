"""The image, built and run for real: unprivileged, on a read-only root, with its state on a volume."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.container.containers import ROOT, Engine, need_containers

pytestmark = pytest.mark.timeout(900)

USER: Final = 10001
KEY: Final = "0123456789abcdef0123456789abcdef"
FLEET: Final = """
version: 1
name: contained
fleet:
  - {name: pi, kind: raspberry-pi, count: 3, interval: 250ms}
  - {name: cpu, kind: cpu, count: 2, interval: 500ms}
sinks:
  - {kind: file, options: {path: frames.jsonl, mode: append}}
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    need_containers()
    made = Engine(tmp_path_factory.mktemp("containers"))
    try:
        made.build()
        yield made
    finally:
        made.close()


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    """A folder of the host that the container's user may write to."""
    return owned(tmp_path / "volume")


def owned(folder: Path) -> Path:
    folder.mkdir()
    os.chown(folder, USER, USER)
    # the folders of the test are for root alone, and a mount needs no way through them
    return folder


def mounted(tmp_path: Path, volume: Path, **more: str) -> list[str]:
    """Options: the volume, a scenario, and files by the variable that names them."""
    scenario = tmp_path / "fleet.yaml"
    scenario.write_text(FLEET, encoding="utf-8")
    scenario.chmod(0o644)
    options = ["-v", f"{volume}:/data", "-v", f"{scenario}:/fleet.yaml:ro", "-e", "DATA_SIMULATOR_SCENARIO=/fleet.yaml"]
    for name, text in more.items():
        file = tmp_path / name.lower()
        file.write_text(text + "\n", encoding="utf-8")
        file.chmod(0o644)
        options += ["-v", f"{file}:/run/secrets/{name.lower()}:ro", "-e", f"{name}=/run/secrets/{name.lower()}"]
    return options


def sequences(volume: Path) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for line in (volume / "frames.jsonl").read_text(encoding="utf-8").splitlines():
        frame = json.loads(line)
        found.setdefault(frame["device"], []).append(frame["sequence"])
    return found


def test_the_image_says_what_it_is_and_keeps_to_itself(engine: Engine) -> None:
    about: Any = engine.inspect()
    config = about["Config"]
    assert config["User"] == f"{USER}:{USER}"
    assert config["Cmd"] == ["serve"]
    assert set(config["ExposedPorts"]) == {"80/tcp"}
    assert config["StopSignal"] == "SIGTERM"
    assert about["HealthCheck" if "HealthCheck" in about else "Healthcheck"]["Test"][1] == "data-simulator"
    labels = {name.rpartition(".")[2]: text for name, text in config["Labels"].items() if "opencontainers" in name}
    assert labels["title"] == "data-simulator"
    assert labels["licenses"] == "Apache-2.0"
    assert not [word for word in config["Env"] if re.search(r"(KEY|SECRET|PASSWORD)=(?!true)", word)]


def test_a_fleet_is_served_stops_in_order_and_goes_on_in_a_new_container(
    engine: Engine, tmp_path: Path, volume: Path
) -> None:
    options = mounted(tmp_path, volume, DATA_SIMULATOR_ADMIN_KEY_FILE=KEY)
    first = engine.run(options=options).ready()
    assert (first.ask("/livez").status, first.ask("/readyz").status) == (200, 200)
    assert first.ask("/v1/devices").status == 401
    assert first.ask("/v1/devices", "wrong").status == 401
    page = first.ask("/v1/devices", KEY)
    assert (page.status, page.json["total"]) == (200, 5)
    first.until(lambda: first.ask("/v1/clock", KEY).json["frames"] > 20)
    assert first.execute("data-simulator", "health")[0] == 0
    engine.podman("healthcheck", "run", first.id)
    # nothing was compiled, and no root was written to
    assert "compiled" not in first.logs
    assert first.execute("python", "-c", "open('/nowhere', 'w')")[0] != 0
    code, said = first.execute("python", "-c", "import os; print(os.getuid(), open('/proc/1/status').read())")
    assert code == 0
    assert said.startswith(f"{USER} ")
    assert re.search(r"^CapEff:\s+0+$", said, re.M)
    assert first.stop() == 0
    assert "Stopping in order" in first.logs
    assert KEY not in first.logs
    before = sequences(volume)
    second = engine.run(options=options).ready()
    second.until(lambda: second.ask("/v1/clock", KEY).json["frames"] > 5)
    newest = max(before["pi-0001"])
    second.until(lambda: (second.ask("/v1/devices/pi-0001", KEY).json["sequence"] or 0) > newest + 3)
    assert second.stop() == 0
    after = sequences(volume)
    assert set(after) == {"pi-0001", "pi-0002", "pi-0003", "cpu-0001", "cpu-0002"}
    for device, numbers in after.items():
        assert numbers == list(range(len(numbers))), device
        assert len(numbers) > len(before[device])


def test_the_first_start_makes_a_key_says_it_once_and_later_starts_know_it(
    engine: Engine, tmp_path: Path, volume: Path
) -> None:
    options = mounted(tmp_path, volume)
    first = engine.run(options=options).ready()
    (key,) = re.findall(r"\bdsk_[A-Za-z0-9_-]+", first.logs)
    assert first.ask("/v1/devices").status == 401
    assert first.ask("/v1/me", key).json["role"] == "admin"
    assert first.stop() == 0
    for path in volume.rglob("*"):
        assert path.is_dir() or key.encode() not in path.read_bytes(), f"{path} holds the key itself"
    second = engine.run(options=options).ready()
    assert "dsk_" not in second.logs
    assert second.ask("/v1/me", key).json["role"] == "admin"
    assert second.ask("/v1/me").status == 401
    assert second.stop() == 0


def test_a_run_to_an_end_needs_no_volume_and_no_network(engine: Engine) -> None:
    container = engine.run("run", "--duration", "3s", "--pace", "max", "--no-sinks", "--set", "seed=5")
    assert container.end() == 0
    assert "18 devices" in container.logs
    assert "compiled" not in container.logs


def test_the_example_of_an_env_file_is_taken_as_it_is(engine: Engine, volume: Path) -> None:
    options = ["--env-file", str(ROOT / ".env.example"), "-v", f"{volume}:/data"]
    container = engine.run("check", "--json", options=options)
    assert container.end() == 0
    assert json.loads(container.logs)["devices"] == 18
