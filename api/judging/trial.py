"""A trial: one scenario is run, watched and judged."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from actors import logs
from actors.holding import setting_of
from actors.judging import Check, Judge
from actors.monitor import Alert
from actors.monitor.publishing import TopicAddress
from actors.scoring import Episodes, Score, monitor_checks, score, told
from actors.stage import wants_spool
from actors.state import RunState
from actors.system import Simulation
from actors.transports import Transports, prepare
from api.judging.monitoring import by_process, from_outside, telemetry_topic
from api.judging.topics import TopicAlerts, topic_address
from api.judging.verdict import Verdict
from api.options import Kernels
from schemas.problems import InvalidInput, Problem
from schemas.scenario import SinkSpec
from schemas.scenario.steps import MENDING
from schemas.scenario.timeline import step_keys

if TYPE_CHECKING:
    from actors.summary import Summary
    from schemas.scenario import Scenario
    from schemas.scenario.expectations import MonitorSpec
    from schemas.settings import Settings

TELEMETRY: Final = "monitor-telemetry"
"""The sink through which the monitor under test is told what the devices say, and no truth."""
ALERTS: Final = "data-simulator-alerts"
"""The topic of the shipped monitor's alerts, where it reads telemetry from topics."""
_UNSEEN: Final = frozenset(
    {"disconnect", "reconnect-storm", "go-offline", "go-online", "half-open", "take-over", "link-fault"}
)
"""Words about connections: frames are the same, only their way is disturbed."""
_TRUTH_EVERY_NS: Final = 10 * 10**9


@dataclass(frozen=True, slots=True)
class TrialOptions:
    """What the command line may ask of a trial."""

    monitor: str = "reference"
    """A monitor that is shipped."""
    alerts: str | None = None
    """Where another monitor's alerts are found when the run is over."""
    kernels: Kernels = "auto"
    keep: str | None = None
    """A folder for what the run said, its truth and the alerts, by the scenario's name."""


def try_scenario(scenario: "Scenario", settings: "Settings", options: TrialOptions, stop: "Stop") -> Verdict:
    """Run and judge. `InvalidInput` when there is nothing to be judged by, `CannotStart` as a run has it."""
    expectations = scenario.expectations
    if expectations is None:
        found = [
            Problem("expectations", "nothing", "what the run is to be judged by", "Add expectations: to the file.")
        ]
        raise InvalidInput(f"scenario '{scenario.name}'", found)
    with TemporaryDirectory(prefix="data-simulator-test-") as folder:
        return _Trial(scenario, settings, options, Path(folder)).judge(stop)


class Stop:
    """How a signal reaches whatever simulation is running."""

    def __init__(self) -> None:
        self.asked = False
        self._simulation: Simulation | None = None

    def __call__(self) -> None:
        """Stop now, in order."""
        self.asked = True
        if self._simulation is not None:
            self._simulation.request_stop()

    def guard(self, simulation: Simulation) -> None:
        """This is the one that runs now."""
        self._simulation = simulation


