"""Digests: equal for equal runs, different for any difference."""

from hypothesis import given
from hypothesis import strategies as st

from engine.digest import FrameDigest, HistoryDigest, run_digest
from schemas.readings import Frame, Reading


def frame(
    sequence: int = 0, value: float | None = 43.47, sensor: str = "temperature", throttled: int | None = 0
) -> Frame:
    return Frame(
        "pi-1", "raspberry-pi", sequence, 10**18, (Reading(sensor, "temperature", "degC", value, 10**18),), throttled
    )


def digest(*frames: Frame) -> str:
    running = FrameDigest()
    for each in frames:
        running.add(each)
    return running.hex()


def test_the_digest_of_one_known_frame_is_known() -> None:
    assert digest(frame()) == "9ca759bab1aa6e2b7d97e927d15ada30"


def test_each_part_of_a_frame_counts() -> None:
    variants = {
        digest(frame()),
        digest(frame(sequence=1)),
        digest(frame(value=None)),
        digest(frame(value=43.470001)),
        digest(frame(sensor="power")),
        digest(frame(throttled=None)),
        digest(frame(throttled=4)),
        digest(frame()._replace(readings=())),
        digest(frame()._replace(time_ns=10**18 + 1)),
    }
    assert len(variants) == 9


def test_order_counts() -> None:
    assert digest(frame(0), frame(1)) != digest(frame(1), frame(0))


@given(st.dictionaries(st.text(max_size=8), st.text("0123456789abcdef", min_size=1, max_size=4), max_size=6))
def test_a_run_does_not_depend_on_the_order_of_devices(frames: dict[str, str]) -> None:
    turned = dict(reversed(list(frames.items())))
    assert run_digest(frames, {}) == run_digest(turned, {})


def test_history_is_part_of_a_run() -> None:
    history = HistoryDigest()
    history.add(("StateChanged", "pi-1", 5))
    assert run_digest({"pi-1": "aa"}, {}) != run_digest({"pi-1": "aa"}, {"pi-1": history.hex()})


def test_words_of_history_do_not_run_into_each_other() -> None:
    one, other = HistoryDigest(), HistoryDigest()
    one.add(("ab", "c"))
    other.add(("a", "bc"))
    assert one.hex() != other.hex()
