"""The built wheel, installed into an empty environment, runs from another folder and brings everything it needs."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import venv
import zipfile
from configparser import ConfigParser
from email.parser import Parser
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
PACKAGES: Final = ("actors", "api", "engine", "scenarios", "schemas")
FILES: Final = ("LICENSE", "README.md", "pyproject.toml", "setup.cfg")

pytestmark = [pytest.mark.network, pytest.mark.timeout(900)]


def run(*command: str | Path, folder: Path) -> str:
    """Run a program and give what it said; what went wrong is shown whole."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def checkout(source: Path) -> Path:
    """A copy of the product that holds no left-overs of earlier builds."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    for name in FILES:
        shutil.copy(ROOT / name, source / name)
    return source


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by way of the source distribution."""
    source = checkout(tmp_path_factory.mktemp("source"))
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", out, source, folder=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment in which nothing but the wheel was asked for."""
    home = tmp_path_factory.mktemp("empty") / "venv"
    venv.create(home, with_pip=True)
    programs = home / "bin"
    run(programs / "python", "-m", "pip", "install", "--quiet", wheel, folder=home)
    return programs


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    there = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert held == there


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        facts = Parser().parsestr(archive.read(name).decode())
        entries = archive.read(name.replace("METADATA", "entry_points.txt")).decode()
    assert facts["Version"] == setup["metadata"]["version"]
    assert facts["License-Expression"] == "Apache-2.0"
    assert facts["Requires-Python"] == ">=3.11"
    assert "data-simulator = api.cli:main" in entries


def test_it_runs_the_default_scenario_from_another_folder(installed: Path, tmp_path: Path) -> None:
    command = ("run", "--duration", "5s", "--pace", "max", "--summary", "run.json", "--quiet")
    frames = run(installed / "data-simulator", *command, folder=tmp_path)
    summary = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert summary["frames"] == len(frames.splitlines()) > 0
    assert summary["repeatable"] is True


def test_every_command_answers_there(installed: Path, tmp_path: Path) -> None:
    for command in ("version", "check", "kinds", "schema"):
        assert run(installed / "data-simulator", command, folder=tmp_path).strip()
    assert list(tmp_path.iterdir()) == []


def first_frame(command: list[str], folder: Path, cache: Path) -> tuple[float, str]:
    """Start a run, take its first frame, press Ctrl-C; seconds to the frame, and the line that shows it."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    began = time.monotonic()
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        frame = process.stdout.readline().decode()
        seconds = time.monotonic() - began
        os.killpg(process.pid, signal.SIGINT)
        process.stdout.read()
        assert process.wait(timeout=60) == 0
    return seconds, frame


def test_the_first_command_of_the_readme_runs_the_default_fleet(tmp_path: Path) -> None:
    command = re.search(r"<!-- run command -->\n```sh\n(.*?)\n```", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert command is not None
    source = checkout(tmp_path / "checkout")
    _, frame = first_frame(["bash", "-c", command[1]], source, tmp_path / "cache")
    assert " seq=0 " in frame


def test_readings_show_within_three_seconds_the_very_first_time(installed: Path, tmp_path: Path) -> None:
    # every try finds an empty cache, so each is a first time; neighbours on the machine may spoil some of them
    tries = (first_frame([str(installed / "data-simulator"), "run"], tmp_path, tmp_path / str(n))[0] for n in range(10))
    assert any(seconds < 3 for seconds in tries)
