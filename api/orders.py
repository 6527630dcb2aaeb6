"""Commands by word: a scenario's step, done now. Who may say which word, whom it is for, and what came of it."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from json import dumps
from typing import Final, NamedTuple

from api.access.auth import Caller
from api.problems import ApiProblem
from api.roles import Role
from api.run import Run
from schemas.addresses import device_address, sensor_address
from schemas.commands import Command, Crash, DeviceCommand, Hang, Later, Release
from schemas.scenario.now import read_step
from schemas.scenario.orders import actor_order, device_order, undo_order
from schemas.scenario.steps import STEPS, ActorStep, GoOfflineStep, HalfOpenStep, PauseStep, Step, StopStep
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
    if not isinstance(step, ActorStep):
        return Order(step, (device_order(step, device),))
    address = device_address(device) if step.sensor is None else sensor_address(device, step.sensor)
    return Order(step, (actor_order(step, address),))


def order_for_many(run: Run, data: object) -> Order:
    """What a body says for those it selects. Raises `InvalidInput`."""
    scenario = run.simulation.scenario
    step = read_step(data, {group.kind for group in scenario.fleet}, run.words, scenario=scenario)
    # `at` and the place in a file stand for nothing here; the lots hang on the step's name, or on all that it says.
    return Order(step, run.timeline.commands(Due(0, 0, 0, False, _key(step, data), step)))


def target(command: Command) -> str:
    """Whom a command is for: a device, or the address of an actor."""
    match command:
        case Later(command=inner):
            return inner.device
        case Crash() | Hang() | Release():
            return command.address
    return command.device


def words() -> Mapping[str, Role]:
    """Every word with the role it needs."""
    return {word: role_of(word) for word in STEPS}


def check_size(order: Order, most: int) -> None:
    """Raise `ApiProblem` (413) when it is for too many."""
    if len(order.commands) > most:
        raise ApiProblem("too-large", f"this is for {len(order.commands)} devices; allowed: at most {most} at once")


def _key(step: Step, data: object) -> str:
    said = step.name or sha256(dumps(data, sort_keys=True).encode()).hexdigest()[:16]
    return f"command/{said}"