class _Trial:
    def __init__(self, scenario: "Scenario", settings: "Settings", options: TrialOptions, folder: Path) -> None:
        assert scenario.expectations is not None
        self._scenario = scenario
        self._expectations = scenario.expectations
        self._settings = settings
        self._options = options
        self._folder = folder
        self._kept = None if options.keep is None else _emptied(Path(options.keep) / scenario.name)
        self._telemetry = (self._kept or folder) / "frames.jsonl"
        spec = self._expectations.monitor
        self._episodes: Episodes | None = None
        self._remaining: dict[str, list[tuple[int, float]]] = {}
        self._address = None if options.alerts is None else topic_address(options.alerts)
        self._topic: str | None = None
        """Which broker's topics the shipped monitor reads; `None` when it reads a file."""
        self._heard: Sequence[Alert] | None = None
        if spec is not None and options.alerts is None:
            self._topic = telemetry_topic(scenario, settings)
        if self._topic is not None:
            self._address = TopicAddress("mqtt" if self._topic == "mqtt" else "kafka", "", ALERTS)

    def judge(self, stop: Stop) -> Verdict:
        """Run it, then say how it was."""
        logs.configure("console", level="error", now_ns=lambda: self._scenario.start_ns, secrets=())
        watched = self._watched()
        topics = () if self._address is None or self._address.servers else (self._address.topic,)
        transports = prepare(watched, self._settings, lambda _: None, topics=topics)
        alerts: TopicAlerts | None = None
        try:
            alerts = self._listen(transports)
            simulation = self._simulation(watched, transports)
            stop.guard(simulation)
            summary = simulation.run(watched.duration_ns)
            self._heard = None if alerts is None else alerts.finish()
        finally:
            if alerts is not None:
                alerts.close()
            transports.close()
        judge = simulation.timeline.judge
        assert isinstance(judge, Judge)
        checks = [_ended(summary), *judge.checks(), *self._bites(simulation, judge, stop)]
        found = self._score(summary)
        if found is not None and self._expectations.monitor is not None:
            checks += monitor_checks(found, self._expectations.monitor)
        return Verdict(
            scenario=self._scenario.name,
            seed=self._scenario.seed,
            checks=checks,
            simulated_s=summary.simulated_s,
            real_s=summary.real_s,
            digest=summary.digest,
            steps=judge.begun,
            score=None if found is None else found.as_dict(),
            summary={key: value for key, value in summary.as_dict().items() if key != "digests"},
        )

    def _listen(self, transports: Transports) -> TopicAlerts | None:
        """Whoever gathers alerts from a topic, past the proxies; with the shipped monitor behind the brokers."""
        if self._expectations.monitor is None or self._address is None:
            return None
        variables = {} if transports.pipeline is None else dict(transports.pipeline.settings())
        settings = self._settings.overridden(variables)
        if self._topic is None:
            sys.stderr.write("".join(f"{line}\n" for line in transports.notices()))
        alerts = TopicAlerts(self._address, settings)
        try:
            if self._topic is not None:
                names = {"MQTT_TOPIC": settings.mqtt_topic, "TOPIC_NAME": settings.kafka_topic}
                alerts.watch(self._topic, self._options.monitor, {**names, **variables})
        except BaseException:
            alerts.close()
            raise
        return alerts

    def _watched(self) -> "Scenario":
        """The scenario with one sink more, where a monitor is to be told what the devices say."""
        elsewhere = self._options.alerts is not None or self._topic is not None
        if self._kept is None and (self._expectations.monitor is None or elsewhere):
            return self._scenario
        sink: dict[str, Any] = {"name": TELEMETRY, "kind": "file", "format": "json", "truth": self._kept is not None}
        sink["options"] = {"path": str(self._telemetry)}
        return self._scenario.model_copy(update={"sinks": (*self._scenario.sinks, SinkSpec.model_validate(sink))})

    def _simulation(self, scenario: "Scenario", transports: Transports) -> Simulation:
        state = RunState(self._folder / "state", fresh=True) if wants_spool(scenario) else None
        simulation = Simulation.from_scenario(
            scenario, kernels=self._options.kernels, settings=transports.settings, state=state
        )
        transports.join(simulation)
        if self._expectations.monitor is not None:
            self._follow(simulation, self._expectations.monitor)
        return simulation

    def _follow(self, simulation: Simulation, spec: "MonitorSpec") -> None:
        """Gather what is really wrong, by the step that brought it."""
        memories = simulation.fleet.devices
        episodes = self._episodes = Episodes(spec, lambda device, name: setting_of(memories[device], name))
        simulation.followers.append(episodes)
        steps = dict(zip(step_keys(self._scenario.timeline), self._scenario.timeline, strict=True))
        judge = simulation.timeline.judge
        assert isinstance(judge, Judge)
        judge.on_look = lambda now_ns: self._note(simulation, now_ns)
        judge.on_began = lambda key, victims: episodes.began(key, steps[key], victims)

    def _note(self, simulation: Simulation, now_ns: int) -> None:
        """How every device really is, for scoring."""
        assert self._episodes is not None
        if now_ns % _TRUTH_EVERY_NS:
            return
        for id, memory in simulation.fleet.devices.items():
            self._episodes.health(id, memory.body.health(), now_ns)
            if (rul_s := memory.body.rul_s()) is not None:
                self._remaining.setdefault(id, []).append((now_ns, rul_s))

    # --- after the run ---

    def _bites(self, simulation: Simulation, judge: Judge, stop: Stop) -> list[Check]:
        """A step on devices that left all its victims' frames as they are without it has changed nothing."""
        steps = [each for each in judge.begun if each[2] and each[1] not in MENDING | _UNSEEN]
        if self._expectations.twin == "never" or not steps or stop.asked:
            return []
        if self._scenario.pace != "max" and any(step.do == "chaos" for step in self._scenario.timeline):
            return []
        twin = self._twin(simulation)
        stop.guard(twin)
        clean = twin.run(simulation.dispatcher.now_ns - self._scenario.start_ns).digests
        mine = simulation.fleet.digests()
        checks: dict[str, Check] = {}
        for key, _, victims, _ in steps:
            changed = [device for device in victims if mine[device] != clean[device]]
            found = f"{len(changed)} of {len(victims)} victims differ from their clean twins"
            if key not in checks or (changed and not checks[key].ok):
                checks[key] = Check("twin", f"{key} bites", bool(changed), found)
        return list(checks.values())

    def _twin(self, simulation: Simulation) -> Simulation:
        quiet = SinkSpec.model_validate({"name": "null", "kind": "null"})
        update: dict[str, Any] = {"timeline": (), "sinks": (quiet,), "pace": "max", "expectations": None, "proxies": ()}
        update["chaos"] = type(self._scenario.chaos).model_validate({})
        twin = self._scenario.model_copy(update=update)
        return Simulation.from_scenario(twin, kernels=self._options.kernels, settings=simulation.settings)

    def _score(self, summary: "Summary") -> Score | None:
        spec = self._expectations.monitor
        if spec is None or self._episodes is None:
            return None
        alerts = self._alerts()
        if self._kept is not None:
            lines = "".join(f"{alert.line()}\n" for alert in alerts)
            (self._kept / "alerts.jsonl").write_text(lines, encoding="utf-8")
        return score(
            told(alerts),
            self._episodes.all(),
            spec,
            devices=summary.devices,
            start_ns=self._scenario.start_ns,
            end_ns=summary.ended_ns,
            remaining=self._rul_s,
            idle=self._episodes.idle(),
        )

    def _alerts(self) -> Sequence[Alert]:
        if self._heard is not None:
            return self._heard
        if self._options.alerts is not None:
            return from_outside(self._options.alerts)
        return by_process(self._telemetry, self._folder / "alerts.jsonl", self._options.monitor)

    def _rul_s(self, device: str, time_ns: int) -> float | None:
        """The true remaining useful life: exact when the device broke in this run, else at the stress it had."""
        assert self._episodes is not None
        broke = self._episodes.failed.get(device)
        if broke is not None and broke >= time_ns:
            return (broke - time_ns) / 1e9
        known = [rul_s for when, rul_s in self._remaining.get(device, ()) if when <= time_ns]
        return known[-1] if known else None


def _emptied(folder: Path) -> Path:
    """A folder without what an earlier trial left in it. `InvalidInput` when it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("frames.jsonl", "frames.truth.jsonl", "alerts.jsonl", "verdict.json"):
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise InvalidInput(str(folder), [Problem("--keep", str(error), "a folder that can be made")]) from None
    return folder


def _ended(summary: "Summary") -> Check:
    detail = summary.problem or f"by {summary.ended}" + ("" if summary.zombies == 0 else f", {summary.zombies} zombies")
    return Check("run", "the run came to its end", summary.ended == "duration" and not summary.zombies, detail)
