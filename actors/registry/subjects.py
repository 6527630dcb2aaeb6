"""Under which subject a registry keeps the schema of a topic's records."""

from typing import Final, Literal, get_args

Strategy = Literal["topic", "record", "topic-record"]
"""Confluent's TopicNameStrategy, RecordNameStrategy and TopicRecordNameStrategy."""
STRATEGIES: Final[tuple[Strategy, ...]] = get_args(Strategy)


def subject_name(strategy: Strategy, topic: str, record_name: str, part: Literal["key", "value"] = "value") -> str:
    """The subject; `record_name` is the full name of the record, `data_simulator.Reading`."""
    match strategy:
        case "topic":
            return f"{topic}-{part}"
        case "record":
            return record_name
        case "topic-record":
            return f"{topic}-{record_name}"
    raise ValueError(f"unknown subject strategy {strategy!r}; known: {', '.join(STRATEGIES)}")
