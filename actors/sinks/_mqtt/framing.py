"""Framing: what stands before a body, so that a consumer finds its schema in the registry."""

from collections.abc import Callable
from pathlib import Path

from actors.registry import SchemaIds, subject_name
from actors.sinks._mqtt.options import MqttOptions
from schemas.formats.base import What, WireFormat, header, tells_faults
from schemas.settings import Settings


class Framing:
    """Headers by kind of record; one registry, asked in the background."""

    def __init__(self, form: WireFormat, ids: SchemaIds, topic: str, options: MqttOptions) -> None:
        """`topic` is the Kafka topic to which a bridge carries the records: subjects may be named by it."""
        self.ids = ids
        self._type = form.schema_type
        places: dict[What, str] = {"reading": topic, "frame": topic, "truth": f"{topic}.truth"}
        if tells_faults(form):
            places["fault"] = f"{topic}.faults"
        self._asked = {
            what: (subject_name(options.subject, place, form.record_name(what)), form.schema(what))
            for what, place in places.items()
        }
        self._headers: dict[int, bytes] = {}

    def __call__(self, what: What) -> bytes | None:
        """The header, or `None` while the registry has not said. `ValueError` when it refuses the schema."""
        subject, schema = self._asked[what]
        known = self.ids.get(subject, schema, self._type)
        if known is None:
            state = self.ids.state(subject, schema, self._type)
            if state.state == "refused":
                raise ValueError(f"the registry refuses the schema of {subject}: {state.reason}")
            return None
        found = self._headers.get(known)
        if found is None:
            found = self._headers[known] = header(known)
        return found


def make_framing(
    form: WireFormat, settings: Settings, options: MqttOptions, cache: Path | None, changed: Callable[[], None]
) -> Framing | None:
    """The framing that settings and options ask for; `None` without a registry.

    `cache` is the file in which known ids are kept; `changed` is told of news.
    """
    found = settings.overridden({"KAFKA_SCHEMA_ENDPOINT": options.registry}).registry()
    if found is None or not options.framed:
        return None
    ids = SchemaIds(found, cache, register=options.register_schemas)
    ids.on_change = changed
    return Framing(form, ids, settings.kafka_topic, options)
