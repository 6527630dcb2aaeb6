"""The life cycle's one table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.lifecycle import POWERED, SPEAKING, TRANSITIONS, NotPossible, Signal, State, after


def test_every_state_has_a_row_and_every_target_is_a_state() -> None:
    assert set(TRANSITIONS) == set(State)
    assert {target for row in TRANSITIONS.values() for target in row.values()} <= set(State)


def test_every_state_can_be_reached_and_none_is_a_dead_end() -> None:
    reached = {State.PROVISIONED}
    for _ in State:
        reached |= {target for state in reached for target in TRANSITIONS[state].values()}
    assert reached == set(State)
    assert all(set(row.values()) - {state} for state, row in TRANSITIONS.items())


def test_the_way_of_a_life_with_failure_and_repair() -> None:
    state = State.PROVISIONED
    path = []
    for signal in (
        Signal.BOOT,
        Signal.BOOTED,
        Signal.THROTTLE,
        Signal.DEGRADE,
        Signal.FAIL,
        Signal.REPAIR,
        Signal.BOOTED,
    ):
        state = after(state, signal)
        path.append(state)
    assert path == ["booting", "running", "throttled", "degraded", "failed", "booting", "running"]


def test_a_device_that_is_off_or_broken_does_not_speak() -> None:
    assert {State.RUNNING, State.THROTTLED, State.DEGRADED} == SPEAKING
    assert State.FAILED not in POWERED
    assert State.STOPPED not in POWERED


def test_a_refusal_says_what_is_possible() -> None:
    with pytest.raises(NotPossible, match="a device that is failed cannot pause; possible now: repair, restart, stop"):
        after(State.FAILED, Signal.PAUSE)


@given(st.lists(st.sampled_from(list(Signal)), max_size=40))
def test_whatever_happens_a_failed_device_only_comes_back_by_repair_or_restart(signals: list[Signal]) -> None:
    state = State.PROVISIONED
    for signal in signals:
        try:
            following = after(state, signal)
        except NotPossible:
            continue
        if state is State.FAILED and following is not State.FAILED:
            assert signal in {Signal.REPAIR, Signal.RESTART, Signal.STOP}
            assert following not in SPEAKING
        state = following
