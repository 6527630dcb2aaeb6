"""Every two rows of the chaos table together on one running fleet: steady, both seen, steady again, nothing lost.

Every build plays a few, drawn by seed. `PAIRS=all pytest -s -n 0 tests/endurance/test_pairs.py` plays all 190, in about
an hour; `PAIRS=1/4` the first quarter of them, `PAIRS=7+12` the two rows of that number.
"""

import os
import random
import time
from collections.abc import Iterator
from itertools import combinations
from typing import Any, Final

import pytest

from tests.endurance.pair_faults import Cast, Fault, Row, Side
from tests.endurance.pair_rows import ONE_AFTER_THE_OTHER, ROWS
from tests.endurance.pair_stage import PIS, Residue, Stage, until

WANTED: Final = os.environ.get("PAIRS", "3")
STEADY_S: Final = 30.0
SEEN_S: Final = 20.0
IN_FORCE_S: Final = 0.0 if WANTED.isdigit() else 8.0
"""Together for so long at least, however soon both are seen."""
PATIENCE: Final = float(os.environ.get("PAIRS_PATIENCE", "1"))
"""A machine that has other things to do may be given more time."""
Pair = tuple[Row, Row]


def all_pairs() -> list[Pair]:
    """All of them, in an order that keeps rows apart from themselves."""
    pairs = list(combinations(ROWS, 2))
    random.Random(190).shuffle(pairs)
    return pairs


def wanted(word: str) -> list[Pair]:
    """What `PAIRS` asks for."""
    pairs = all_pairs()
    if word == "all":
        return pairs
    if "/" in word:
        part, parts = map(int, word.split("/"))
        return pairs[len(pairs) * (part - 1) // parts : len(pairs) * part // parts]
    if "+" in word:
        numbers = set(map(int, word.split("+")))
        return [pair for pair in pairs if {row.number for row in pair} == numbers]
    return pairs[: int(word)]


def faults(pair: Pair) -> tuple[Fault, Fault]:
    """What is done this time: forms, devices and sides follow from the pair alone."""
    first, second = pair
    number = all_pairs().index(pair)
    sides = _sides(first, second)
    devices = random.Random(number).sample(PIS, 4)
    casts = (Cast(tuple(devices[:2]), sides[0]), Cast(tuple(devices[2:]), sides[1]))
    turns = (second.number, first.number)
    return tuple(  # type: ignore[return-value]
        row.forms[turn % len(row.forms)](cast) for row, turn, cast in zip(pair, turns, casts, strict=True)
    )


def _sides(first: Row, second: Row) -> tuple[Side, Side]:
    other: dict[Side, Side] = {"mqtt": "kafka", "kafka": "mqtt"}
    if first.side is not None:
        return first.side, second.side or other[first.side]
    if second.side is not None:
        return other[second.side], second.side
    return ("mqtt", "kafka") if (first.number + second.number) % 2 else ("kafka", "mqtt")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, certificates: Any) -> Iterator[Stage]:
    from tests.brokers.fixtures import need_mosquitto, running
    from tests.brokers.mosquitto import Mosquitto, MosquittoOptions

    need_mosquitto()
    folder = tmp_path_factory.mktemp("pairs")
    options = MosquittoOptions(persistence=True)
    with running(Mosquitto(folder / "mosquitto", options, certificates)) as mosquitto:
        made = Stage(folder, mosquitto)
        try:
            yield made
        finally:
            made.close()


def settle(stage: Stage, when: str) -> float:
    """Wait until all is well; how long that took."""
    began = time.monotonic()
    if not until(lambda: not stage.wrong(), STEADY_S * PATIENCE):
        raise AssertionError(f"not steady {when}: {stage.wrong()}\n" + "\n".join(stage.server.lines[-25:]))
    return time.monotonic() - began


