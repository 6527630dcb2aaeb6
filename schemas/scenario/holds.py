"""Holds: what is in force of all that was begun, and what has to be done to undo it. Pure.

Faults nest and overlap: two steps may pause the same device, or set the same parameter. Each is a claim on a key; the
newest claim is in force, and the value from before the first one comes back when the last one ends.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

Key = tuple[str, ...]
"""What is held: `("parameter", "pi-0001", "room_temperature_c")`; the first word says what, the second on whom."""
Claim = tuple[int, int, int]
"""Who holds it: script, place of the step, occurrence."""

ON_DEVICES: Final = frozenset({"pause", "stop", "parameter", "interval", "fault", "wear", "link"})
"""Keys whose second word is a device's id."""


class Change(NamedTuple):
    """A key whose value in force changes because a claim ended."""

    key: Key
    value: Any
    """The value of the claim that is in force now, or the one from before the first."""
    held: bool
    """Whether another claim is still there."""


class _Held(NamedTuple):
    before: Any
    claims: tuple[tuple[Claim, Any], ...]


class Holds:
    """All claims that are in force, in the order in which their keys were first claimed."""

    def __init__(self) -> None:
        self._held: dict[Key, _Held] = {}

    def __len__(self) -> int:
        return len(self._held)

    def begin(self, key: Key, claim: Claim, value: Any = None, before: Any = None) -> None:
        """Claim a key; `before` counts only for the first claim. A claim that is there already changes its value."""
        held = self._held.get(key, _Held(before, ()))
        others = tuple(each for each in held.claims if each[0] != claim)
        self._held[key] = held._replace(claims=(*others, (claim, value)))

    def holds(self, key: Key) -> bool:
        """Whether anybody claims a key."""
        return key in self._held

    def end(self, claim: Claim) -> list[Change]:
        """Let go of everything one claim holds; what changes by that, newest key first."""
        keys = [key for key, held in self._held.items() if any(each[0] == claim for each in held.claims)]
        return [change for key in reversed(keys) for change in self._let_go(key, claim)]

    def end_all(self) -> list[Change]:
        """Let go of everything, newest key first."""
        held, self._held = self._held, {}
        return [Change(key, each.before, False) for key, each in reversed(held.items())]

    def forget(self, *keys: Key) -> None:
        """Somebody has put these right otherwise: nobody holds them any more."""
        for key in keys:
            self._held.pop(key, None)

    def __iter__(self) -> Iterator[Key]:
        """Every key that is held."""
        return iter(tuple(self._held))

    def in_force(self, key: Key) -> Any:
        """The value of the newest claim on a key that is held."""
        return self._held[key].claims[-1][1]

    def before(self, key: Key) -> Any:
        """The value from before the first claim on a key that is held."""
        return self._held[key].before

    def devices(self) -> frozenset[str]:
        """The devices something is in force on."""
        return frozenset(_device(key) for key in self._held) - {""}

    def _let_go(self, key: Key, claim: Claim) -> Iterator[Change]:
        before, claims = self._held[key]
        left = tuple(each for each in claims if each[0] != claim)
        if not left:
            del self._held[key]
            yield Change(key, before, False)
            return
        self._held[key] = _Held(before, left)
        if claims[-1][0] == claim:
            yield Change(key, left[-1][1], True)

    def snapshot(self) -> list[tuple[Any, ...]]:
        """Plain data."""
        return [(key, held.before, held.claims) for key, held in self._held.items()]

    def restore(self, data: list[tuple[Any, ...]]) -> None:
        """Make it so again."""
        self._held = {key: _Held(before, claims) for key, before, claims in data}


def _device(key: Key) -> str:
    if key[0] in ON_DEVICES:
        return key[1]
    if key[0] in ("hang", "action"):
        parts = key[-1].split("/") if key[0] == "hang" else key[2].split("/")
        return parts[1] if parts[0] == "fleet" and len(parts) > 1 else ""
    return ""
