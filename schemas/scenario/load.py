"""The way in: text to scenario, or every problem at once."""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

from pydantic import ValidationError

from schemas.paths import Path
from schemas.problems import InvalidInput, Problem
from schemas.scenario.findings import MOST, Finding, Origin, show
from schemas.scenario.limits import Limits
from schemas.scenario.model import Scenario
from schemas.scenario.overrides import apply_overrides
from schemas.scenario.places import check_sites, written_out
from schemas.scenario.rules import check_caps, check_chaos, check_mappings, check_names, check_references, check_sensors
from schemas.scenario.translate import translate
from schemas.scenario.vocabulary import Vocabulary
from schemas.scenario.words import WordChecks
from schemas.yaml_door import load_yaml

Now = Callable[[], int]


def read_scenario(path: str | os.PathLike[str], limits: Limits | None = None) -> str:
    """The text of a scenario file. Raises `InvalidInput` when it cannot be read, is too large or is not UTF-8."""
    most = (limits or Limits()).yaml.size
    source = os.fspath(path)
    try:
        with open(path, "rb") as file:
            content = file.read(most + 1)
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or str(error)
        raise InvalidInput(source, [Problem("(file)", what, "a scenario file that can be read")]) from None
    if len(content) > most:
        raise InvalidInput(source, [Problem("(file)", f"more than {most} bytes", f"at most {most} bytes")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"byte {content[error.start]:#04x} at position {error.start}"
        raise InvalidInput(source, [Problem("(file)", found, "UTF-8 text")]) from None


def load_scenario(
    text: str,
    source: str,
    overrides: Sequence[str] = (),
    *,
    vocabulary: Vocabulary,
    limits: Limits | None = None,
    now: Now | None = None,
) -> Scenario:
    """The scenario that a YAML text describes, with `path=value` overrides on top.

    `source` is what errors call it; `now` (nanoseconds since the epoch) is asked at most once, for `start: now`.
    Raises `InvalidInput` with every problem found, and nothing else. Nothing is made for a device before the
    limits are checked.
    """
    chosen = limits or Limits()
    document = load_yaml(text, source, chosen.yaml)
    return _build(document.value, document.lines, source, overrides, vocabulary, chosen, now)


def build_scenario(
    data: Mapping[str, object],
    source: str,
    overrides: Sequence[str] = (),
    *,
    vocabulary: Vocabulary,
    limits: Limits | None = None,
    now: Now | None = None,
) -> Scenario:
    """The same from plain data (dicts, lists, text, numbers), for embedding. The data is not changed."""
    return _build(_copy(data), {}, source, overrides, vocabulary, limits or Limits(), now)


def _build(
    value: object,
    lines: Mapping[Path, int],
    source: str,
    overrides: Sequence[str],
    vocabulary: Vocabulary,
    limits: Limits,
    now: Now | None,
) -> Scenario:
    if not isinstance(value, dict):
        found = "an empty document" if value is None else show(value)
        hint = "The smallest scenario has version: 1 and a fleet with one kind."
        raise InvalidInput(source, [Problem("(document)", found, "a mapping of keys to values", hint)])
    if len(overrides) > limits.overrides:
        raise InvalidInput(source, [Problem("--set", f"{len(overrides)} overrides", f"at most {limits.overrides}")])
    data: dict[str, Any] = value
    if data.get("sinks") is None:
        data["sinks"] = [{"kind": "console"}]
    overridden, findings = apply_overrides(data, overrides)
    origin = Origin(source, lines, overridden)
    findings.extend(check_caps(data, limits))
    if findings:
        raise origin.refusal(findings)
    return _validated(data, origin, vocabulary, limits, now)


def _validated(
    data: dict[str, Any], origin: Origin, vocabulary: Vocabulary, limits: Limits, now: Now | None
) -> Scenario:
    words = WordChecks(vocabulary)
    _fill_defaults(data, words)
    findings: list[Finding] = []
    scenario = None
    try:
        scenario = Scenario.model_validate(data, context={"now": now})
    except ValidationError as error:
        findings.extend(islice(translate(error, data), MOST + 1))
    told = {finding.path for finding in findings}
    # A document of nothing but mistakes must not cost a search for each of them.
    findings.extend(islice((finding for finding in words.of(data) if finding.path not in told), MOST + 1))
    if scenario is None or findings:
        raise origin.refusal(findings)
    findings.extend(check_sites(scenario, limits))
    if findings:
        raise origin.refusal(findings)
    scenario = written_out(scenario, vocabulary)
    sensors = partial(check_sensors, words=words, limits=limits)
    for check in (sensors, check_names, check_references, check_chaos, check_mappings):
        findings.extend(islice(check(scenario), MOST + 1))
        if findings:
            raise origin.refusal(findings)
    return scenario


def _fill_defaults(data: dict[str, Any], words: WordChecks) -> None:
    """Write out the defaults that depend on the kind, where the kind is known."""
    for group in _mappings(data.get("fleet")):
        kind = words.kind(group.get("kind"))
        if kind is None:
            continue
        group.setdefault("name", kind.name)
        if isinstance(group.get("model"), int) and not isinstance(group["model"], bool):
            group["model"] = str(group["model"])
        model = group.setdefault("model", next(iter(kind.models)))
        if isinstance(model, str) and model in kind.models:
            group.setdefault("setup", kind.models[model][0])
        group.setdefault("profile", kind.profiles[0])
    for sink in _mappings(data.get("sinks")):
        if isinstance(sink.get("kind", ""), str | None) and "kind" in sink:
            sink.setdefault("name", sink["kind"] or "null")


def _mappings(value: object) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _copy(value: object) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _copy(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_copy(entry) for entry in value]
    return value
