"""Every link fault keeps to the contract, and does what it says."""

from collections.abc import Callable
from itertools import pairwise
from statistics import fmean

import pytest

from engine.links import LINKS
from engine.links.base import LinkKind
from tests.contracts.links import FRAMES, MINUTE_NS, PROMISES, START_NS, run, sent, through


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("word", LINKS.names())
def test_every_link_fault(word: str, promise: Callable[[LinkKind], None]) -> None:
    promise(LINKS.get(word))


def numbers(word: str, count: int = FRAMES, /, **parameters: float | str) -> list[int]:
    """Sequences in the order in which they come out, once everything is over."""
    fault = through(LINKS.get(word), parameters)
    made = [each for several in run(fault, sent(count)) for each in several]
    made += fault.end(START_NS + count * MINUTE_NS)
    return [each.frame.sequence for each in sorted(made, key=lambda each: each.at_ns)]


@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_loss_takes_its_share(share: float) -> None:
    left = numbers("loss", 20_000, share=share)
    assert 1.0 - len(left) / 20_000 == pytest.approx(share, rel=0.1)
    assert left == sorted(set(left))


def test_loss_comes_in_bursts() -> None:
    left = numbers("loss", 20_000, share=0.2, mean_length=10.0)
    gaps = [later - earlier - 1 for earlier, later in pairwise(left) if later - earlier > 1]
    assert fmean(gaps) == pytest.approx(10.0, rel=0.15)


def test_duplicates_come_later_and_at_their_share() -> None:
    found = numbers("duplicate", 10_000, share=0.3, later_s=130.0)
    assert len(found) == pytest.approx(13_000, rel=0.03)
    assert set(found) == set(range(10_000))
    assert found != sorted(found)


def test_reordering_loses_nothing_and_is_passed_by_as_many_as_said() -> None:
    found = numbers("reorder", share=0.1, by=3.0)
    assert sorted(found) == list(range(FRAMES))
    passed = [sum(later > number for later in found[:place]) for place, number in enumerate(found)]
    assert max(passed) >= 3
    assert sum(count > 0 for count in passed) == pytest.approx(0.1 * FRAMES, rel=0.4)


def test_a_fixed_delay_keeps_the_order_and_jitter_does_not() -> None:
    fault = through(LINKS.get("delay"), {"seconds": 90.0})
    assert {made[0].at_ns - each.at_ns for made, each in zip(run(fault, sent()), sent(), strict=True)} == {90 * 10**9}
    assert numbers("delay", seconds=90.0) == list(range(FRAMES))
    jittered = numbers("delay", seconds=0.0, jitter_s=90.0)
    assert sorted(jittered) == list(range(FRAMES)) != jittered


@pytest.mark.parametrize(
    ("parameters", "kept"),
    [
        ({}, list(range(FRAMES))),
        ({"capacity": 50.0}, list(range(FRAMES - 50, FRAMES))),
        ({"capacity": 50.0, "loses": "newest"}, list(range(50))),
        ({"capacity": 0.0}, []),
    ],
)
def test_the_offline_buffer_keeps_what_it_has_room_for(parameters: dict[str, float | str], kept: list[int]) -> None:
    assert numbers("offline-buffer", FRAMES, **parameters) == kept


def test_the_offline_buffer_may_come_out_shuffled() -> None:
    found = numbers("offline-buffer", order="shuffled")
    assert sorted(found) == list(range(FRAMES)) != found


def errors(word: str, **parameters: float) -> list[float]:
    """By how many seconds each frame's time is off."""
    made = run(through(LINKS.get(word), parameters), sent())
    return [(each[0].frame.time_ns - sound.frame.time_ns) / 1e9 for each, sound in zip(made, sent(), strict=True)]


def test_clocks_are_off_as_said() -> None:
    assert set(errors("clock-skew", seconds=-30.0)) == {-30.0}
    assert 1.0 <= abs(errors("clock-skew")[0]) <= 121.0
    drifting = errors("clock-drift", ppm=200.0)
    assert drifting[0] == 0.0
    assert drifting[-1] == pytest.approx((FRAMES - 1) * 60.0 * 200e-6)
    assert 5e-6 <= abs(errors("clock-drift")[1]) / 60.0 <= 101e-6
    jumped = errors("clock-jump", seconds=-10.0, slew_ppm=500.0)
    assert jumped[0] == -10.0
    assert jumped[100] == pytest.approx(-10.0 + 100 * 60.0 * 500e-6)
    assert jumped[-1] == 0.0