class Played:
    """Faults that are in force together."""

    def __init__(self, stage: Stage, some: tuple[Fault, ...]) -> None:
        self._stage, self._some = stage, some
        self._unseen = {fault.name: fault for fault in some}
        self._before = stage.before()

    def play(self, early: bool) -> None:
        """Begin them, see each, end them: by one call, or as they end by themselves."""
        try:
            for fault in self._some:
                if fault.steps:
                    self._stage.steps(*fault.steps)
                fault.begin(self._stage)
            until(self._long_enough, SEEN_S * PATIENCE, 0.1)
            unseen = [fault.name for fault in self._unseen.values() if not fault.late]
            assert not unseen, f"changed nothing: {', '.join(unseen)}; {self._stage.get('/v1/chaos')}"
        finally:
            for fault in self._some:
                fault.end(self._stage)
            if early:
                self._stage.post("/v1/chaos/abort", {"reason": "seen"})

    def seen_late(self) -> None:
        """Those that show in the records may be seen when these have arrived."""
        assert until(self._look, SEEN_S * PATIENCE), f"changed nothing: {', '.join(self._unseen)}"

    def _long_enough(self) -> bool:
        return self._look() and time.monotonic() - self._before.moment >= IN_FORCE_S

    def _look(self) -> bool:
        for name, fault in tuple(self._unseen.items()):
            if fault.seen(self._stage, self._before):
                del self._unseen[name]
        return not self._unseen


def left_behind(before: Residue, after: Residue) -> list[str]:
    """What a pair has left in the worker."""
    found = []
    if after.pid == before.pid:
        # connections come and go with the clients of this test
        found += [f"threads: {before.threads}, {after.threads}"] if after.threads > before.threads + 8 else []
        found += [f"files: {before.files}, {after.files}"] if after.files > before.files + 12 else []
    found += [f"children: {before.children}, {after.children}"] if after.children > before.children else []
    found += [f"most files: {before.most_files}, {after.most_files}"] if after.most_files != before.most_files else []
    return found


@pytest.mark.timeout(240)
@pytest.mark.parametrize("pair", wanted(WANTED), ids=lambda pair: f"{pair[0].number}+{pair[1].number}")
def test_a_pair_of_faults_is_seen_and_leaves_nothing(stage: Stage, pair: Pair) -> None:
    settle(stage, "before")
    residue, some = stage.residue(), faults(pair)
    apart = tuple(row.number for row in pair) in ONE_AFTER_THE_OTHER
    early = sum(row.number for row in pair) % 2 == 0
    began, playing = time.monotonic(), list[Played]()
    for together in ((some[0],), (some[1],)) if apart else (some,):
        playing.append(Played(stage, together))
        playing[-1].play(early)
    lasted_s = time.monotonic() - began
    back_s = settle(stage, f"after {' and '.join(fault.name for fault in some)}")
    for one in playing:
        one.seen_late()
    lost = stage.lost()
    print(f"{some[0].name} and {some[1].name}: {lasted_s:.1f} s in force, steady again {back_s:.1f} s later")
    assert not lost, "never arrived at the broker"
    assert until(lambda: not left_behind(residue, stage.residue()), 10), left_behind(residue, stage.residue())
    assert not stage.journal("ActorGivenUp", 0)


@pytest.mark.timeout(240)
def test_the_judge_of_the_pairs_sees_what_is_wrong(stage: Stage) -> None:
    """The sabotage arm: a fault that does nothing, one that nobody ends, a record that never arrived."""
    settle(stage, "before")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.endurance.test_pairs.SEEN_S", 1.0)
        with pytest.raises(AssertionError, match="changed nothing: idle"):
            Played(stage, (Fault("idle", seen=lambda *_: False),)).play(early=False)
    stage.steps({"at": "0s", "do": "inject-fault", "sensor": "load", "fault": "stuck", "on": {"ids": ["pi-0001"]}})
    assert until(lambda: any("held" in each for each in stage.wrong()), 20)
    stage.post("/v1/chaos/abort", {"reason": "seen"})
    settle(stage, "after")
    assert not stage.lost()
    number = stage.first["pi-0003"] = stage.first["pi-0003"] - 1
    stage.recorder.seen["pi-0003"].discard(number)
    patient, stage.patience_s = stage.patience_s, 3.0
    assert stage.lost() == {"pi-0003": [number]}
    stage.recorder.seen["pi-0003"].add(number)
    stage.patience_s = patient
