"""The scenarios that come with the product: package data, read wherever it is installed."""

from importlib import resources
from typing import Final

from schemas.problems import InvalidInput, Problem, suggest

_SUFFIX: Final = ".yaml"
DEFAULT: Final = "default"
"""The scenario that runs when none is named."""


def names() -> tuple[str, ...]:
    """The names of all shipped scenarios, sorted."""
    files = resources.files(__name__).iterdir()
    return tuple(sorted(file.name.removesuffix(_SUFFIX) for file in files if file.name.endswith(_SUFFIX)))


def text(name: str) -> str:
    """The YAML text of a shipped scenario. Raises `InvalidInput` for an unknown name."""
    known = names()
    if name not in known:
        # Only listed names are ever opened: a name is a word, not a path.
        raise InvalidInput(
            "scenario", [Problem("(name)", repr(name[:64]), ", ".join(known), suggest(name[:64], known))]
        )
    return resources.files(__name__).joinpath(f"{name}{_SUFFIX}").read_text(encoding="utf-8")


def schema_text() -> str:
    """The JSON Schema of the scenario format, as text, without the words of what is installed."""
    return resources.files(__name__).joinpath("scenario.schema.json").read_text(encoding="utf-8")
