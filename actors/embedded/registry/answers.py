"""What the registry answers when it cannot do what it is asked: Confluent's codes and words."""

from typing import Final

JSON_TYPE: Final = "application/vnd.schemaregistry.v1+json"


class RegistryError(Exception):
    """A refusal; the first three digits of a long code are the status of the answer."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.code if self.code < 1000 else self.code // 100


def no_subject(subject: str) -> RegistryError:
    """Nothing was ever registered there."""
    return RegistryError(40401, f"Subject '{subject}' not found.")


def no_version(version: int | str) -> RegistryError:
    """The subject has no such version."""
    return RegistryError(40402, f"Version {version} not found.")


def no_schema(what: str = "Schema not found") -> RegistryError:
    """No schema like that, or of that id."""
    return RegistryError(40403, what)


def invalid_schema(reason: str) -> RegistryError:
    """A text that is no schema of its language."""
    return RegistryError(42201, f"Invalid schema: {reason}")


def incompatible(subject: str, reasons: list[str]) -> RegistryError:
    """A schema that may not be the next version."""
    listed = "; ".join(reasons)
    return RegistryError(
        409, f"Schema being registered is incompatible with an earlier schema for subject '{subject}': {listed}"
    )
