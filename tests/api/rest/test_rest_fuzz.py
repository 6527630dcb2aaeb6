"""Some thousand bad inputs for every door; the long run is `tests/api/rest/fuzz_doors.py` (docs/api.md)."""

from tests.api.rest.fuzz_doors import fuzz, judge
from tests.api.rest.house import house


def test_bad_inputs_are_refused_and_nothing_grows() -> None:
    outcome = fuzz(4_000, seed=20261126)
    assert not outcome.failures, "\n".join(outcome.failures[:10])
    refused = sum(count for status, count in outcome.statuses.items() if status >= 400)
    assert refused > 1_500
    assert outcome.statuses[400] > 100
    assert outcome.statuses[422] > 200
    assert outcome.grown_bytes < 64 << 20


def test_a_failure_would_be_seen() -> None:
    """The judge is no rubber stamp: an answer from the inside is wrong."""
    with house(seconds=0) as home:
        good = home.call("GET", "/v1/devices/none")
        assert judge(good) == ""
        bad = home.call("GET", "/v1/devices/none")
        bad._status = "500 Internal Server Error"
        bad._status_code = 500
        assert "500" in judge(bad)
