"""A broker that is stopped goes on when it should, and does not stay stopped for ever when its owner dies."""

import os
import signal
import subprocess
import sys
from threading import Event

import pytest

from actors.chaos.base import Backstage
from actors.chaos.broker_freeze import ACTION
from actors.embedded.mqtt import Rumqttd

OWNER = """
import os, signal
from types import SimpleNamespace
from actors.chaos.base import Backstage
from actors.chaos.broker_freeze import ACTION
from actors.embedded.mqtt import Rumqttd
broker = Rumqttd()
stage = Backstage(None, {})
stage.embedded = SimpleNamespace(mqtt=broker)
ACTION.begin(stage, "run", ACTION.parameters())
print(broker.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def state(pid: int) -> str:
    """As the kernel tells it; nothing for a process that is gone or has only to be taken notice of."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            word = file.read().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return ""
    return "" if word in "ZX" else word


def becomes(pid: int, wanted: str) -> bool:
    never = Event()
    for _ in range(400):
        if (state(pid) == wanted) if wanted != "awake" else (state(pid) in ("S", "R")):
            return True
        never.wait(0.05)
    return False


@pytest.fixture
def stage() -> Backstage:
    made = Backstage(None, {})

    class Embedded:
        mqtt = Rumqttd()

    made.embedded = Embedded
    return made


def test_a_frozen_broker_is_stopped_and_goes_on(stage: Backstage) -> None:
    broker = stage.embedded.mqtt
    try:
        token = ACTION.begin(stage, "run", ACTION.parameters())
        assert becomes(broker.pid, "T")
        ACTION.end(stage, "run", token)
        assert becomes(broker.pid, "awake")
        assert token.thaw.poll() is not None
    finally:
        os.kill(broker.pid, signal.SIGCONT)
        broker.close()


def test_a_frozen_broker_ends_when_its_owner_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        assert owner.wait(60) == -signal.SIGKILL
    try:
        assert becomes(pid, "")
    finally:
        if state(pid):
            os.kill(pid, signal.SIGKILL)
