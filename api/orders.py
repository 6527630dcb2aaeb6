"""Commands by word: a scenario's step, done now. Who may say which word, whom it is for, and what came of it."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from json import dumps
from typing import Final, NamedTuple

from api.access.auth import Caller
from api.problems import ApiProblem
from api.roles import Role
from api.run import Run
from schemas.addresses import TIMELINE, device_address, sensor_address
from schemas.commands import (
    AbortChaos,
    BeginChaos,
    Command,
    Crash,
    DeviceCommand,
    EndChaos,
    Hang,
    Later,
    PlaySteps,
    Release,
)
from schemas.scenario import Selector
from schemas.scenario.now import read_step
from schemas.scenario.orders import actor_order, device_order, undo_order
from schemas.scenario.steps import (
    STEPS,
    ActorStep,
    ChaosStep,
    GoOfflineStep,
    HalfOpenStep,
    InjectWearStep,
    PauseStep,
    SetIntervalStep,
    SetParameterStep,
    Step,
    StopStep,
)
from schemas.scenario.timeline import Due

OPERATE: Final = frozenset({"pause", "resume", "restart", "stop", "set-parameter", "set-interval", "repair"})
"""The words of running a fleet; all others break something, and need the role `chaos`."""


def role_of(word: str) -> Role:
    """Who may say a word."""
    return Role.OPERATE if word in OPERATE else Role.CHAOS


def check_role(caller: Caller, step: Step) -> None:
    """Raise `ApiProblem` (403) when the caller may not say this."""
    needed = role_of(step.do)
    if caller.role is None or not caller.role.includes(needed):
        raise ApiProblem("forbidden", f"'{step.do}' needs the role {needed}; the key has the role {caller.role}")


class Order(NamedTuple):
    """A step that is done now, and the commands that it means."""

    step: Step
    commands: tuple[Command, ...]
    chosen: tuple[str, ...] = ()
    """Devices that one command is for, when the timeline carries it out on all of them."""

    @property
    def targets(self) -> tuple[str, ...]:
        """Whom it is for: devices, or addresses of actors."""
        return self.chosen or tuple(target(command) for command in self.commands)

    def ends(self, done: Sequence[Command]) -> list[Command]:
        """What ends the commands that were carried out, when they are for a while: commands for later."""
        step = self.step
        match step:
            case PauseStep(for_ns=int(after_ns)) | StopStep(for_ns=int(after_ns)):
                pass
            case GoOfflineStep(for_ns=int(after_ns)) | HalfOpenStep(for_ns=int(after_ns)):
                pass
            case _:
                return []
        return [Later(after_ns, undo_order(step, each.device)) for each in done if isinstance(each, DeviceCommand)]


def order_for(run: Run, device: str, data: object) -> Order:
    """What a body says for one device. Raises `InvalidInput`."""
    spec = run.spec(device)
    step = read_step(data, [spec.kind], run.words, device=device)
    if _is_played(step):
        return Order(step, (played(step),))
    if not isinstance(step, ActorStep):
        return Order(step, (device_order(step, device),))
    address = device_address(device) if step.sensor is None else sensor_address(device, step.sensor)
    return Order(step, (actor_order(step, address),))


def order_for_many(run: Run, data: object) -> Order:
    """What a body says for those it selects. Raises `InvalidInput`."""
    scenario = run.simulation.scenario
    step = read_step(data, {group.kind for group in scenario.fleet}, run.words, scenario=scenario)
    # `at` and the place in a file stand for nothing here; the lots hang on the step's name, or on all that it says.
    due = Due(0, 0, 0, False, 0, _key(step, data), step)
    if not _is_played(step):
        return Order(step, run.timeline.commands(due))
    chosen = tuple(run.timeline.victims(due).hit)
    if chosen:
        step = step.model_copy(update={"on": Selector.model_validate({"ids": chosen})})
    return Order(step, (played(step),), chosen)


def target(command: Command) -> str:
    """Whom a command is for: a device, or the address of an actor."""
    match command:
        case Later(command=inner):
            return target(inner)
        case Crash() | Hang() | Release():
            return command.address
        case BeginChaos() | EndChaos():
            return command.target
        case PlaySteps() | AbortChaos():
            return TIMELINE
    return command.device


def played(step: Step) -> PlaySteps:
    """The command that has the timeline play a step from now: it remembers what was there before."""
    return PlaySteps(dumps({"timeline": [step.model_dump(mode="json", by_alias=True, exclude_none=True)]}))


def _is_played(step: Step) -> bool:
    """Whether a step is more than one command: it has an end that puts something back, or comes little by little."""
    if isinstance(step, ChaosStep):
        return True
    return isinstance(step, SetParameterStep | SetIntervalStep | InjectWearStep) and (
        step.for_ns is not None or getattr(step, "ramp", None) is not None
    )


def words() -> Mapping[str, Role]:
    """Every word with the role it needs."""
    return {word: role_of(word) for word in STEPS}


def check_size(order: Order, most: int) -> None:
    """Raise `ApiProblem` (413) when it is for too many."""
    if len(order.targets) > most:
        raise ApiProblem("too-large", f"this is for {len(order.targets)} devices; allowed: at most {most} at once")


def _key(step: Step, data: object) -> str:
    said = step.name or sha256(dumps(data, sort_keys=True).encode()).hexdigest()[:16]
    return f"command/{said}"
