"""The kinds of bodies: a model of the API's own, or a step of a scenario that is done now."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import BaseModel

from api.doors.validation import read_model
from api.route import Body
from api.world import World
from schemas.problems import InvalidInput, Problem
from schemas.scenario.findings import show
from schemas.scenario.now import TIMES, WISHES
from schemas.scenario.steps import STEPS
from schemas.scenario.vocabulary import Vocabulary

Refer = Callable[[type[BaseModel]], dict[str, Any]]
_TARGETS: Final = ("on", "sink")
REFERENCE: Final = "#/components/schemas/{model}"
"""How a schema of a body refers to what it brings along under `$defs`; the document puts those there."""


def model_body(model: type[BaseModel], required: bool = True) -> Body:
    """A body that a model describes; the handler gets the model."""
    return Body(lambda _, data: read_model(model, data), lambda _, refer: refer(model), required)


def step_body(*, many: bool = False, word: str | None = None, required: bool = True) -> Body:
    """A body that is a step of a scenario; the handler gets the plain data, as it depends on the device what is right.

    With `many` the step says whom it is for. With `word` the address says what is done, and the body does not.
    """

    def read(_: World, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            raise InvalidInput("body", [Problem("", show(data), "an object of keys and values")])
        if word is None:
            return dict(data)
        if "do" in data:
            raise InvalidInput("body", [Problem("do", show(data["do"]), "none", f"This address stands for {word}.")])
        return {**data, "do": word}

    def schema(world: World, _: Refer) -> dict[str, Any]:
        words = STEPS if word is None else {word: STEPS[word]}
        schemas = [step_schema(each, many, world.words, fixed=word is not None) for each in words]
        return schemas[0] if word is not None else {"oneOf": schemas}

    return Body(read, schema, required)


def step_schema(word: str, many: bool, words: Vocabulary, fixed: bool = False) -> dict[str, Any]:
    """The JSON Schema of one word's step without its times; without its target when it is for one device."""
    made = STEPS[word].model_json_schema(by_alias=True, mode="validation", ref_template=REFERENCE)
    properties = made["properties"]
    for name in (*TIMES, *WISHES, *(() if many else _TARGETS), *(("do",) if fixed else ())):
        properties.pop(name, None)
    for field in properties.values():
        field.pop("title", None)
    if "on" in properties:
        properties["on"] = {
            "description": properties["on"].get("description", ""),
            "anyOf": [{"const": "all"}, {"$ref": REFERENCE.format(model="Selector")}],
        }
    if not many and "name" in properties:
        properties.pop("name")
    made["required"] = [name for name in made.get("required", ()) if name in properties]
    made["title"] = f"{word} (on {'those selected' if many else 'this device'})"
    _narrow(properties, words)
    if many and "sink" in properties:
        made["oneOf"] = [{"required": ["on"]}, {"required": ["sink"]}]
    return made


def _narrow(properties: dict[str, Any], words: Vocabulary) -> None:
    """The words that are known here."""
    kinds = [words.kind(kind) for kind in words.kinds()]
    known = {
        "fault": list(words.faults()),
        "mode": list(words.modes()),
        "sensor": sorted({sensor for kind in kinds for sensor in kind.sensors}),
        "parameter": sorted({name for kind in kinds for name in kind.settable}),
    }
    for name, choices in known.items():
        if name in properties:
            field = properties[name]
            optional = "anyOf" in field
            choice: dict[str, Any] = {"type": "string", "enum": choices}
            properties[name] = {
                **{key: value for key, value in field.items() if key in ("description", "default", "examples")},
                **({"anyOf": [choice, {"type": "null"}]} if optional else choice),
            }
