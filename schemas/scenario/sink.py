"""Where frames go."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from schemas.scenario.fields import Name, Section, SinkKind, Word
from schemas.scenario.mapping import MappingSpec
from schemas.scenario.selector import Selection


class SinkSpec(Section):
    """One sink: what kind, which devices, and the options of its kind."""

    name: Name = Field("", description="Unique in the scenario. Default: the kind.", examples=["archive"])
    kind: SinkKind = Field(description="Sink kind; `data-simulator kinds` lists them.", examples=["console", "file"])
    format: Word = Field("json", description="Wire format of a frame; a Kafka sink has avro when nothing is said.")
    mapping: MappingSpec | None = Field(
        None,
        description="Other names, units and nesting, for a consumer that exists already; with a format that has a "
        "schema, such as avro or json-schema.",
    )
    truth: bool = Field(False, description="Whether the ground truth goes there too, beside the frames.")
    faults: bool = Field(
        False,
        description="Whether the records of faults go there too: each when it begins, can first be seen, and ends, and "
        "when the run ends before it.",
    )
    select: Selection = Field(
        default_factory=lambda: Selection.model_validate({}),
        description="The devices whose frames go there. Default: all.",
    )
    options: Annotated[Mapping[Word, Any], Field(max_length=100)] = Field(
        {}, description="Options of this kind of sink.", examples=[{"path": "frames.jsonl"}]
    )
