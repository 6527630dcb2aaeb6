"""A device that mirrors a real machine: the same frames and sinks, and a stopped source is a state and a reason."""

import json
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from actors.device.schedule import NS_PER_S
from actors.messages import Heard
from actors.system import Simulation
from actors.vocabulary import Words
from api.cli import main
from api.exit_codes import ExitCode
from engine.devices.base import BodySpec
from engine.devices.host import KIND, STALE_S, HostBody
from engine.hardware.emulation import VERSIONS, Machine, Version, tree_of, widened
from engine.hardware.seen import NOTHING, Seen
from engine.hardware.simulated import maker_of, seen_of
from schemas import commands, events
from schemas.addresses import device_address, source_address
from schemas.problems import InvalidInput
from schemas.queries import GetDevice
from schemas.readings import Frame
from schemas.scenario import Scenario, load_scenario
from schemas.settings import Settings
from schemas.target import Target
from tests.actors.sources.monitor_stand_in import StandIn, http, raw, stand_in
from tests.actors.sources.test_sources_local import INTEL, write
from tests.actors.troupe import Troupe

SEEN = Seen(56.0, 45.5, 34.0, 1.125, 1008.0, 3.5)
SHOWN = (56.0, 45.5, 34.0, 1.125, 20.16, 3.5)
PATIENCE_S = 60.0
HOST = """
version: 1
name: mirror
pace: 1
fleet: [{kind: host, interval: 250ms, phase: aligned, settings: {%s}}]
sinks: [{kind: memory, truth: true}]
"""


def scenario(settings: str, text: str = HOST) -> Scenario:
    return load_scenario(text % settings, "test", vocabulary=Words())


def body(**settings: Any) -> HostBody:
    found = KIND.build(BodySpec("host-0001", 1, "machine", "real", "real", settings=settings))
    assert isinstance(found, HostBody)
    return found


class Mirrored(Troupe):
    """One host device in virtual time; the test says what its source says."""

    def __init__(self) -> None:
        super().__init__(id="host-0001")
        self.host = self.memory.body = body()
        self.memory.settable = KIND.settable

    def hear(self, seen: Seen, trouble: str = "") -> None:
        self.dispatcher.send(device_address(self.id), Heard(seen, trouble))


def changes(troupe: Troupe) -> list[tuple[str, str]]:
    return [(event.after, event.cause) for event in troupe.events if isinstance(event, events.StateChanged)]


def shown(frame: Frame) -> tuple[float | None, ...]:
    return tuple(reading.value for reading in frame.readings)


def test_frames_show_what_was_heard_last() -> None:
    troupe = Mirrored()
    troupe.alone().run_to(1)
    troupe.hear(SEEN)
    troupe.run_to(3)
    troupe.hear(SEEN._replace(temperature_c=60.0, fan_rpm=None))
    troupe.run_to(4)
    assert [shown(frame) for frame in troupe.frames] == [
        (None,) * 6,
        pytest.approx(SHOWN),
        pytest.approx(SHOWN),
        pytest.approx((60.0, 45.5, 34.0, 1.125, None, 3.5)),
    ]
    assert [frame.sequence for frame in troupe.frames] == [0, 1, 2, 3]


def test_a_lost_source_is_a_state_and_a_reason_and_its_return_ends_both() -> None:
    troupe = Mirrored()
    troupe.alone().run_to(1)
    troupe.hear(SEEN)
    troupe.run_to(2)
    troupe.hear(NOTHING, "http://desk: connection refused")
    troupe.run_to(3)
    assert (troupe.memory.state.value, troupe.memory.cause) == ("degraded", "source: http://desk: connection refused")
    troupe.hear(NOTHING, "http://desk: no answer within 2 s")
    troupe.run_to(4)
    assert troupe.memory.cause == "source: http://desk: no answer within 2 s"
    troupe.hear(SEEN)
    troupe.run_to(5)
    assert changes(troupe)[2:] == [("degraded", "source: http://desk: connection refused"), ("running", "body")]
    assert [shown(frame)[0] for frame in troupe.frames] == [None, 56.0, None, None, 56.0]
    assert [truth.symptoms for truth in troupe.truths] == [(), (), ("source-lost",), ("source-lost",), ()]


def test_old_news_is_no_news() -> None:
    troupe = Mirrored()
    troupe.alone().run_to(1)
    troupe.hear(SEEN)
    troupe.run_to(STALE_S + 4)
    assert [shown(frame)[0] for frame in troupe.frames][-3:] == [56.0, None, None]
    assert changes(troupe)[-1] == ("degraded", "source: nothing heard for 10 s")


def test_nothing_is_claimed_that_is_not_known() -> None:
    troupe = Mirrored()
    troupe.alone().run_to(1)
    truth = troupe.truths[-1]
    assert (truth.health, truth.rul_s, truth.wear, truth.faults) == (1.0, None, (), ())


