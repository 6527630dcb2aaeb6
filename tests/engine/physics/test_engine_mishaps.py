"""Mishaps of a worn body: how often, how long, what they do, and that they come the same whatever the chunks."""

import pytest

from engine.devices._body import KernelBody
from engine.physics import layout as at
from engine.physics.mishaps import HALT_S, OPEN_MEAN_S, STALL_LEAST_S, STALL_MEAN_S
from engine.physics.workload import NEVER
from tests.engine.physics.reference_bodies import CLOCK, LOAD, P, T, V, body, held

DAY = 86_400


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> KernelBody:
    """A Raspberry Pi 4 without failure modes whose wear steps leave the plant alone."""
    monkeypatch.setattr("engine.wear.Wear.step", lambda _wear, _state, _parameters: None)
    return held("4", "open", 0.6)


def episodes(one: KernelBody, place: int, days: int) -> list[int]:
    """Lengths, in ticks, of the stretches in which a flag of the state stands."""
    found, running = [], 0
    for _ in range(days * DAY):
        one.advance(one.tick + 1)
        if one._state[place] > 0.0:
            running += 1
        elif running:
            found.append(running)
            running = 0
    return found


def test_opens_come_as_often_and_last_as_long_as_said(board: KernelBody) -> None:
    board._state[at.OPEN_RATE] = 400.0
    found = episodes(board, at.OPEN, 2)
    assert len(found) == pytest.approx(800, rel=0.12)
    assert sum(found) / len(found) == pytest.approx(1.0 + OPEN_MEAN_S - 0.5, rel=0.12)
    assert board.resets()[0] == pytest.approx(160, rel=0.25)


def test_stalls_come_as_often_and_last_as_long_as_said(board: KernelBody) -> None:
    board._state[at.STALL_RATE] = 300.0
    found = episodes(board, at.STALLED, 2)
    assert len(found) == pytest.approx(600, rel=0.15)
    assert sum(found) / len(found) == pytest.approx(STALL_LEAST_S + STALL_MEAN_S - 0.5, rel=0.12)
    assert board.resets()[0] == 0


def test_resets_come_as_often_as_said_and_hold_the_device_for_seconds(board: KernelBody) -> None:
    board._state[at.RESET_RATE] = 300.0
    found = episodes(board, at.HALTED, 1)
    assert len(found) == pytest.approx(300, rel=0.15)
    assert set(found) == {int(HALT_S)}
    assert board.resets()[0] == pytest.approx(len(found), abs=1)


def test_a_body_without_rates_has_nothing_to_look_after(board: KernelBody) -> None:
    board.advance(DAY)
    assert board._state[at.MISHAP_FROM] == NEVER
    assert board.resets() == (0, 0)
    assert not board.muted()


def begun(one: KernelBody, place: int) -> KernelBody:
    """Live on to the first tick at which a flag stands."""
    while one._state[place] == 0.0:
        one.advance(one.tick + 1)
    return one


def test_in_an_open_the_rail_sags_the_die_heats_and_samples_are_lost(board: KernelBody) -> None:
    before = board.clean()
    board._state[at.OPEN_RATE] = 1440.0
    begun(board, at.OPEN)
    board._state[at.OPEN_UNTIL] += 10.0
    board.advance(board.tick + 8)
    after = board.clean()
    assert (after[V] or 0.0) < (before[V] or 0.0) - 0.1
    assert (after[T] or 0.0) > (before[T] or 0.0) + 1.0
    assert board.muted()


def test_in_a_stall_the_load_stands_still_and_long_stalls_mute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.wear.Wear.step", lambda _wear, _state, _parameters: None)
    board = body("4", "open", profile="edge")
    board.set("room_noise_c", 0.0)
    board._state[at.STALL_RATE] = 1440.0
    begun(board, at.STALLED)
    board._state[at.STALL_UNTIL] = board.tick + 12.0
    board.advance(board.tick + 1)
    demand, muted = set(), []
    for _ in range(9):
        demand.add(board.extras()["demand"])
        muted.append(board.muted())
        board.advance(board.tick + 1)
    assert len(demand) == 1
    assert (muted[0], muted[-1]) == (False, True)
    board.advance(board.tick + 20)
    assert board.extras()["demand"] not in demand


def test_a_reset_stops_the_work_and_clears_what_the_firmware_remembers(board: KernelBody) -> None:
    board._state[at.STICKY] = 4.0
    board._state[at.RESET_RATE] = 1440.0
    begun(board, at.HALTED)
    assert board.clean()[P] == board.clean()[CLOCK] == board.clean()[LOAD] == 0.0
    assert board._state[at.STICKY] == 0.0
    count, tick = board.resets()
    assert (count, tick + 1) == (1, board.tick)
    board._state[at.RESET_RATE] = 0.0
    board.advance(board.tick + 10)
    power = board.clean()[P]
    assert power is not None
    assert power > 2.0


def test_a_brown_out_holds_the_device_until_the_rail_is_back() -> None:
    board = held("4", "open", 0.6)
    board.advance(100)
    board._parameters[at.SUPPLY_SAG] = 0.3
    board.advance(160)
    assert board.resets() == (1, 160)
    assert board.clean()[P] == 0.0
    board._parameters[at.SUPPLY_SAG] = 0.0
    board.advance(160 + 10)
    power = board.clean()[P]
    assert power is not None
    assert power > 2.0
    assert board.resets()[0] == 1


def test_a_device_that_is_switched_off_does_not_reset() -> None:
    board = held("4", "open", 0.6)
    board.set("powered", False)
    board._parameters[at.SUPPLY_SAG] = 0.3
    board.advance(200)
    assert board.resets() == (0, 0)


@pytest.mark.parametrize(("model", "setup"), [("4", "open"), ("65w", "tower")])
def test_mishaps_are_the_same_bits_whatever_the_chunks(monkeypatch: pytest.MonkeyPatch, model: str, setup: str) -> None:
    monkeypatch.setattr("engine.wear.Wear.step", lambda _wear, _state, _parameters: None)
    snapshots = []
    for chunk in (1, 7, 60, 1000, 7200):
        one = body(model, setup)
        one._state[[at.OPEN_RATE, at.RESET_RATE, at.STALL_RATE]] = 300.0, 100.0, 300.0
        while one.tick < 7200:
            one.advance(min(one.tick + chunk, 7200))
        snapshots.append(one.snapshot())
        assert one.resets()[0] > 0
    assert len(set(snapshots)) == 1
