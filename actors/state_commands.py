"""Commands as plain data and back: how they are written down."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import MappingProxyType
from typing import Any

from schemas import commands
from schemas.commands import Command


def plain_command(command: Command) -> dict[str, Any]:
    """A command as plain data: its class's name, and what it says."""
    return {
        "command": type(command).__name__,
        "with": {f.name: _plain(getattr(command, f.name)) for f in fields(command)},
    }


def made_command(plain: Mapping[str, Any]) -> Command:
    """The command that plain data stands for."""
    values = dict(plain["with"])
    if "parameters" in values:
        values["parameters"] = MappingProxyType(values["parameters"])
    if isinstance(values.get("command"), Mapping):
        values["command"] = made_command(values["command"])
    made: Command = getattr(commands, plain["command"])(**values)
    return made


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return plain_command(value) if is_dataclass(value) else value  # type: ignore[arg-type]
