"""Where a scenario comes from: a file, the name of an embedded one, or standard input."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from schemas.problems import InvalidInput, Problem

if TYPE_CHECKING:
    from schemas.scenario import Scenario

DEFAULT: Final = "default"


class Loaded(NamedTuple):
    """A scenario with the text it was made of."""

    text: str
    source: str
    overrides: tuple[str, ...]
    scenario: "Scenario"


def load(argument: str | None, overrides: Sequence[str] = ()) -> Loaded:
    """Read and validate the scenario that the command line names; `InvalidInput` when there is none or it is wrong."""
    text, source = read(argument)
    return Loaded(text, source, tuple(overrides), build(text, source, overrides))


def build(text: str, source: str, overrides: Sequence[str] = ()) -> "Scenario":
    """Validate the text of a scenario against the words that are installed."""
    from actors.vocabulary import Words
    from engine.clock import WallClock
    from schemas.scenario import load_scenario

    return load_scenario(text, source, list(overrides), vocabulary=Words(), now=WallClock().epoch_ns)


def read(argument: str | None) -> tuple[str, str]:
    """Text and source of the scenario: `-` is standard input, a bare word is an embedded one, the rest are files."""
    import scenarios
    from schemas.scenario import read_scenario

    if argument == "-":
        return _standard_input(), "standard input"
    name = DEFAULT if argument is None else argument
    if _is_word(name):
        return scenarios.text(name), f"scenario {name}"
    return read_scenario(name), name


def _is_word(argument: str) -> bool:
    """A file has a dot or a slash in its name; `./default` is a file even when an embedded scenario has that name."""
    return not any(mark in argument for mark in "./\\")


def _standard_input() -> str:
    from schemas.scenario import Limits

    # one byte more than is allowed is enough for it to be refused
    data = sys.stdin.buffer.read(Limits().yaml.size + 1)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput("standard input", [Problem("", f"byte {error.start} is not UTF-8", "UTF-8")]) from error
