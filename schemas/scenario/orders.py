"""From a step of the timeline to the command for one device or actor."""

from typing import assert_never

from schemas import commands
from schemas.commands import ActorCommand, BeginChaos, DeviceCommand, Scalar
from schemas.scenario import steps
from schemas.scenario.steps import ActorStep, ChaosStep, SetParameterStep, Step


def device_order(step: Step, device: str, stage: int = 0) -> DeviceCommand:
    """The command that a device's step means for one device, at one stage of its ramp."""
    match step:
        case steps.PauseStep():
            return commands.Pause(device)
        case steps.ResumeStep():
            return commands.Resume(device)
        case steps.RestartStep():
            return commands.Restart(device)
        case steps.StopStep():
            return commands.Stop(device)
        case steps.SetParameterStep():
            return commands.SetParameter(device, step.parameter, _value(step, stage))
        case steps.SetIntervalStep():
            return commands.SetInterval(device, step.interval_ns, step.sensor)
        case steps.InjectFaultStep():
            return commands.InjectFault(device, step.sensor, step.fault, step.parameters, step.for_ns, step.id)
        case steps.ClearFaultStep():
            return commands.ClearFault(device, step.id)
        case steps.InjectWearStep():
            return commands.InjectWear(device, step.mode, step.damage)
        case steps.RepairStep():
            return commands.Repair(device, step.mode)
        case steps.DisconnectStep():
            return commands.Disconnect(device, step.abrupt)
        case steps.ReconnectStormStep():
            return commands.Disconnect(device)
        case steps.GoOfflineStep():
            return commands.GoOffline(device)
        case steps.GoOnlineStep():
            return commands.GoOnline(device)
        case steps.HalfOpenStep():
            return commands.HalfOpen(device)
        case steps.TakeOverStep():
            return commands.TakeOver(device)
        case steps.CrashStep() | steps.HangStep() | steps.ReleaseStep() | steps.ChaosStep():
            raise TypeError(f"{step.do} is an order for an actor")
    assert_never(step)


def undo_order(step: Step, device: str) -> DeviceCommand:
    """The command that ends what was done for a while."""
    match step:
        case steps.PauseStep():
            return commands.Resume(device)
        case steps.StopStep():
            return commands.Restart(device)
        case steps.GoOfflineStep() | steps.HalfOpenStep():
            return commands.GoOnline(device)
    raise TypeError(f"{step.do} has no end of its own")


def actor_order(step: ActorStep, address: str) -> ActorCommand:
    """The command that an actor's step means for the actor at an address."""
    match step:
        case steps.CrashStep():
            return commands.Crash(address, step.message, step.error)
        case steps.HangStep():
            return commands.Hang(address, step.for_ns)
        case steps.ReleaseStep():
            return commands.Release(address)
    raise TypeError(f"{type(step).__name__} is not an order for an actor")


def chaos_order(step: ChaosStep, target: str, stage: int = 0) -> BeginChaos:
    """The command that an action of the family of chaos means for one target, at one stage of its ramp."""
    parameters = dict(step.parameters)
    if step.ramp is not None and step.ramped is not None:
        end = parameters[step.ramped]
        if isinstance(end, int | float):
            parameters[step.ramped] = step.ramp.value(float(end), stage)
    return BeginChaos(step.action, target, parameters)


def _value(step: SetParameterStep, stage: int) -> Scalar:
    if step.ramp is None or isinstance(step.value, str | bool):
        return step.value
    return step.ramp.value(float(step.value), stage)