def test_commands_act_as_on_every_device_but_cannot_send_it_elsewhere() -> None:
    troupe = Mirrored()
    troupe.alone().run_to(1)
    troupe.hear(SEEN)
    troupe.run_to(2)
    troupe.send(commands.InjectFault("host-0001", "temperature", "plus", {"add": 7.0}))
    assert troupe.send(commands.SetParameter("host-0001", "fan_cfm_per_rpm", 0.03)) == commands.Done()
    for name, value in (("url", "http://evil.example/"), ("source", "url"), ("root", "/etc"), ("poll_s", 60.0)):
        refused = troupe.send(commands.SetParameter("host-0001", name, value))
        assert isinstance(refused, commands.Refused)
        assert "only the scenario" in refused.reason
    assert isinstance(troupe.send(commands.InjectWear("host-0001", "dust", 0.5)), commands.Refused)
    troupe.hear(SEEN)
    troupe.run_to(3)
    assert shown(troupe.frames[-1])[0] == 63.0
    assert shown(troupe.frames[-1])[4] == pytest.approx(30.24)
    assert troupe.truths[-1].clean[0][1] == 56.0
    troupe.send(commands.Stop("host-0001"))
    troupe.run_to(5)
    assert len(troupe.frames) == 3


def test_a_device_that_mirrors_nothing_takes_no_news() -> None:
    troupe = Troupe()
    troupe.alone().run_to(1)
    with pytest.raises(TypeError, match="mirrors none"):
        troupe.send(Heard(SEEN))


