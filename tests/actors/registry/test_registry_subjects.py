"""Subjects by Confluent's three strategies."""

from typing import cast

import pytest

from actors.registry import Strategy, subject_name


@pytest.mark.parametrize(
    ("strategy", "subject"),
    [("topic", "telemetry-value"), ("record", "house.Reading"), ("topic-record", "telemetry-house.Reading")],
)
def test_a_subject_is_named_by_topic_record_or_both(strategy: str, subject: str) -> None:
    assert subject_name(cast(Strategy, strategy), "telemetry", "house.Reading") == subject


def test_the_key_has_a_subject_of_its_own() -> None:
    assert subject_name("topic", "telemetry", "house.Reading", "key") == "telemetry-key"


def test_an_unknown_strategy_is_refused() -> None:
    with pytest.raises(ValueError, match="known: topic, record, topic-record"):
        subject_name(cast(Strategy, "colour"), "telemetry", "house.Reading")
