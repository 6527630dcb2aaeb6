"""Checks of a scenario's words against the vocabulary.

They look at the plain data, not at the models, and pass over what has the wrong type: so that a misspelt word and a
negative interval in the same group are both reported.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeGuard

from schemas.commands import BODY, DEVICE, LINK
from schemas.paths import Path
from schemas.problems import Problem
from schemas.scenario.findings import Finding, show, unknown_word
from schemas.scenario.vocabulary import KindWords, Vocabulary

Data = Mapping[str, Any]


class WordChecks:
    """The checks of one scenario; what the vocabulary says is looked up once a word."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._kinds: dict[str, KindWords | None] = {}

    def of(self, data: Data) -> Iterator[Finding]:
        """All findings in a scenario's plain data."""
        fleet = [(("fleet", n), group) for n, group in enumerate(_list(data.get("fleet"))) if isinstance(group, dict)]
        for path, group in fleet:
            yield from self._group(path, group)
        for n, sink in enumerate(_list(data.get("sinks"))):
            if isinstance(sink, dict):
                yield from self._sink(("sinks", n), sink)
        for n, site in enumerate(_list(data.get("sites"))):
            if isinstance(site, dict):
                yield from self._site(("sites", n), site, [self.kind(group.get("kind")) for _, group in fleet])
        kinds = [kind for kind in (self.kind(group.get("kind")) for _, group in fleet) if kind is not None]
        for n, step in enumerate(_list(data.get("timeline"))):
            if isinstance(step, dict):
                yield from self._step(("timeline", n), step, {kind.name: kind for kind in kinds})
        yield from self._judged(data, tuple(dict.fromkeys(sensor for kind in kinds for sensor in kind.sensors)))

    def _site(self, path: Path, site: Data, kinds: Sequence[KindWords | None]) -> Iterator[Finding]:
        for kind in kinds:
            if kind is not None:
                yield from self._known(path, site, "profile", kind.profiles)
        modes = self._vocabulary.modes()
        yield from _known_keys((*path, "wear"), site.get("wear"), modes)
        for n, mode in enumerate(_list(site.get("modes"))):
            if isinstance(mode, str) and mode not in modes:
                yield unknown_word((*path, "modes", n), mode, modes)

    def kind(self, word: object) -> KindWords | None:
        """What may be said about a kind; `None` when the word is unknown or its member is broken."""
        if not isinstance(word, str) or word not in self._vocabulary.kinds():
            return None
        if word not in self._kinds:
            try:
                self._kinds[word] = self._vocabulary.kind(word)
            except ValueError:
                self._kinds[word] = None
        return self._kinds[word]

    def _group(self, path: Path, group: Data) -> Iterator[Finding]:
        yield from self._known(path, group, "kind", self._vocabulary.kinds())
        kind = self.kind(group.get("kind"))
        if kind is None:
            if group.get("kind") in self._vocabulary.kinds():
                yield from self._broken((*path, "kind"), group["kind"])
            return
        yield from self._known(path, group, "model", kind.models)
        model = group.get("model")
        if isinstance(model, str) and model in kind.models:
            yield from self._known(path, group, "setup", kind.models[model])
        yield from self._known(path, group, "profile", kind.profiles)
        yield from _known_keys((*path, "intervals"), group.get("intervals"), kind.sensors)
        yield from self._settings(path, group, kind)
        yield from self._modes(path, group, kind)
        by_chance = group.get("sensor_faults")
        for n, word in enumerate(_list(by_chance.get("kinds") if isinstance(by_chance, dict) else None)):
            if isinstance(word, str) and word not in self._vocabulary.faults():
                yield unknown_word((*path, "sensor_faults", "kinds", n), word, self._vocabulary.faults())
        for n, fault in enumerate(_list(group.get("faults"))):
            if isinstance(fault, dict):
                yield from self._fault((*path, "faults", n), fault, kind.sensors)

    def _broken(self, path: Path, word: str) -> Iterator[Finding]:
        try:
            self._vocabulary.kind(word)
        except ValueError as error:
            yield Finding(path, show(word), "a kind that can be loaded", str(error))

    def _settings(self, path: Path, group: Data, kind: KindWords) -> Iterator[Finding]:
        settings = group.get("settings")
        yield from _known_keys((*path, "settings"), settings, tuple(kind.settable))
        for name, value in settings.items() if _plain(settings) else ():
            models = kind.only_models.get(name, ())
            if models and group.get("model") not in models:
                yield Finding((*path, "settings", name), show(name), f"only for model {' or '.join(models)}")
            elif name in kind.settable:
                check = partial(self._vocabulary.check_parameter, kind.name, name, value)
                yield from _within((*path, "settings", name), name, check)

    def _modes(self, path: Path, group: Data, kind: KindWords) -> Iterator[Finding]:
        fitting = self._fitting(kind, group)
        wear = group.get("wear")
        yield from _known_keys((*path, "wear"), wear, fitting)
        modes = group.get("modes")
        for n, mode in enumerate(_list(modes)):
            if isinstance(mode, str) and mode not in fitting:
                yield unknown_word((*path, "modes", n), mode, fitting)
        if isinstance(modes, list) and isinstance(wear, dict):
            for mode in wear:
                if mode in fitting and mode not in modes:
                    yield Finding((*path, "wear", mode), "wear of a mode that is not in force", "modes that include it")

    def _fitting(self, kind: KindWords, group: Data) -> tuple[str, ...]:
        model, setup = group.get("model"), group.get("setup")
        if isinstance(model, str) and isinstance(setup, str) and setup in kind.models.get(model, ()):
            try:
                return self._vocabulary.modes_for(kind.name, model, setup)
            except ValueError:
                return self._vocabulary.modes()
        return self._vocabulary.modes()

    def _fault(self, path: Path, fault: Data, sensors: Sequence[str]) -> Iterator[Finding]:
        yield from self._known(path, fault, "sensor", (*sensors, LINK, BODY))
        vocabulary = self._vocabulary
        check: Callable[[str, Data], Sequence[Problem]]
        match fault.get("sensor"):
            case "link":
                known, check = vocabulary.links(), vocabulary.check_link
            case "body":
                known, check = vocabulary.causes(), vocabulary.check_cause
            case _:
                known, check = vocabulary.faults(), vocabulary.check_fault
        yield from self._known(path, fault, "fault", known)
        word, parameters = fault.get("fault"), fault.get("parameters", {})
        if word in known and _plain(parameters):
            yield from _within((*path, "parameters"), word, lambda: check(word, parameters))

    def _sink(self, path: Path, sink: Data) -> Iterator[Finding]:
        word, options = sink.get("kind", ""), sink.get("options", {})
        word = "null" if word is None else word
        yield from self._known(path, {"kind": word}, "kind", self._vocabulary.sinks())
        yield from self._known(path, sink, "format", self._vocabulary.formats())
        if word in self._vocabulary.sinks() and isinstance(options, dict):
            yield from _within((*path, "options"), word, lambda: self._vocabulary.check_sink(word, options))
        select = sink.get("select")
        if isinstance(select, dict):
            yield from self._known_list((*path, "select", "kinds"), select.get("kinds"))

    def _step(self, path: Path, step: Data, kinds: Mapping[str, KindWords]) -> Iterator[Finding]:
        on = step.get("on")
        chosen = _list(on.get("kinds")) if isinstance(on, dict) else []
        if isinstance(on, dict):
            yield from self._known_list((*path, "on", "kinds"), on.get("kinds"))
        meant = [kind for kind in kinds.values() if not chosen or kind.name in chosen]
        if not meant:
            return
        sensors = tuple(dict.fromkeys(sensor for kind in meant for sensor in kind.sensors))
        if isinstance(step.get("when"), dict):
            everywhere = tuple(dict.fromkeys(sensor for kind in kinds.values() for sensor in kind.sensors))
            yield from self._condition((*path, "when"), step["when"], everywhere)
        for n, word in enumerate(_list(step.get("seen_in"))):
            if isinstance(word, str) and word not in (*sensors, DEVICE):
                yield unknown_word((*path, "seen_in", n), word, (*sensors, DEVICE))
        match step.get("do"):
            case "inject-fault":
                yield from self._fault(path, step, sensors)
            case "set-interval" | "crash" | "hang" | "release":
                yield from self._known(path, step, "sensor", sensors)
            case "inject-wear":
                yield from self._known(path, step, "mode", self._vocabulary.modes())
            case "repair":
                yield from self._known(path, step, "mode", self._vocabulary.modes() + self._vocabulary.services())
            case "set-parameter":
                yield from self._parameter(path, step, meant)
            case "chaos":
                yield from self._action(path, step, sensors)

    def _action(self, path: Path, step: Data, sensors: Sequence[str]) -> Iterator[Finding]:
        yield from self._known(path, step, "sensor", sensors)
        yield from self._known(path, step, "action", self._vocabulary.actions())
        word, parameters = step.get("action"), step.get("parameters", {})
        if isinstance(word, str) and word in self._vocabulary.actions() and _plain(parameters):
            yield from _within((*path, "parameters"), word, lambda: self._vocabulary.check_action(word, parameters))
            targets = {name for name in ("on", "sink", "proxy") if step.get(name) is not None} or {"run"}
            allowed = self._vocabulary.targets(word)
            if not targets <= set(allowed):
                found = f"{word} on {' and '.join(sorted(targets))}"
                yield Finding(path, found, " or ".join(_TARGETS[target] for target in allowed))

    def _conditions(self, path: Path, conditions: object, sensors: Sequence[str]) -> Iterator[Finding]:
        for n, condition in enumerate(_list(conditions)):
            if isinstance(condition, dict):
                yield from self._condition((*path, n), condition, sensors)

    def _condition(self, path: Path, condition: Data, sensors: Sequence[str]) -> Iterator[Finding]:
        for key in ("sensor", "clean"):
            yield from self._known(path, condition, key, sensors)
        yield from self._known(path, condition, "damage", self._vocabulary.modes())
        yield from self._known(path, condition, "metric", self._vocabulary.metrics())
        on = condition.get("on")
        if isinstance(on, dict):
            yield from self._known_list((*path, "on", "kinds"), on.get("kinds"))

    def _judged(self, data: Data, sensors: Sequence[str]) -> Iterator[Finding]:
        chaos, expectations = data.get("chaos"), data.get("expectations")
        if isinstance(chaos, dict):
            yield from self._conditions(("chaos", "abort_when"), chaos.get("abort_when"), sensors)
        if isinstance(expectations, dict):
            for part in ("steady_state", "deviations", "always", "at_end"):
                yield from self._conditions(("expectations", part), expectations.get(part), sensors)

    def _parameter(self, path: Path, step: Data, meant: Sequence[KindWords]) -> Iterator[Finding]:
        settable = tuple(dict.fromkeys(name for kind in meant for name in kind.settable))
        yield from self._known(path, step, "parameter", settable)
        name, value = step.get("parameter"), step.get("value")
        if not isinstance(name, str) or not isinstance(value, bool | int | float | str):
            return
        able = [kind.name for kind in meant if name in kind.settable]
        if able:
            check = partial(self._vocabulary.check_parameter, able[0], name, value)
            yield from _within((*path, "value"), name, check)

    def _known(self, path: Path, data: Data, key: str, words: Iterable[str]) -> Iterator[Finding]:
        word = data.get(key)
        if isinstance(word, str) and word and word not in words:
            yield unknown_word((*path, key), word, words)

    def _known_list(self, path: Path, words: object) -> Iterator[Finding]:
        for n, word in enumerate(_list(words)):
            if isinstance(word, str) and word not in self._vocabulary.kinds():
                yield unknown_word((*path, n), word, self._vocabulary.kinds())


_TARGETS: Final[dict[str, str]] = {
    "on": "on (devices)",
    "sink": "sink (a sink's name)",
    "proxy": "proxy (mqtt, kafka or registry)",
    "run": "no target: it is done to the run",
}


def _known_keys(path: Path, mapping: object, words: Sequence[str]) -> Iterator[Finding]:
    for key in mapping if isinstance(mapping, dict) else ():
        if key not in words:
            yield unknown_word((*path, key), key, words)


def _within(path: Path, word: str, check: Callable[[], Sequence[Problem]]) -> Iterator[Finding]:
    try:
        problems = check()
    except ValueError as error:
        yield Finding(path, show(word), "a member that can be loaded", str(error))
        return
    for problem in problems:
        inside = (problem.path,) if problem.path else ()
        yield Finding((*path, *inside), problem.found, problem.allowed, problem.hint)


def _plain(parameters: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(parameters, dict) and all(isinstance(v, bool | int | float | str) for v in parameters.values())


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
