"""Options of the Kafka sink."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from actors.registry import Strategy
from actors.sinks._kafka.templates import check_template, check_topic
from actors.sinks.base import LiveOptions, SinkOptions

Text = Annotated[str, Field(min_length=1, max_length=4096)]
Template = Annotated[str, Field(min_length=1, max_length=249)]


def _templated(*fields: str) -> AfterValidator:
    return AfterValidator(lambda template: check_template(template, fields))


class TopicOptions(SinkOptions):
    """Topics that are not there are made, and made like this."""

    partitions: Annotated[int, Field(ge=1, le=10_000)] = 6
    replication: Annotated[int, Field(ge=1, le=10)] | None = None
    """The cluster's own default when not given."""
    retention_s: Annotated[int, Field(ge=1, le=10**10)] | Literal["forever"] | None = None
    """How long records are kept, counted from their simulated time; the cluster's own default when not given."""


class KafkaOptions(LiveOptions):
    """See the module. What names a setting overrides it; secrets are settings only."""

    servers: Text | None = None
    """Instead of KAFKA_BROKER_SETTINGS: `host:port`, separated by commas."""
    topic: Annotated[str, Field(max_length=249), AfterValidator(check_topic)] | None = None
    """Instead of TOPIC_NAME: what `{topic}` stands for."""
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] | None = None
    """Instead of DATA_SIMULATOR_KAFKA_SECURITY_PROTOCOL."""
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    """Instead of DATA_SIMULATOR_KAFKA_SASL_MECHANISM."""
    ca_file: Text | None = None
    cert_file: Text | None = None
    """The client's own certificate; together with `key_file`."""
    key_file: Text | None = None
    registry: Text | None = None
    """Instead of KAFKA_SCHEMA_ENDPOINT."""
    subject: Strategy = "topic"
    """What schemas are registered under: `<topic>-value`, the record's full name, or both."""
    register_schemas: bool = True
    """Whether a schema the registry does not have yet is registered; if not, its records wait until it is there."""
    payload: Literal["reading", "frame"] | None = None
    """A record for each reading, or one for each frame. Default: reading, with a format that has a schema."""
    topic_template: Annotated[Template, _templated("topic", "kind")] = "{topic}"
    truth_template: Annotated[Template, _templated("topic")] = "{topic}.truth"
    fault_template: Annotated[Template, _templated("topic")] = "{topic}.faults"
    """Keyed by fault, so that a compacted topic keeps the newest record of each; `create_topics` makes it such."""
    create_topics: TopicOptions | None = None
    """Make topics that are not there. Otherwise it is the cluster that may make them, or may not."""
    idempotent: bool = True
    """Without it, a record may be there twice after a lost connection, and out of order."""
    transactional: bool = False
    """One transaction for each batch: readers of committed records see each of them once."""
    transaction_timeout_s: Annotated[int, Field(ge=1, le=900)] = 60
    compression: Literal["none", "gzip", "snappy", "lz4", "zstd"] = "none"
    linger_ms: Annotated[int, Field(ge=0, le=10_000)] = 5
    """How long a record waits for others to be sent with."""
    window: Annotated[int, Field(ge=1, le=1_000_000)] = 50_000
    """Records that are sent and not confirmed, at most."""
    max_record_bytes: Annotated[int, Field(ge=1_000, le=1_000_000_000)] = 1_000_000
    """A larger one is rejected. The cluster has a limit of its own."""
    delivery_timeout_s: Annotated[int, Field(ge=0, le=86_400)] = 0
    """When a record that is not confirmed is begun anew, at the risk of a duplicate; 0: never, the client keeps at
    it."""
    rejected_file: Text | None = None
    """Where rejected records are kept; beside the spool when not given."""

    @model_validator(mode="after")
    def _modes(self) -> Self:
        if self.transactional and not self.idempotent:
            raise ValueError("idempotent: found false; allowed for transactional: true")
        if self.fault_template in (self.topic_template, self.truth_template):
            # made for faults it is compacted: of anything else it would lose all but the newest of a device
            raise ValueError(f"fault_template: found {self.fault_template!r}; allowed: a topic of its own")
        return self
