"""Supervision as data: specs in, a pure policy, actions out."""

from engine.supervision.backoff import DEVICE_BACKOFF, SENSOR_BACKOFF, Backoff
from engine.supervision.child import Now
from engine.supervision.intensity import TOP_INTENSITY, Intensity
from engine.supervision.messages import (
    AddChild,
    AddChildren,
    AllStopped,
    ChildrenAdded,
    GetChild,
    Outcome,
    PartBack,
    PartLost,
    RemoveChild,
    RestartChild,
    Settled,
    StopAll,
    StopChild,
    Tellable,
    Terminated,
    Unwatch,
    Watch,
)
from engine.supervision.policy import End, Policy
from engine.supervision.specs import BranchSpec, ChildSpec, Factory, Restart, Strategy

__all__ = [
    "DEVICE_BACKOFF",
    "SENSOR_BACKOFF",
    "TOP_INTENSITY",
    "AddChild",
    "AddChildren",
    "AllStopped",
    "Backoff",
    "BranchSpec",
    "ChildSpec",
    "ChildrenAdded",
    "End",
    "Factory",
    "GetChild",
    "Intensity",
    "Now",
    "Outcome",
    "PartBack",
    "PartLost",
    "Policy",
    "RemoveChild",
    "Restart",
    "RestartChild",
    "Settled",
    "StopAll",
    "StopChild",
    "Strategy",
    "Tellable",
    "Terminated",
    "Unwatch",
    "Watch",
]
