"""A house with a key for each role, and the API's own document to walk through."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from api.access.keys import KeyRecord, MemoryKeys, new_key
from api.limits import ApiLimits
from api.roles import Role
from tests.api.rest.house import FLEET, House, house

FREE: Final = ApiLimits(requests_per_s=1e9, burst=10**9)
"""No limit on requests: a test makes more of them than anybody."""
PATHS: Final[Mapping[str, str]] = {
    "device": "pi-0001",
    "sensor": "temperature",
    "group": "pi",
    "sink": "nowhere",
    "fault": "pi-0001%2Fx",
    "operation": "op-x",
    "scenario": "default",
    "key": "key-x",
    "problem": "invalid",
}
"""A word for each name in a path; those of things that come and go lead to nothing."""


class Operation(NamedTuple):
    """One operation of the document."""

    method: str
    path: str
    data: Mapping[str, Any]

    @property
    def role(self) -> Role | None:
        """Who may."""
        return Role(self.data["x-role"]) if "x-role" in self.data else None

    @property
    def url(self) -> str:
        """A path that can be asked for."""
        return self.path.format_map(Named())


class Named(dict[str, str]):
    """Any name in a path has some word."""

    def __missing__(self, name: str) -> str:
        return PATHS.get(name, "x")


class Keyed(NamedTuple):
    """The house and its keys."""

    house: House
    secrets: Mapping[Role, str]

    def bearer(self, role: Role) -> dict[str, str]:
        """The header of a key with this role."""
        return {"Authorization": f"Bearer {self.secrets[role]}"}

    def operations(self) -> list[Operation]:
        """All operations of the document, as it is served."""
        document = self.house.get("/openapi.json")
        return [
            Operation(method.upper(), path, data)
            for path, methods in document["paths"].items()
            for method, data in methods.items()
        ]


@contextmanager
def keyed(text: str = FLEET, limits: ApiLimits = FREE) -> Iterator[Keyed]:
    """A house that lets in by key only."""
    secrets: dict[Role, str] = {}
    records: list[KeyRecord] = []
    for role in Role:
        secrets[role], record = new_key(f"the {role} one", role, 0)
        records.append(record)
    with house(text, keys=MemoryKeys(records), limits=limits) as made:
        yield Keyed(made, secrets)
