"""Steps of the timeline: when, what, on which devices. One model per command word."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from schemas.scenario.fields import Damage, Interval, Name, Offset, Parameters, Scalar, Section, Span, Word, refuse
from schemas.scenario.selector import On


class StepBase(Section):
    """When something is done."""

    name: Name | None = Field(None, description="A name for the step; the lots it draws hang on it.")
    at_ns: Offset | None = Field(None, alias="at", description="When, counted from the start.", examples=["30s"])
    every_ns: Span | None = Field(
        None, alias="every", description="Again and again; first at `at`, or after this long without `at`."
    )
    until_ns: Offset | None = Field(None, alias="until", description="The end of `every`; without it, never.")

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if self.at_ns is None and self.every_ns is None:
            refuse("at (once) or every (again and again)")
        if self.until_ns is not None and self.every_ns is None:
            refuse("until together with every")
        if self.until_ns is not None and self.until_ns <= self.first_ns:
            refuse("an until that is later than the first time")
        return self

    @property
    def first_ns(self) -> int:
        """The first time, as an offset from the start."""
        return self.at_ns if self.at_ns is not None else self.every_ns or 0


class DeviceStep(StepBase):
    """Something done on devices."""

    on: On = Field(description="The devices: the word all, or ids, groups, kinds, labels, percent, count.")


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


class SetIntervalStep(DeviceStep):
    """Change the sampling interval of one sensor, or of all."""

    do: Literal["set-interval"]
    interval_ns: Interval = Field(alias="interval", description="The new interval, 1ms to 24h.")
    sensor: Word | None = Field(None, description="One sensor. Default: all of the device.")


class InjectFaultStep(DeviceStep):
    """Make a sensor lie."""

    do: Literal["inject-fault"]
    sensor: Word = Field(description="The sensor that lies.", examples=["temperature"])
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


class RepairStep(DeviceStep):
    """Renew wearing parts; a failed device boots again."""

    do: Literal["repair"]
    mode: Word | None = Field(None, description="The failure mode whose part is renewed. Default: all.")


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


class HangStep(ActorStep):
    """Make actors take no messages."""

    do: Literal["hang"]
    for_ns: Span | None = Field(None, alias="for", description="How long; without it, until released or replaced.")


class ReleaseStep(ActorStep):
    """Let hanging actors take their messages again."""

    do: Literal["release"]


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
}
"""Every word that may stand behind `do`, with its model."""
