"""The words that scenarios may use: what the families of this installation offer."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from actors.chaos import ACTIONS
from actors.chaos.base import parameter_problems
from actors.families import CAUSES, DEVICES, FAULTS, FORMATS, LINKS, MODES, SINKS
from actors.probing import METRICS
from actors.sinks.base.reading import read_options
from engine.ageing.base import service_of
from engine.devices.base import BodySpec, Setting
from engine.families import BrokenMember, Family
from schemas.problems import Problem
from schemas.scenario.vocabulary import KindWords


class Words:
    """Every family's words, asked of the families as needed; a broken member is told when it is asked for."""

    def kinds(self) -> tuple[str, ...]:
        """Device kinds."""
        return DEVICES.names()

    def kind(self, name: str) -> KindWords:
        """What may be said about one device kind."""
        kind = _member(DEVICES, name)
        return KindWords(
            name=name,
            models={model: tuple(kind.setups[model]) for model in kind.models},
            profiles=tuple(kind.profiles),
            sensors=tuple(fit.name for fit in kind.sensors),
            settable={name: setting.allowed for name, setting in kind.settable.items()},
            only_models={name: setting.models for name, setting in kind.settable.items() if setting.models},
            summary=(type(kind).__doc__ or "").strip().splitlines()[0] if type(kind).__doc__ else "",
        )

    def modes(self) -> tuple[str, ...]:
        """Failure modes."""
        return MODES.names()

    def services(self) -> tuple[str, ...]:
        """Words of maintenance that failure modes name."""
        return tuple(sorted({service_of(_member(MODES, word)) for word in MODES.names()} - set(MODES.names())))

    def modes_for(self, kind: str, model: str, setup: str) -> tuple[str, ...]:
        """The failure modes that fit such a device."""
        return _modes_for(kind, model, setup)

    def faults(self) -> tuple[str, ...]:
        """Sensor faults."""
        return FAULTS.names()

    def check_fault(self, fault: str, parameters: Mapping[str, object]) -> Sequence[Problem]:
        """What is wrong with a sensor fault's parameters."""
        problems: Sequence[Problem] = _member(FAULTS, fault).problems(parameters, "")
        return problems

    def actions(self) -> tuple[str, ...]:
        """Actions of chaos."""
        return ACTIONS.names()

    def check_action(self, action: str, parameters: Mapping[str, object]) -> Sequence[Problem]:
        """What is wrong with an action's parameters."""
        return parameter_problems(_member(ACTIONS, action), parameters)

    def targets(self, action: str) -> tuple[str, ...]:
        """What an action is done to."""
        return tuple(_member(ACTIONS, action).targets)

    def metrics(self) -> tuple[str, ...]:
        """Numbers of a run that a condition may look at."""
        return METRICS

    def links(self) -> tuple[str, ...]:
        """Link and clock faults."""
        return LINKS.names()

    def check_link(self, fault: str, parameters: Mapping[str, object]) -> Sequence[Problem]:
        """What is wrong with a link fault's parameters."""
        problems: Sequence[Problem] = _member(LINKS, fault).problems(parameters, "")
        return problems

    def causes(self) -> tuple[str, ...]:
        """Common causes."""
        return CAUSES.names()

    def check_cause(self, cause: str, parameters: Mapping[str, object]) -> Sequence[Problem]:
        """What is wrong with a common cause's parameters."""
        problems: Sequence[Problem] = _member(CAUSES, cause).problems(parameters, "")
        return problems

    def sinks(self) -> tuple[str, ...]:
        """Sink kinds."""
        return SINKS.names()

    def check_sink(self, sink: str, options: Mapping[str, object]) -> Sequence[Problem]:
        """What is wrong with a sink's options."""
        return read_options(_member(SINKS, sink).options, options)[1]

    def formats(self) -> tuple[str, ...]:
        """Wire formats."""
        return FORMATS.names()

    def check_parameter(self, kind: str, name: str, value: object) -> Sequence[Problem]:
        """What is wrong with a value for a settable parameter of a device kind."""
        setting: Setting = _member(DEVICES, kind).settable[name]
        try:
            setting.number(name, value if isinstance(value, (bool, int, float, str)) else repr(value))
        except ValueError:
            # a text may hold a password
            found = "another text" if setting.text and isinstance(value, str) else repr(value)
            return [Problem("", found, setting.allowed)]
        return []


def _member(family: Family[Any], word: str) -> Any:
    try:
        return family.get(word)
    except BrokenMember as error:
        raise ValueError(str(error)) from error


@lru_cache(maxsize=256)
def _modes_for(kind: str, model: str, setup: str) -> tuple[str, ...]:
    """Asked of the kind itself, which refuses to build a body with a mode that does not fit it."""
    maker = _member(DEVICES, kind)

    def fits(mode: str) -> bool:
        try:
            body = maker.build(BodySpec("probe", 0, model, setup, maker.profiles[0], modes=(mode,)))
        except ValueError:
            return False
        return any(wear.mode == mode for wear in body.wear())

    return tuple(mode for mode in MODES.names() if fits(mode))
