"""Repeated requests: with the same Idempotency-Key the first one's answer is given again, and nothing is done twice.

Kept in memory, so a key holds as long as the process does, and as long as not too many others have come since.
"""

import re
import threading
from collections import OrderedDict
from hashlib import sha256
from typing import Final

from api.problems import invalid, refused
from api.route import Answer
from schemas.problems import Problem

HEADER: Final = "Idempotency-Key"
_KEY: Final = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)


class _Kept:
    """One request with a key: what it said, and its answer once there is one."""

    def __init__(self, said: bytes) -> None:
        self.said = said
        self.answer: Answer | None = None


class Repeats:
    """The answers that are kept. Safe for several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str, str], _Kept] = OrderedDict()

    def begin(self, who: str, what: str, key: str, said: bytes) -> Answer | None:
        """The answer of the first such request; `None` when this is the first one, which then must `end`.

        Raises `ApiProblem`: 409 while the first one is under way, 422 when it said something else.
        """
        if not _KEY.fullmatch(key):
            raise invalid([Problem(HEADER, "a key that is no key", "1 to 128 visible ASCII characters")])
        digest, place = sha256(said).digest(), (who, what, key)
        with self._lock:
            kept = self._kept.get(place)
            if kept is None:
                self._kept[place] = _Kept(digest)
                self._trim()
                return None
        if kept.said != digest:
            raise invalid([Problem(HEADER, "a key that came with another body before", "a new key for a new request")])
        if kept.answer is None:
            raise refused("the first request with this Idempotency-Key is still under way")
        return kept.answer

    def end(self, who: str, what: str, key: str, answer: Answer | None) -> None:
        """Keep the answer; without one (the request failed) it may be tried again."""
        with self._lock:
            kept = self._kept.get((who, what, key))
            if kept is not None and answer is not None:
                kept.answer = answer
            elif kept is not None:
                del self._kept[who, what, key]

    def _trim(self) -> None:
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
