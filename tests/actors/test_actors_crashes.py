"""Crashes: a sensor restarts alone, a device with its sensors, and the neighbours miss nothing."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.supervisor import Supervisor
from engine.dispatcher import Dispatcher
from engine.streams import Stream
from engine.supervision import AddChildren, BranchSpec
from schemas import events
from schemas.addresses import JOURNAL, SUPERVISOR, device_address, sensor_address
from schemas.commands import Crash, InjectFault
from schemas.quantities import QUANTITIES
from tests.actors.troupe import Troupe


class Company:
    """Some troupes under one supervisor."""

    def __init__(self, count: int = 3, seed: int = 1, **options: Any) -> None:
        self.dispatcher = Dispatcher()
        self.troupes = [Troupe(id=f"pi-{n}", dispatcher=self.dispatcher, **options) for n in range(count)]
        self.dispatcher.spawn(
            SUPERVISOR,
            1,
            lambda: Supervisor.start(
                [BranchSpec("fleet", intensity=None)],
                draw=lambda address, failure: Stream(seed, address, "backoff").uniform(failure),
                journal=self.dispatcher.directory.endpoint(JOURNAL),
            ),
        )
        for troupe in self.troupes:
            self.dispatcher.directory.endpoint(SUPERVISOR).tell(AddChildren(troupe.children(), "fleet"))

    @property
    def events(self) -> list[Any]:
        return self.troupes[0].events

    def crash(self, address: str) -> None:
        self.dispatcher.directory.endpoint(address).tell(Crash(address, "asked for"))

    def run_to(self, second: float) -> "Company":
        self.troupes[0].run_to(second)
        return self


def restarted(company: Company) -> list[str]:
    return [event.address for event in company.events if isinstance(event, events.ActorRestarted)]


def test_a_crashed_sensor_restarts_alone_and_the_frame_it_was_asked_in_is_closed_without_it() -> None:
    company = Company().run_to(2)
    company.crash(sensor_address("pi-1", "power"))
    company.run_to(20)
    assert restarted(company) == [sensor_address("pi-1", "power")]
    frames = company.troupes[1].frames
    assert [frame.sequence for frame in frames] == list(range(20))
    silent = [n for n, frame in enumerate(frames) if all(reading.sensor != "power" for reading in frame.readings)]
    assert silent
    assert max(silent) <= 3
    assert all(len(frame.readings) == 5 for n, frame in enumerate(frames) if n in silent)


def test_a_frame_is_closed_in_the_very_instant_in_which_a_sensor_it_waits_for_dies() -> None:
    company = Company()

    class Torn:
        def measure(self, clean: float | None, z: float) -> float | None:
            raise ArithmeticError("the instrument is torn")

    company.troupes[1].sensors[sensor_address("pi-1", "power")].instrument = Torn()
    company.run_to(0.001)
    assert [len(frame.readings) for frame in company.troupes[1].frames] == [5]
    company.run_to(30.5)
    frames = company.troupes[1].frames
    assert [frame.sequence for frame in frames] == list(range(31))
    assert all(len(frame.readings) == 5 for frame in frames)


def test_a_fault_that_comes_while_its_sensor_is_down_acts_when_it_is_back() -> None:
    company = Company(1).run_to(3)
    troupe = company.troupes[0]
    company.crash(sensor_address("pi-0", "power"))
    company.run_to(3.01)
    assert sensor_address("pi-0", "power") not in restarted(company)
    troupe.send(InjectFault("pi-0", "power", "plus", {"add": 100.0}))
    company.run_to(20)
    assert troupe.values("power")[-1] == pytest.approx(119.1)


def test_a_crashed_device_restarts_with_its_sensors_from_its_last_whole_tick() -> None:
    company = Company().run_to(5)
    company.crash(device_address("pi-1"))
    company.run_to(20)
    assert restarted(company) == [device_address("pi-1"), *(sensor_address("pi-1", q) for q in QUANTITIES)]
    frames = company.troupes[1].frames
    assert [frame.sequence for frame in frames] == list(range(len(frames)))
    assert company.troupes[1].values("temperature") == [frame.time_ns // 10**9 for frame in frames]
    advances = company.troupes[1].body.advances
    assert advances == sorted(set(advances))


def test_neighbours_of_a_crash_miss_nothing() -> None:
    company = Company().run_to(3)
    for q in QUANTITIES:
        company.crash(sensor_address("pi-1", q))
    company.crash(device_address("pi-1"))
    company.run_to(30)
    for troupe in (company.troupes[0], company.troupes[2]):
        assert [(frame.sequence, len(frame.readings)) for frame in troupe.frames] == [(n, 6) for n in range(30)]


def test_a_body_whose_code_raises_loses_its_device_only_for_the_back_off() -> None:
    company = Company()
    company.troupes[1].body.raise_at = 4
    company.run_to(20)
    failed = [event for event in company.events if isinstance(event, events.ActorFailed)]
    assert [(event.address, event.reason, event.where) for event in failed][:1] == [
        (device_address("pi-1"), failed[0].reason, "timer")
    ]
    assert "ArithmeticError" in failed[0].error
    frames = company.troupes[1].frames
    assert [frame.sequence for frame in frames] == list(range(len(frames)))
    assert len(frames) >= 17


def test_a_fault_in_force_outlives_the_crash_of_its_sensor_and_of_its_device() -> None:
    company = Company(1).run_to(1)
    troupe = company.troupes[0]
    troupe.send(InjectFault("pi-0", "power", "plus", {"add": 100.0}))
    company.run_to(3)
    company.crash(sensor_address("pi-0", "power"))
    company.run_to(10)
    company.crash(device_address("pi-0"))
    company.run_to(20)
    assert all(value is not None and value > 100 for value in troupe.values("power")[1:])
    assert len(troupe.values("power")) >= 15


def test_a_device_that_crashes_ten_times_in_a_row_is_given_up_and_the_others_go_on() -> None:
    company = Company().run_to(1)
    body = company.troupes[1].body

    class Hopeless:
        def __getattr__(self, name: str) -> Any:
            raise ArithmeticError("always")

    company.troupes[1].memory.body = Hopeless()
    company.run_to(400)
    given_up = [event for event in company.events if isinstance(event, events.ActorGivenUp)]
    assert [event.address for event in given_up] == [device_address("pi-1")]
    assert len(company.troupes[0].frames) == 400
    assert body.tick == 0


def test_the_same_seed_gives_the_same_waits_and_another_seed_others() -> None:
    def story(seed: int) -> list[Any]:
        company = Company(seed=seed).run_to(2)
        for n in range(3):
            company.crash(device_address(f"pi-{n}"))
        company.run_to(15)
        return [(troupe.memory.digest.hex()) for troupe in company.troupes]

    assert story(1) == story(1)
    assert story(1) != story(5)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 25), st.integers(0, 2), st.sampled_from([None, *QUANTITIES])), max_size=8))
def test_whatever_crashes_and_when_no_number_is_missing_or_repeated(crashes: list[tuple[int, int, str | None]]) -> None:
    company = Company()
    for second, device, sensor in sorted(crashes, key=lambda crash: crash[0]):
        company.run_to(second)
        id = f"pi-{device}"
        company.crash(device_address(id) if sensor is None else sensor_address(id, sensor))
    company.run_to(40)
    for n, troupe in enumerate(company.troupes):
        frames = troupe.frames
        assert [frame.sequence for frame in frames] == list(range(len(frames)))
        assert [frame.time_ns for frame in frames] == sorted({frame.time_ns for frame in frames})
        if all(device != n for _, device, _ in crashes):
            assert len(frames) == 40


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, MemoryError, RecursionError, GeneratorExit])
def test_not_even_an_error_that_means_the_end_takes_the_others_along(error: type[BaseException]) -> None:
    company = Company().run_to(2)

    def broken() -> Any:
        raise error

    company.troupes[1].body.clean = broken  # type: ignore[method-assign]
    company.run_to(6)
    del company.troupes[1].body.clean
    company.run_to(60)
    assert len(company.troupes[0].frames) == 60
    frames = company.troupes[1].frames
    assert [frame.sequence for frame in frames] == list(range(len(frames)))
    assert len(frames) > 20
