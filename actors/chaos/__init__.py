"""Chaos: the family of actions that a scenario's step `chaos` can do. One file is one action, named by its word."""

from typing import Final

from actors.chaos.base import Action
from engine.families import Family

__all__ = ["ACTIONS", "Action"]


def _wrong(member: Action) -> str:
    needed = ("layer", "targets", "outside", "parameters", "begin", "end")
    missing = [name for name in needed if not hasattr(member, name)]
    return f"it has no {', '.join(missing)}" if missing else ""


ACTIONS: Final[Family[Action]] = Family(
    "actors.chaos", "ACTION", "data_simulator.chaos", noun="chaos action", fits=_wrong
)
