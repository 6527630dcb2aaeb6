"""Rates, remaining time, and the report that shows them."""

import io
import sys
from threading import Event
from typing import NamedTuple

import pytest

from api.progress import Estimate, Meter, ProgressReport, human_seconds


class Standing(NamedTuple):
    now_ns: int
    started_ns: int
    until_ns: int | None
    readings: int


SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "0 s"),
        (42.4, "42 s"),
        (59.6, "1 min 00 s"),
        (185, "3 min 05 s"),
        (7_620, "2 h 07 min"),
        (86_400, "1 d 00 h"),
        (400 * 86_400 + 3 * 3600, "400 d 03 h"),
    ],
)
def test_a_length_of_time_reads_as_people_say_it(seconds: float, text: str) -> None:
    assert human_seconds(seconds) == text


def test_the_first_look_knows_no_rate() -> None:
    estimate = Meter().take(100.0, Standing(5 * SECOND, 0, 10 * SECOND, 30))
    assert estimate == Estimate(done=0.5, readings=30, readings_per_s=0.0, pace=0.0, left_s=None)


def test_rates_and_remaining_time_come_from_the_window() -> None:
    meter = Meter()
    meter.take(100.0, Standing(10 * SECOND, 10 * SECOND, 110 * SECOND, 0))
    estimate = meter.take(102.0, Standing(30 * SECOND, 10 * SECOND, 110 * SECOND, 500))
    assert estimate == Estimate(done=0.2, readings=500, readings_per_s=250.0, pace=10.0, left_s=8.0)


def test_what_left_the_window_no_longer_counts() -> None:
    meter = Meter(window=2)
    meter.take(0.0, Standing(0, 0, 100 * SECOND, 0))
    meter.take(1.0, Standing(50 * SECOND, 0, 100 * SECOND, 1000))
    estimate = meter.take(2.0, Standing(51 * SECOND, 0, 100 * SECOND, 1010))
    assert (estimate.pace, estimate.readings_per_s, estimate.left_s) == (1.0, 10.0, 49.0)


def test_a_run_of_no_length_is_done() -> None:
    assert Meter().take(0.0, Standing(7, 7, 7, 0)).done == 1.0


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Asked:
    """A simulation that is asked how far it is; sets `often` when it was asked enough."""

    def __init__(self, enough: int) -> None:
        self.times = 0
        self.enough = enough
        self.often = Event()

    def __call__(self) -> Standing:
        self.times += 1
        if self.times >= self.enough:
            self.often.set()
        return Standing(self.times * SECOND, 0, 100 * SECOND, self.times * 6)


def test_a_terminal_gets_a_bar_with_rate_and_remaining_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.progress.REFRESH_S", 0.0)
    stream, asked = Terminal(), Asked(5)
    with ProgressReport(asked, lambda: asked.times / 10, stream):
        assert asked.often.wait(30)
    shown = stream.getvalue()
    assert "60/s" in shown
    assert "pace 10" in shown
    assert "left" in shown


def test_a_pipe_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.progress.REFRESH_S", 0.0)
    monkeypatch.setattr("api.progress.LINE_EVERY", 2)
    stream, asked = io.StringIO(), Asked(5)
    with ProgressReport(asked, lambda: asked.times / 10, stream):
        assert asked.often.wait(30)
    first = stream.getvalue().splitlines()[0]
    assert first == "  2%, 12 readings, 60/s, pace 10, 10 s left"
    assert "\x1b" not in stream.getvalue()


def test_the_report_goes_to_stderr_so_that_piped_frames_stay_clean() -> None:
    report = ProgressReport(Asked(1), lambda: 0.0)
    assert report._stream is sys.stderr
