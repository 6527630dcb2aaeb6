"""Options of the MQTT sink."""

from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from actors.registry import Strategy
from actors.sinks._mqtt.templates import check_template, check_topic
from actors.sinks.base import LiveOptions

_DATA: Final = ("topic", "device", "sensor", "kind")
_FRAME: Final = ("topic", "device", "kind")
_PER_READING: Final = "{topic}/{device}/{sensor}"
_PER_FRAME: Final = "{topic}/{device}"

Text = Annotated[str, Field(min_length=1, max_length=4096)]
Template = Annotated[str, Field(min_length=1, max_length=1024)]


def _templated(*fields: str) -> AfterValidator:
    return AfterValidator(lambda template: check_template(template, fields))


class MqttOptions(LiveOptions):
    """See the module. What names a setting overrides it; secrets are settings only."""

    host: Text | None = None
    """Instead of MQTT_HOST."""
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """Instead of MQTT_PORT."""
    topic: Annotated[str, Field(max_length=1024), AfterValidator(check_topic)] | None = None
    """Instead of MQTT_TOPIC: what `{topic}` stands for."""
    keep_alive_s: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """Instead of MQTT_KEEP_ALIVE_INTERVAL, seconds."""
    tls: bool | None = None
    """Instead of DATA_SIMULATOR_MQTT_TLS."""
    ca_file: Text | None = None
    cert_file: Text | None = None
    """The client's own certificate; together with `key_file`."""
    key_file: Text | None = None
    protocol: Literal["5", "3.1.1"] = "5"
    """With 3.1.1 a broker has no way to say that it refused a message: a denied topic looks delivered."""
    connection: Literal["shared", "per-device"] = "shared"
    """One connection for all, or a session for each device, with its own client id and its own Last Will."""
    client_id: Annotated[str, Field(max_length=256), _templated("device", "sink", "run")] | None = None
    """Default: `{device}` per device; shared, `{sink}-{run}` (`{sink}` for a persistent session)."""
    session: Literal["clean", "persistent"] = "clean"
    """Whether the broker forgets a session when its connection ends."""
    session_expiry_s: Annotated[int, Field(ge=1, le=2**32 - 1)] = 3600
    """How long the broker keeps a persistent session without a connection, with MQTT 5."""
    qos: Literal[0, 1, 2] = 1
    retain: bool = False
    """Whether the broker keeps the last message of each topic."""
    payload: Literal["reading", "frame"] = "reading"
    """A message for each reading, or one for each frame."""
    topic_template: Annotated[Template, _templated(*_DATA)] | None = None
    """Default: `{topic}/{device}/{sensor}`, and `{topic}/{device}` for frames."""
    truth_template: Annotated[Template, _templated("topic", "device")] = "{topic}-truth/{device}"
    fault_template: Annotated[Template, _templated("topic", "device", "fault")] = "{topic}-faults/{device}/{fault}"
    """`{fault}` is the fault's id without its device, and may have several levels."""
    retain_faults: bool = True
    """Whether the broker keeps the newest record of each fault for who comes later, where it keeps anything."""
    status: bool = True
    """Births and deaths, retained; the Last Will is the death of who says nothing any more."""
    status_template: Annotated[Template, _templated("topic", "client")] = "{topic}-status/{client}"
    """Beside the data, not below it: who takes `{topic}/#` into a table wants readings only."""
    window: Annotated[int, Field(ge=1, le=100)] = 100
    """Messages of one session that wait for their acknowledgement, at most."""
    connect_rate: Annotated[int, Field(ge=1, le=500)] = 500
    """Connections begun in a second, at most."""
    framed: bool = True
    """Put the id of the schema before a record, where the format has a schema and a registry is configured."""
    registry: Text | None = None
    """Instead of KAFKA_SCHEMA_ENDPOINT."""
    subject: Strategy = "topic"
    """What schemas are registered under: `<TOPIC_NAME>-value` (whither the bridge carries), the record's name, both."""
    register_schemas: bool = True
    """Whether a schema the registry does not have yet is registered; if not, its records wait until it is there."""
    rejected_file: Text | None = None
    """Where rejected records are kept. Default: `NAME.rejected.jsonl` in the folder of the run's state, if there is."""
    connect_timeout_s: Annotated[int, Field(ge=1, le=60)] = 5
    offline_buffer: Annotated[int, Field(ge=1, le=1_000_000)] = 1_000
    """Records a device keeps while it has no connection of its own; then its oldest are dropped."""

    @model_validator(mode="after")
    def _a_topic_for_each(self) -> Self:
        if self.payload == "frame" and "{sensor}" in (self.topic_template or ""):
            raise ValueError("topic_template: found {sensor}; allowed with payload: frame: {topic}, {device}, {kind}")
        if self.connection == "per-device" and self.client_id is not None and "{device}" not in self.client_id:
            raise ValueError(f"client_id: found {self.client_id!r}; allowed per device: one with {{device}} in it")
        if self.connection == "shared" and self.client_id is not None and "{device}" in self.client_id:
            raise ValueError("client_id: found {device}; allowed with connection: shared: {sink}, {run}")
        if self.protocol == "3.1.1" and self.session == "persistent" and self.qos == 2:
            # a new process would take up numbers of messages that the broker still holds from the last one
            raise ValueError("qos: found 2; allowed for persistent sessions with protocol 3.1.1: 0, 1 (or protocol 5)")
        return self

    @property
    def templates(self) -> dict[str, str]:
        """Topic templates of data, truth and faults."""
        return {
            "data": self.topic_template or (_PER_READING if self.payload == "reading" else _PER_FRAME),
            "truth": self.truth_template,
            "fault": self.fault_template,
        }
