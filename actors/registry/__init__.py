"""The client of a schema registry: ids of schemas, found out in the background, so that no record waits for HTTP."""

from actors.registry.door import RefusedError, RegistryDoor, TroubleError, UnknownError
from actors.registry.ids import SchemaIds, SchemaState
from actors.registry.subjects import STRATEGIES, Strategy, subject_name

__all__ = [
    "STRATEGIES",
    "RefusedError",
    "RegistryDoor",
    "SchemaIds",
    "SchemaState",
    "Strategy",
    "TroubleError",
    "UnknownError",
    "subject_name",
]
