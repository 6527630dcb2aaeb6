"""Ctrl-C stops in order; a second one forces the end."""

import os
import signal

import pytest

from api.exit_codes import ExitCode
from api.interrupts import Interrupts


class Scene:
    def __init__(self) -> None:
        self.log: list[str] = []
        self.interrupts = Interrupts(
            say=lambda text: self.log.append("say"), force=lambda code: self.log.append(f"force {code}")
        )
        self.interrupts.guard(lambda: self.log.append("stop"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_for_an_orderly_end(number: signal.Signals) -> None:
    scene = Scene()
    with scene.interrupts:
        os.kill(os.getpid(), number)
    assert scene.log == ["stop", "say"]


def test_a_second_interrupt_forces_the_end() -> None:
    scene = Scene()
    with scene.interrupts:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
    assert scene.log == ["stop", "say", f"force {ExitCode.FORCED}"]


def test_more_terminations_change_nothing() -> None:
    scene = Scene()
    with scene.interrupts:
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGTERM)
    assert scene.log == ["stop", "say"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, ExitCode.FORCED), (signal.SIGTERM, 143)])
def test_before_anything_runs_a_signal_ends_the_process_at_once(number: signal.Signals, code: int) -> None:
    with pytest.raises(SystemExit) as end, Interrupts():
        os.kill(os.getpid(), number)
    assert end.value.code == code


def test_the_handlers_of_before_are_back_afterwards() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with Scene().interrupts:
        assert signal.getsignal(signal.SIGINT) is not before[0]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
