"""The door itself: who is it, and is that enough for what is asked? Denied unless something says otherwise."""

from base64 import b64decode
from collections.abc import Container
from typing import Final, NamedTuple

import falcon

from api.access.keys import KeyRecord, KeyStore
from api.access.origin import LOOPBACK_NAMES, check_host, check_page, is_loopback
from api.access.secrets import find
from api.access.sessions import COOKIE, Sessions
from api.problems import ApiProblem
from api.roles import Role
from engine.clock import WallClock

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="data-simulator"'}


class Caller(NamedTuple):
    """Who asks."""

    role: Role | None
    """`None`: somebody unknown, at an address that is there for everybody."""
    key: str
    """Id of the key; empty without one."""
    name: str
    """For the audit: the key's name, or how the caller came in."""
    how: str
    """`key`, `session`, `open` or `none`."""


class Door:
    """Lets in by key, by session, or, as long as there is no key at all, whoever sits at this machine."""

    def __init__(self, keys: KeyStore, sessions: Sessions, names: Container[str] = LOOPBACK_NAMES) -> None:
        """`names` are the host names by which an open server may be called."""
        self.keys = keys
        self.sessions = sessions
        self._names = names

    @property
    def is_open(self) -> bool:
        """Whether there is no key yet."""
        return not self.keys.records()

    def enter(self, req: falcon.Request, role: Role | None) -> Caller:
        """Who it is, when that is enough for `role`; `None` is what everybody may. Raises `ApiProblem`: 401, 403."""
        if self.is_open:
            return self._enter_open(req)
        if role is None:
            return Caller(None, "", "anybody", "none")
        caller = self._known(req)
        if caller.role is None or not caller.role.includes(role):
            raise ApiProblem("forbidden", f"this needs the role {role}; the key has the role {caller.role}")
        return caller

    def _enter_open(self, req: falcon.Request) -> Caller:
        if not is_loopback(req.env.get("REMOTE_ADDR", "")):
            raise ApiProblem("forbidden", "without a key this server speaks only to its own machine; make a key first")
        check_host(req, self._names)
        if req.method not in SAFE:
            check_page(req, certain=False)
        return Caller(Role.ADMIN, "", "open", "open")

    def _known(self, req: falcon.Request) -> Caller:
        header = req.get_header("Authorization")
        if header is not None:
            return self._by_key(header)
        cookie = req.cookies.get(COOKIE)
        if cookie is None:
            raise _unknown()
        return self._by_session(req, cookie)

    def _by_key(self, header: str) -> Caller:
        scheme, _, secret = header.partition(" ")
        match scheme.lower():
            case "bearer":
                record = find(secret.strip(), self.keys.records(), _digest_of)
            case "basic":
                record = find(_password(secret), self.keys.records(), _digest_of)
            case _:
                record = None
        if record is None:
            raise _unknown()
        return Caller(record.role, record.id, record.name, "key")

    def _by_session(self, req: falcon.Request, cookie: str) -> Caller:
        key = self.sessions.key_of(cookie, WallClock.monotonic_ns())
        record = next((each for each in self.keys.records() if each.id == key), None)
        if record is None:
            raise _unknown()
        if req.method not in SAFE:
            check_page(req, certain=True)
        return Caller(record.role, record.id, record.name, "session")

    def still_lets_in(self, caller: Caller) -> bool:
        """Whether somebody who came in earlier could still do so: the key is there, or there is still none at all."""
        records = self.keys.records()
        return any(record.id == caller.key for record in records) if caller.key else not records

    def key_of(self, secret: str) -> KeyRecord:
        """The key with this secret. Raises `ApiProblem`: 401."""
        record = find(secret, self.keys.records(), _digest_of)
        if record is None:
            raise _unknown()
        return record


def _digest_of(record: KeyRecord) -> bytes:
    return record.digest


def _password(credentials: str) -> str:
    """The password of basic authentication: programs that read hardware monitors know no other. Empty for nonsense."""
    try:
        return b64decode(credentials.strip(), validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def _unknown() -> ApiProblem:
    """One answer for everything that is wrong with a key: which of them it was is nobody's business."""
    return ApiProblem("unauthenticated", "send Authorization: Bearer KEY with a valid key", headers=_CHALLENGE)
