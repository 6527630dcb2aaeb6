"""Steps of the timeline: when, what, on which devices. One model per command word."""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from schemas.commands import ErrorWord
from schemas.scenario.fields import Damage, Interval, Name, Parameters, Scalar, Span, Word, refuse
from schemas.scenario.moments import DeviceStep, Ramp, StepBase
from schemas.scenario.selector import On


class PauseStep(DeviceStep):
    """Stop sampling; the body lives on."""

    do: Literal["pause"]
    for_ns: Span | None = Field(None, alias="for", description="Resume after this long.")


class ResumeStep(DeviceStep):
    """Sample again after a pause."""

    do: Literal["resume"]


class RestartStep(DeviceStep):
    """Reboot; the body keeps its heat and its wear."""

    do: Literal["restart"]


class StopStep(DeviceStep):
    """Switch off."""

    do: Literal["stop"]
    for_ns: Span | None = Field(None, alias="for", description="Restart after this long.")


class SetParameterStep(DeviceStep):
    """Change a parameter of the body."""

    do: Literal["set-parameter"]
    parameter: Word = Field(description="One of the kind's settable parameters.", examples=["room_temperature_c"])
    value: Scalar = Field(description="Its new value.")
    ramp: Ramp | None = Field(None, description="Little by little instead of at once.")
    for_ns: Span | None = Field(None, alias="for", description="Back to what it was after this long.")

    @model_validator(mode="after")
    def _number(self) -> Self:
        if self.ramp is not None and (isinstance(self.value, str | bool)):
            refuse("a ramp together with a number")
        if self.ramp is not None and self.for_ns is not None and self.for_ns <= self.ramp.over_ns:
            refuse("a for that is longer than the ramp's over")
        return self


class SetIntervalStep(DeviceStep):
    """Change the sampling interval of one sensor, or of all."""

    do: Literal["set-interval"]
    interval_ns: Interval = Field(alias="interval", description="The new interval, 1ms to 24h.")
    sensor: Word | None = Field(None, description="One sensor. Default: all of the device.")
    for_ns: Span | None = Field(None, alias="for", description="Back to what it was after this long.")


class InjectFaultStep(DeviceStep):
    """Make a sensor lie."""

    do: Literal["inject-fault"]
    sensor: Word = Field(
        description="The sensor that lies; `link` for link and clock, `body` for a common cause.",
        examples=["temperature"],
    )
    fault: Word = Field(description="The kind of fault; `data-simulator kinds` lists them.", examples=["stuck"])
    parameters: Parameters = Field({}, description="What this kind of fault wants to know.")
    for_ns: Span | None = Field(None, alias="for", description="How long it lasts; without it, until it is cleared.")
    id: Name | None = Field(None, description="A name to clear it by.")


class ClearFaultStep(DeviceStep):
    """Take sensor faults away."""

    do: Literal["clear-fault"]
    id: Name | None = Field(None, description="The fault's name. Default: every fault of the device.")


class InjectWearStep(DeviceStep):
    """Bring a failure mode to a given damage at once; it never lowers damage."""

    do: Literal["inject-wear"]
    mode: Word = Field(description="The failure mode.", examples=["fan-bearing"])
    damage: Damage = Field(description="Damage to reach, 0 (new) to 1 (failed).", examples=[0.8])
    for_ns: Span | None = Field(
        None, alias="for", description="After this long the part is renewed and brought to the damage it had."
    )


class RepairStep(DeviceStep):
    """Renew wearing parts; a failed device boots again."""

    do: Literal["repair"]
    mode: Word | None = Field(
        None,
        description="What is renewed: a failure mode's part, or what a maintenance renews, such as fan. Default: all.",
        examples=["fan-bearing", "psu"],
    )


class DisconnectStep(DeviceStep):
    """End the connection of devices that have one of their own (MQTT per device); they come back by themselves."""

    do: Literal["disconnect"]
    abrupt: bool = Field(True, description="Without a word, so that the broker tells the Last Will; else with goodbye.")


class ReconnectStormStep(DeviceStep):
    """Cut the connections of all these devices at one instant, so that all come back at once."""

    do: Literal["reconnect-storm"]


class GoOfflineStep(DeviceStep):
    """Take devices off the network; they measure on, and what they kept comes in order when they are back."""

    do: Literal["go-offline"]
    for_ns: Span | None = Field(None, alias="for", description="Back online after this long.")


class GoOnlineStep(DeviceStep):
    """Back on the network."""

    do: Literal["go-online"]


