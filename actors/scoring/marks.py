"""Marks: which event of the journal a step is about to bring, so that its episode bears the step's name.

A step that is played leaves a mark for each of its victims; the first event that fits takes it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from schemas.scenario import steps
from schemas.scenario.moments import Notice

Setting = Callable[[str, str], Any]
"""The present value of a device's parameter."""
About = tuple[str, ...]
"""What an event is about: `("fault", "temperature", "stuck")`, `("parameter", "supply_v")`, `("state",)`..."""

EVERYBODY = ""
"""The device of what disturbs no device in particular: a broker, a sink, the run."""


class Mark(NamedTuple):
    """What a step announces."""

    step: str
    notice: Notice | None
    seen_in: tuple[str, ...]
    before: Any
    """The parameter's value from before; `None` where there is none."""


class Marks:
    """Those that are not taken yet."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._open: dict[tuple[str, About], list[Mark]] = {}
        self._taken: set[str] = set()

    def began(self, key: str, step: steps.Step, victims: Sequence[str]) -> None:
        """A step is about to be carried out on these devices."""
        name = key.removeprefix("timeline/")
        for device, about in _announced(step, victims):
            before = self._setting(device, about[1]) if about[0] == "parameter" else None
            self._open.setdefault((device, about), []).append(Mark(name, step.notice, step.seen_in, before))

    def take(self, device: str, about: About) -> Mark | None:
        """The mark for an event at a device, the oldest first; `None` for what no step has brought."""
        marks = self._open.get((device, about))
        if not marks:
            return None
        self._taken.add(marks[0].step)
        return marks.pop(0)

    def wanted(self) -> list[str]:
        """Steps that have to be noticed, of which no mark was ever taken."""
        left = {mark.step for marks in self._open.values() for mark in marks if mark.notice == "must"}
        return sorted(left - self._taken)


def _announced(step: steps.Step, victims: Sequence[str]) -> Iterator[tuple[str, About]]:
    match step:
        case steps.ChaosStep(sink=sink, proxy=proxy) if not victims:
            target = f"sinks/{sink}" if sink is not None else proxy or ""
            yield EVERYBODY, ("action", step.action, target)
            return
        case steps.CrashStep(sink=sink) | steps.HangStep(sink=sink) if sink is not None:
            yield EVERYBODY, ("actor" if step.do == "crash" else "hung", f"sinks/{sink}")
            return
    about = _about(step)
    if about is not None:
        yield from ((device, about) for device in victims)


def _about(step: steps.Step) -> About | None:
    match step:
        case steps.InjectFaultStep(sensor=sensor, fault=fault):
            return "fault", sensor, fault
        case steps.InjectWearStep(mode=mode):
            return "wear", mode
        case steps.SetParameterStep(parameter=parameter):
            return "parameter", parameter
        case steps.SetIntervalStep():
            return ("interval",)
        case steps.PauseStep() | steps.StopStep() | steps.RestartStep():
            return ("state",)
        case steps.DisconnectStep() | steps.ReconnectStormStep() | steps.TakeOverStep():
            return ("connection",)
        case steps.GoOfflineStep() | steps.HalfOpenStep():
            return ("connection",)
        case steps.HangStep():
            return ("hung",)
        case steps.CrashStep() | steps.ChaosStep():
            return ("actor",)
        case steps.ResumeStep() | steps.ClearFaultStep() | steps.RepairStep() | steps.GoOnlineStep():
            return None
        case steps.ReleaseStep():
            return None
