"""What every wire format has to keep to, whoever wrote it: one function a promise, each given the format."""

from collections.abc import Callable

from schemas.formats.base import Format, tells_faults
from schemas.quantities import QUANTITIES, UNITS
from schemas.readings import FaultPoint, FaultRecord, Frame, Reading, Truth

START_NS = 1_767_225_600_000_000_000


def frame(sequence: int = 0, device: str = "pi-0001") -> Frame:
    """A frame of six readings; the fan is not fitted."""
    readings = (
        Reading(name, name, UNITS[name], None if name == "fan" else 40.5 + sequence, START_NS + sequence)
        for name in QUANTITIES
    )
    return Frame(device, "raspberry-pi", sequence, START_NS + sequence, tuple(readings), 0)


def truth(sequence: int = 0) -> Truth:
    """A truth of a device that does not wear."""
    return Truth("pi-0001", sequence, START_NS + sequence, "running", 0.75, None, (), (), (), (("fan", None),))


def fault(sequence: int = 0, device: str = "pi-0001") -> FaultRecord:
    """The record of a fan that wears."""
    names = f"{device}/fan-bearing/0", "wear", "fan-bearing", None
    at_ns, curve = START_NS + sequence, (FaultPoint(0.0, 0.06),)
    return FaultRecord(device, sequence, at_ns, *names, START_NS, None, None, 0.06, "wear", False, curve)


def is_described(form: Format) -> None:
    """Its word is lower case, and its files have an ending."""
    assert form.name == form.name.lower()
    assert form.extension.startswith(".")
    assert len(form.extension) > 1


def makes_one_record_without_a_line_end(form: Format) -> None:
    """Bytes that a line-oriented sink may put one below the other; a binary format says that it is one."""
    if getattr(form, "binary", False):
        return
    faults = (form.encode_fault(fault()),) if tells_faults(form) else ()
    for made in (form.encode(frame()), form.encode_truth(truth()), *faults):
        assert isinstance(made, bytes)
        assert made
        assert not made.endswith((b"\n", b"\r"))


def tells_records_apart(form: Format) -> None:
    """Other frames have other bytes; the same frame has the same, whatever was encoded in between."""
    first = form.encode(frame())
    others = {form.encode(frame(i)) for i in range(1, 20)} | {form.encode(frame(device="pi-0002"))}
    assert len(others) == 20
    assert first not in others
    assert form.encode(frame()) == first
    assert form.encode_truth(truth()) != form.encode_truth(truth(1))
    if tells_faults(form):
        assert len({form.encode_fault(fault(i)) for i in range(5)}) == 5


def takes_a_frame_without_readings(form: Format) -> None:
    """A device whose sensors were all silent still says its number and its time."""
    assert form.encode(frame()._replace(readings=())) != form.encode(frame(1)._replace(readings=()))


def keeps_the_truth_out_of_frames(form: Format) -> None:
    """A frame's bytes hold no word of the truth."""
    made = form.encode(frame())
    for word in (b"health", b"rul", b"wear", b"damage", b"symptom"):
        assert word not in made


PROMISES: tuple[Callable[[Format], None], ...] = (
    is_described,
    makes_one_record_without_a_line_end,
    tells_records_apart,
    takes_a_frame_without_readings,
    keeps_the_truth_out_of_frames,
)
"""Every promise of a format; a package with formats of its own runs its own through these."""
