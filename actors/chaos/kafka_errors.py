"""Kafka errors: the embedded broker answers the next requests of one kind with error codes of Kafka's."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from actors.chaos.base import Backstage, NotPossibleError, Parameters

Error = Literal[
    "not-leader", "not-enough-replicas", "request-timed-out", "leader-not-available", "throttled", "authorization"
]
CODES: Final[dict[str, int]] = {
    "leader-not-available": 5,
    "not-leader": 6,
    "request-timed-out": 7,
    "not-enough-replicas": 19,
    "authorization": 29,
    "throttled": 89,
}
"""Numbers of the protocol: org.apache.kafka.common.protocol.Errors."""


class KafkaErrorsParameters(Parameters):
    """Which requests, which error, how often."""

    request: Literal["Produce", "Metadata", "InitProducerId"] = "Produce"
    error: Error = "not-leader"
    times: Annotated[int, Field(ge=1, le=1000)] = 5


class _KafkaErrors:
    """The client tries again and keeps the order; nothing is delivered that was not confirmed."""

    name = "kafka-errors"
    layer = "broker"
    targets: Sequence[str] = ("run",)
    outside = True
    parameters = KafkaErrorsParameters

    def begin(self, stage: Backstage, target: str, parameters: KafkaErrorsParameters) -> Any:
        """Queue the errors up."""
        broker = None if stage.embedded is None else stage.embedded.kafka
        if broker is None:
            raise NotPossibleError("kafka: found no embedded broker; allowed: without KAFKA_BROKER_SETTINGS")
        try:
            broker.fail_next(parameters.request, [CODES[parameters.error]] * parameters.times)
        except NotImplementedError as error:
            raise NotPossibleError(str(error)) from None
        return parameters.request

    def end(self, stage: Backstage, target: str, token: Any) -> None:
        """Those that are not used up are forgotten."""
        if stage.embedded is not None and stage.embedded.kafka is not None:
            stage.embedded.kafka.fail_no_more(token)


ACTION: Final = _KafkaErrors()
