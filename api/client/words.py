"""Words of the command line that become what the API takes: values, selectors, labels."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from schemas.problems import InvalidInput, Problem


def values(words: Sequence[str], what: str = "VALUES") -> dict[str, Any]:
    """`name=value` words as names and YAML values. Raises `InvalidInput`."""
    from schemas.yaml_door import load_yaml

    found: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or not name:
            raise InvalidInput("command line", [Problem(what, repr(word[:80]), "name=value, such as offset=3")])
        data = load_yaml(f"value: {text}", word).value if text else None
        found[name] = data["value"] if isinstance(data, dict) else ""
    return found


def labels(words: Sequence[str]) -> dict[str, str]:
    """`name:value` words as labels. Raises `InvalidInput`."""
    found = {}
    for word in words:
        name, colon, text = word.partition(":")
        if not colon or not name:
            raise InvalidInput("command line", [Problem("--label", repr(word[:80]), "name:value, such as site:berlin")])
        found[name] = text
    return found


def selector(
    devices: Sequence[str],
    groups: Sequence[str],
    kinds: Sequence[str],
    label_words: Sequence[str],
    percent: float | None,
    count: int | None,
) -> Mapping[str, Any] | str:
    """Which devices are meant, as scenarios say it; the word `all` must be said. Raises `InvalidInput`."""
    everybody = list(devices) == ["all"]
    given = {
        "ids": [] if everybody else list(devices),
        "groups": list(groups),
        "kinds": list(kinds),
        "labels": labels(label_words),
        "percent": percent,
        "count": count,
    }
    found = {name: value for name, value in given.items() if value not in (None, [], {})}
    if not everybody and not set(found) & {"ids", "groups", "kinds", "labels"}:
        allowed = "ids of devices, --group, --kind or --label, or the word all"
        raise InvalidInput("command line", [Problem("DEVICES", "none", allowed)])
    return found or "all"


def scenario_body(scenario: str) -> dict[str, str]:
    """A scenario as a run is asked for: a file's text, or a name that the server knows. Raises `InvalidInput`."""
    if "." not in scenario and "/" not in scenario:
        return {"name": scenario}
    try:
        return {"text": Path(scenario).read_text(encoding="utf-8")}
    except (OSError, ValueError) as error:
        found = getattr(error, "strerror", None) or "no text"
        raise InvalidInput(scenario, [Problem("SCENARIO", found, "a YAML file, or the name of a scenario")]) from None
