"""Who wants to know when an incarnation ends."""


class Watches:
    """Watchers by the address they watch. Each is told once, then it has to watch again."""

    __slots__ = ("_by_watched", "_by_watcher")

    def __init__(self) -> None:
        self._by_watched: dict[str, dict[str, None]] = {}
        self._by_watcher: dict[str, set[str]] = {}

    def add(self, address: str, watcher: str) -> None:
        """Watch; the same watcher twice is one."""
        self._by_watched.setdefault(address, {})[watcher] = None
        self._by_watcher.setdefault(watcher, set()).add(address)

    def discard(self, address: str, watcher: str) -> None:
        """Do not watch any more; nothing if it never did."""
        watchers = self._by_watched.get(address)
        if watchers is None or watcher not in watchers:
            return
        del watchers[watcher]
        if not watchers:
            del self._by_watched[address]
        self._unlink(watcher, address)

    def take(self, address: str) -> tuple[str, ...]:
        """Take out all who watch this address, in the order in which they began."""
        watchers = tuple(self._by_watched.pop(address, ()))
        for watcher in watchers:
            self._unlink(watcher, address)
        return watchers

    def forget(self, watcher: str) -> None:
        """A watcher is gone for good."""
        for address in tuple(self._by_watcher.get(watcher, ())):
            self.discard(address, watcher)

    def __len__(self) -> int:
        return sum(len(watchers) for watchers in self._by_watched.values())

    def _unlink(self, watcher: str, address: str) -> None:
        watched = self._by_watcher[watcher]
        watched.discard(address)
        if not watched:
            del self._by_watcher[watcher]
