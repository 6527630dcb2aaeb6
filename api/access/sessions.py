"""Sessions of browsers: a cookie stands for a key, so that no script ever holds the key. They end with the process."""

import threading
from typing import Final, NamedTuple

from api.access.secrets import digest, find, make_secret

COOKIE: Final = "data_simulator_session"
LIFE_S: Final = 12 * 3600
"""Half a day: a working day's dashboard stays open, a forgotten one does not."""


class _Session(NamedTuple):
    digest: bytes
    key: str
    ends_ns: int


class Sessions:
    """The open sessions, the oldest first. Safe for several threads; instants are monotonic wall nanoseconds."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._open: tuple[_Session, ...] = ()

    def begin(self, key: str, now_ns: int) -> str:
        """Open one for a key, by its id; gives the cookie's value."""
        secret = make_secret()
        session = _Session(digest(secret), key, now_ns + LIFE_S * 10**9)
        with self._lock:
            living = [each for each in self._open if each.ends_ns > now_ns]
            self._open = (*living[-(self._most - 1) :], session) if self._most > 1 else (session,)
        return secret

    def key_of(self, secret: str, now_ns: int) -> str | None:
        """The id of the key that a cookie stands for."""
        session = find(secret, self._open, lambda each: each.digest)
        return session.key if session is not None and session.ends_ns > now_ns else None

    def end(self, secret: str) -> None:
        """Close one; nothing happens when there is none."""
        found = find(secret, self._open, lambda each: each.digest)
        with self._lock:
            self._open = tuple(each for each in self._open if each is not found)