@pytest.mark.parametrize(
    ("settings", "path", "allowed"),
    [
        ("url: 'http://anna:pw@h/'", "fleet[0].settings.url", "http://HOST:PORT"),
        ("url: 7", "fleet[0].settings.url", "http://HOST:PORT"),
        ("source: lhm", "fleet[0].settings.source", "auto or hwmon or psutil or url"),
        ("root: ../etc", "fleet[0].settings.root", "absolute path"),
        ("poll_s: 0.01", "fleet[0].settings.poll_s", "0.25 to 60 s"),
        ("source: url", "fleet[0].settings.url", "DATA_SIMULATOR_MONITOR_URL"),
        ("source: hwmon, url: 'http://h/'", "fleet[0].settings.url", "none beside"),
    ],
)
def test_a_scenario_says_what_is_wrong_with_a_source(settings: str, path: str, allowed: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Simulation.from_scenario(scenario(settings), kernels="interpreted")
    (problem,) = caught.value.problems
    assert problem.path == path
    assert allowed in problem.allowed
    assert "pw" not in str(caught.value)


class Living:
    """A simulation that lives on a thread of its own in real time, until a test has seen what it waits for."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self._thread = Thread(target=simulation.run, daemon=True)
        self._thread.start()

    def until(self, holds: Callable[[], bool]) -> None:
        pause = Event()
        for _ in range(round(PATIENCE_S / 0.05)):
            if holds():
                return
            pause.wait(0.05)
        raise AssertionError("it did not come about")

    def newest(self) -> tuple[float | None, ...]:
        frames = list(self.simulation.sinks[0].frames)
        return shown(frames[-1]) if frames else ()

    def state(self) -> tuple[str, str]:
        memory = self.simulation.fleet.devices["host-0001"]
        return memory.state.value, memory.cause

    def end(self) -> Any:
        self.simulation.request_stop()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()
        return self.simulation.summary()


def live(words: str, **more: Any) -> Living:
    return Living(Simulation.from_scenario(scenario(words), kernels="interpreted", **more))


def test_this_machines_files_become_frames_and_the_run_is_not_repeatable(tmp_path: Path) -> None:
    write(tmp_path, INTEL)
    living = live(f"source: hwmon, root: {tmp_path}, poll_s: 0.25")
    living.until(lambda: living.newest()[:1] == (56.0,))
    write(tmp_path, {"sys/class/hwmon/hwmon2/temp1_input": "61000", "proc/stat": "cpu  200 0 100 700 100 0 0 0 0 0"})
    living.until(
        lambda: (
            living.newest()[:1] == (61.0,) and 100.0 in (f.readings[2].value for f in living.simulation.sinks[0].frames)
        )
    )
    summary = living.end()
    assert not summary.repeatable
    assert "1 device(s) mirror real hardware" in summary.reasons
    assert summary.ended == "stopped"
    assert (summary.zombies, summary.given_up) == (0, 0)


def test_a_monitor_that_is_stopped_spoilt_and_started_again() -> None:
    good = json.dumps(tree_of([Machine("desk", "amd", widened({}, SEEN))], "desk", "0.9.7")).encode()
    with stand_in(http(good)) as server:
        living = live(f"url: '{server.url}', poll_s: 0.25")
        living.until(lambda: living.newest() == pytest.approx(SHOWN))
        for reply, why in ((raw(b""), "broke off"), (http(b"<html>"), "no JSON"), (http(b"", "302 Found"), "redirect")):
            server.reply = reply
            living.until(lambda why=why: living.state()[0] == "degraded" and why in living.state()[1])  # type: ignore[misc]
            assert living.newest() == (None,) * 6
        server.reply = http(good)
        living.until(lambda: living.state()[0] == "running" and living.newest() == pytest.approx(SHOWN))
        view = living.simulation.ask(GetDevice("host-0001"))
        assert (view.state, view.kind) == ("running", "host")
        summary = living.end()
    assert summary.given_up == 0
    assert [frame.sequence for frame in living.simulation.sinks[0].frames] == list(range(summary.frames))


def test_a_monitor_that_a_guide_forbids_is_never_asked() -> None:
    def guide(target: Target) -> str:
        raise ConnectionError

    with stand_in(http(b"{}")) as server:
        living = live(f"url: '{server.url}', poll_s: 0.25", guide=guide)
        living.until(lambda: "does not connect there" in living.state()[1])
        living.end()
        assert server.requests == []


def test_who_asks_the_source_comes_back_after_a_crash(tmp_path: Path) -> None:
    write(tmp_path, INTEL)
    living = live(f"source: hwmon, root: {tmp_path}, poll_s: 0.25")
    living.until(lambda: living.newest()[:1] == (56.0,))
    living.simulation.send(commands.Crash(source_address(0)))
    living.until(lambda: living.simulation.journal.counts["ActorRestarted"] == 1)
    write(tmp_path, {"sys/class/hwmon/hwmon2/temp1_input": "62000"})
    living.until(lambda: living.newest()[:1] == (62.0,))
    assert living.end().restarts == 1


def test_the_monitor_of_the_settings_is_asked_and_its_password_goes_nowhere_else() -> None:
    good = json.dumps(tree_of([Machine("desk", "amd", widened({}, SEEN))], "desk", "0.9.6")).encode()
    with stand_in(http(good)) as mine, stand_in(http(good)) as other:
        environ = {
            "DATA_SIMULATOR_MONITOR_URL": mine.url,
            "DATA_SIMULATOR_MONITOR_USERNAME": "anna",
            "DATA_SIMULATOR_MONITOR_PASSWORD": "geheim",
        }
        for settings, asked in (("source: auto", mine), (f"url: '{other.url}'", other)):
            living = live(settings, settings=Settings.load(environ))
            living.until(lambda asked=asked: bool(asked.requests))  # type: ignore[misc]
            living.end()
    assert all(b"Authorization: Basic " in request for request in mine.requests)
    assert not any(b"Authorization" in request for request in other.requests)


def test_devices_that_mirror_the_same_machine_share_one_who_asks(tmp_path: Path) -> None:
    write(tmp_path, INTEL)
    several = HOST.replace("kind: host", "kind: host, count: 3")
    simulation = Simulation.from_scenario(scenario(f"root: {tmp_path}", several), kernels="interpreted")
    assert [spec.address for spec in simulation.sources] == ["sources/0"]
    simulation.dispatcher.close()


def test_verify_does_not_call_it_repeatable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "host.yaml").write_text(HOST % f"root: {tmp_path}, source: hwmon", encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        main(["verify", str(tmp_path / "host.yaml"), "--duration", "1s", "--kernels", "interpreted"])
    assert end.value.code == ExitCode.DIFFERS
    assert "not repeatable: 1 device(s) mirror real hardware" in capsys.readouterr().out


CPU = """
version: 1
pace: max
duration: 90s
fleet: [{kind: cpu, model: %s}]
sinks: [{kind: memory}]
"""


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("model", ["65w", "125w", "chiplet"])
def test_a_host_device_reads_a_simulated_cpu_as_it_is(model: str, version: Version) -> None:
    simulated = Simulation.from_scenario(scenario(model, CPU), kernels="interpreted")
    simulated.run()
    frame = list(simulated.sinks[0].frames)[-1]
    machine = Machine("cpu-0001", maker_of(model), widened({}, seen_of(frame, model)))
    text = json.dumps(tree_of([machine], "cpu-0001", version, "de")).encode()
    server = StandIn(http(text))
    try:
        rate = {"125w": 0.03}.get(model, 0.02)
        living = live(f"url: '{server.url}', fan_cfm_per_rpm: {rate}")
        living.until(lambda: None not in living.newest() and len(living.newest()) == 6)
        found = living.newest()
        living.end()
    finally:
        server.close()
    fine = 5e-6 if version == "0.9.7" else None
    rounding = (0.051, 0.051, 0.051, 0.00051, 0.00001, 0.000051)
    for value, real, within in zip(found, shown(frame), rounding, strict=True):
        assert value == pytest.approx(real, abs=fine or within)


def test_the_interval_of_looks_is_wall_time() -> None:
    assert body(poll_s=2.0).source.poll_s == 2.0
    assert body().source.poll_s * NS_PER_S == NS_PER_S