class HalfOpenStep(DeviceStep):
    """Leave the connection as it is and neither read nor send, as a hung modem does."""

    do: Literal["half-open"]
    for_ns: Span | None = Field(None, alias="for", description="Read and send again after this long.")


class TakeOverStep(DeviceStep):
    """Let a stranger connect with the device's client id: the broker ends the device's own connection for it."""

    do: Literal["take-over"]


class ActorStep(StepBase):
    """Something done to actors: devices, one sensor of each, or a sink."""

    on: On | None = Field(None, description="The devices: the word all, or ids, groups, kinds, labels, percent, count.")
    sensor: Word | None = Field(None, description="This sensor's actor instead of the device's own.")
    sink: Name | None = Field(None, description="The sink with this name, instead of devices.")

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.on is None) == (self.sink is None):
            refuse("on (devices) or sink (a sink's name), exactly one of them")
        if self.sensor is not None and self.on is None:
            refuse("sensor together with on")
        return self


class CrashStep(ActorStep):
    """Make actors raise in their handler: a bug, as the supervisor sees it."""

    do: Literal["crash"]
    message: Annotated[str, Field(max_length=256)] = Field("crash asked for", description="The error's text.")
    error: ErrorWord = Field("RuntimeError", description="The class of what is raised.")


class HangStep(ActorStep):
    """Make actors take no messages."""

    do: Literal["hang"]
    for_ns: Span | None = Field(None, alias="for", description="How long; without it, until released or replaced.")


class ReleaseStep(ActorStep):
    """Let hanging actors take their messages again."""

    do: Literal["release"]


class ChaosStep(StepBase):
    """Do what an action of the family of chaos does: to devices or their sensors, a sink, a proxy, or the run."""

    do: Literal["chaos"]
    action: Word = Field(description="The action; `data-simulator kinds` lists them.", examples=["kill"])
    parameters: Parameters = Field({}, description="What this action wants to know.")
    on: On | None = Field(None, description="For actions on devices: the word all, or ids, groups, kinds, labels...")
    sensor: Word | None = Field(None, description="This sensor's actor instead of the device's own.")
    sink: Name | None = Field(None, description="For actions on a sink: its name.")
    proxy: Name | None = Field(None, description="For actions on a proxy: mqtt, kafka or registry.")
    ramp: Ramp | None = Field(None, description="The parameter named by `ramped`, little by little instead of at once.")
    ramped: Word | None = Field(None, description="With `ramp`: the parameter that changes.")
    for_ns: Span | None = Field(
        None, alias="for", description="How long; without it, until everything is undone at the end."
    )

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if len([target for target in (self.on, self.sink, self.proxy) if target is not None]) > 1:
            refuse("only one of on, sink and proxy")
        if self.sensor is not None and self.on is None:
            refuse("sensor together with on")
        if (self.ramp is None) != (self.ramped is None):
            refuse("ramp and ramped together")
        if self.ramped is not None and not isinstance(self.parameters.get(self.ramped), int | float):
            refuse("a ramped parameter that is given as a number")
        return self


Step = (
    PauseStep
    | ResumeStep
    | RestartStep
    | StopStep
    | SetParameterStep
    | SetIntervalStep
    | InjectFaultStep
    | ClearFaultStep
    | InjectWearStep
    | RepairStep
    | DisconnectStep
    | ReconnectStormStep
    | GoOfflineStep
    | GoOnlineStep
    | HalfOpenStep
    | TakeOverStep
    | CrashStep
    | HangStep
    | ReleaseStep
    | ChaosStep
)

STEPS: dict[str, type[StepBase]] = {
    "pause": PauseStep,
    "resume": ResumeStep,
    "restart": RestartStep,
    "stop": StopStep,
    "set-parameter": SetParameterStep,
    "set-interval": SetIntervalStep,
    "inject-fault": InjectFaultStep,
    "clear-fault": ClearFaultStep,
    "inject-wear": InjectWearStep,
    "repair": RepairStep,
    "disconnect": DisconnectStep,
    "reconnect-storm": ReconnectStormStep,
    "go-offline": GoOfflineStep,
    "go-online": GoOnlineStep,
    "half-open": HalfOpenStep,
    "take-over": TakeOverStep,
    "crash": CrashStep,
    "hang": HangStep,
    "release": ReleaseStep,
    "chaos": ChaosStep,
}
"""Every word that may stand behind `do`, with its model."""

MENDING: Final = frozenset({"resume", "clear-fault", "repair", "go-online", "release"})
"""Words that put something right: they count against no cap and have nothing to be undone."""
