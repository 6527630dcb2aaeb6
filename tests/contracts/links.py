"""What every link fault has to keep to, whoever wrote it: one function a promise, each given the fault kind."""

from collections.abc import Callable, Mapping

import pytest

from engine.faults.base import fault_stream
from engine.links.base import Delivery, LinkFault, LinkKind
from schemas.commands import LINK, Scalar
from schemas.problems import InvalidInput
from schemas.readings import Frame, Reading

MINUTE_NS = 60_000_000_000
START_NS = 1_767_225_600_000_000_000
FRAMES = 600


def sent(count: int = FRAMES, first: int = 0) -> list[Delivery]:
    """Frames of a device, one a minute, each delivered at once."""
    found = []
    for i in range(first, first + count):
        time_ns = START_NS + i * MINUTE_NS
        readings = (Reading("temperature", "temperature", "degC", 50.0 + i % 7, time_ns),)
        found.append(Delivery(time_ns, Frame("pi-0001", "raspberry-pi", i, time_ns, readings, 0)))
    return found


def through(kind: LinkKind, parameters: Mapping[str, Scalar] | None = None, id: str = "f-1") -> LinkFault:
    """One instance of a fault, in force from the first frame on."""
    return kind.make(parameters or {}, fault_stream(1, "pi-0001", LINK, id), id, START_NS, None)


def run(fault: LinkFault, deliveries: list[Delivery]) -> list[tuple[Delivery, ...]]:
    """What becomes of frames, one after the other."""
    return [fault.take(each) for each in deliveries]


def is_described(kind: LinkKind) -> None:
    """Its parameters have names of their own, meanings, and defaults that it accepts itself."""
    assert kind.name == kind.name.lower()
    assert kind.layer in ("link", "clock")
    assert len({parameter.name for parameter in kind.parameters}) == len(kind.parameters)
    for parameter in kind.parameters:
        assert parameter.meaning
        assert parameter.allowed()
        assert parameter.default is None or parameter.accepts(parameter.default)


def refuses_nonsense(kind: LinkKind) -> None:
    """Unknown parameters and values that are no numbers are problems with a path, and `make` raises them."""
    wrong: dict[str, Scalar] = {"no such parameter": 1.0}
    wrong |= {parameter.name: float("nan") for parameter in kind.parameters}
    assert {problem.path for problem in kind.problems(wrong, "p")} == {f"p.{name}" for name in wrong}
    with pytest.raises(InvalidInput):
        through(kind, wrong)


def bites(kind: LinkKind) -> None:
    """It changes something: a fault that changes nothing is none."""
    frames = sent()
    assert run(through(kind), frames) != [(each,) for each in frames]


def invents_nothing(kind: LinkKind) -> None:
    """What comes out was put in, up to its times, and never before it was put in."""
    given = {each.frame.sequence: each for each in sent()}
    fault = through(kind)
    made = [each for several in run(fault, sent()) for each in several]
    made += fault.end(START_NS + FRAMES * MINUTE_NS)
    for each in made:
        source = given[each.frame.sequence]
        assert each.at_ns >= source.at_ns
        assert [reading.value for reading in each.frame.readings] == [r.value for r in source.frame.readings]
        shift = each.frame.time_ns - source.frame.time_ns
        assert {a.time_ns - b.time_ns for a, b in zip(each.frame.readings, source.frame.readings, strict=True)} == {
            shift
        }
        if kind.layer == "link":
            assert each.frame == source.frame


def is_repeatable(kind: LinkKind) -> None:
    """Two instances of the same place and id do the same."""
    assert run(through(kind), sent()) == run(through(kind), sent())


def resumes_from_a_snapshot(kind: LinkKind) -> None:
    """Taken out at any instant and put into a fault made alike, it goes on as if nothing had been."""
    frames = sent()
    whole = through(kind)
    expected = run(whole, frames)
    last = whole.end(frames[-1].at_ns)
    for cut in (0, 1, 2, 17, 333):
        before, after = through(kind), through(kind)
        first = run(before, frames[:cut])
        after.restore(before.snapshot())
        assert first + run(after, frames[cut:]) == expected
        assert after.end(frames[-1].at_ns) == last


PROMISES: tuple[Callable[[LinkKind], None], ...] = (
    is_described,
    refuses_nonsense,
    bites,
    invents_nothing,
    is_repeatable,
    resumes_from_a_snapshot,
)
"""Every promise of a link fault; a package with faults of its own runs its own through these."""
