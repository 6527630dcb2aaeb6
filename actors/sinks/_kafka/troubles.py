"""Troubles: what errors of librdkafka mean, and how they are told to people."""

from typing import Final

from confluent_kafka import KafkaError

TOO_LARGE: Final = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.RECORD_LIST_TOO_LARGE})
"""For good when a record was alone."""
REFUSALS: Final = TOO_LARGE | {
    KafkaError.INVALID_MSG,
    KafkaError.INVALID_TIMESTAMP,
    KafkaError.INVALID_RECORD,
    KafkaError.POLICY_VIOLATION,
    KafkaError._INVALID_ARG,
    KafkaError._BAD_MSG,
}
"""Answers that will be the same however often a record is sent. They are given to whole batches."""
TOPICS: Final = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError.TOPIC_EXCEPTION,
        KafkaError._UNKNOWN_TOPIC,
        KafkaError._UNKNOWN_PARTITION,
    }
)
"""Nothing can be written to that topic now; to others it can."""
NEVER_SENT: Final = KafkaError._PURGE_QUEUE
"""Withdrawn before it left: no duplicate can come of it."""
_GRAVE: Final = frozenset(
    {
        KafkaError._AUTHENTICATION,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError.UNSUPPORTED_SASL_MECHANISM,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        KafkaError._SSL,
        KafkaError._RESOLVE,
        KafkaError._FATAL,
    }
)
"""Errors that tell the reason; the others only tell the consequence."""
_CUT: Final = frozenset({KafkaError._TRANSPORT, KafkaError._TIMED_OUT, KafkaError._ALL_BROKERS_DOWN})
_VAGUE: Final = frozenset({KafkaError._ALL_BROKERS_DOWN, KafkaError._TIMED_OUT, KafkaError._TIMED_OUT_QUEUE})


class Complaints:
    """What the client has complained about since something was delivered last. Belongs to the writer's thread."""

    def __init__(self) -> None:
        self._text = ""
        self._rank = 0
        self.count = 0
        self.cuts = 0
        """Connections that were lost, or not made, so far."""

    def __call__(self, error: KafkaError) -> None:
        """Take one; of those that are there, the one that says most stays."""
        self.count += 1
        self.cuts += error.code() in _CUT
        rank = 3 if error.code() in _GRAVE else 1 if error.code() in _VAGUE else 2
        if rank >= self._rank:
            self._rank, self._text = rank, told(error)

    @property
    def text(self) -> str:
        """The one that says most; empty when there is none."""
        return self._text

    @property
    def grave(self) -> bool:
        """Whether it concerns more than one connection that may have been cut while nothing was to be said."""
        return self._rank == 3

    def clear(self) -> None:
        """Something was delivered: all is well."""
        self._text, self._rank = "", 0


def told(error: KafkaError) -> str:
    """An error on one line."""
    return f"{' '.join(error.str().split())} ({error.name()})"
