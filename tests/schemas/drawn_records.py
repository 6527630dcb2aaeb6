"""Frames, truths and records of faults by lot, as odd as the words allow; and the fields that their records have."""

from collections.abc import Mapping

from hypothesis import strategies as st

from schemas.quantities import QUANTITIES, UNITS
from schemas.readings import FaultPoint, FaultRecord, FaultTruth, Frame, Reading, RecordTruth, Truth, WearTruth
from schemas.released import What

NAMES: Mapping[What, str] = {"reading": "Reading", "frame": "Frame", "truth": "Truth", "fault": "FaultRecord"}
"""Names of the records in their schemas."""

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.floats(allow_nan=False, allow_infinity=False)
maybe = st.none() | numbers
instants = st.integers(-(10**9) * 10**9, 4_000_000_000 * 10**9)
sequences = st.integers(0, 2**63 - 1)

known_readings = st.sampled_from(QUANTITIES).flatmap(
    lambda name: st.builds(Reading, st.just(name), st.just(name), st.just(UNITS[name]), maybe, instants)
)
readings = known_readings | st.builds(Reading, texts, texts, texts, maybe, instants)
frames = st.builds(
    Frame,
    texts,
    texts,
    sequences,
    instants,
    st.lists(readings, min_size=1, max_size=8).map(tuple),
    st.none() | st.integers(0, 2**20),
)
wears = st.builds(WearTruth, texts, numbers, numbers, maybe)
faults = st.builds(FaultTruth, texts, texts, texts, instants)
records = st.builds(RecordTruth, texts, texts, texts, st.none() | texts, instants, maybe, maybe, numbers, texts)
truths = st.builds(
    Truth,
    texts,
    sequences,
    instants,
    texts,
    numbers,
    maybe,
    st.lists(wears, max_size=3).map(tuple),
    st.lists(faults, max_size=3).map(tuple),
    st.lists(texts, max_size=3).map(tuple),
    st.lists(st.tuples(texts | st.sampled_from(QUANTITIES), maybe), max_size=4).map(tuple),
    st.lists(records, max_size=3).map(tuple),
    st.none() | texts,
)


fault_records = st.builds(
    FaultRecord,
    texts,
    sequences,
    instants,
    texts,
    texts,
    texts,
    st.none() | texts,
    instants,
    maybe,
    maybe,
    numbers,
    texts,
    st.booleans(),
    st.lists(st.builds(FaultPoint, numbers, numbers), max_size=3).map(tuple),
)


def whole_frame() -> Frame:
    """One reading of every quantity; the fan is not fitted."""
    values = (48.3, 5.125, 37.5, 5.0875, None, 2.4)
    time_ns = 1_767_225_605_123_456_789
    said = (Reading(q, q, UNITS[q], value, time_ns) for q, value in zip(QUANTITIES, values, strict=True))
    return Frame("pi-0042", "raspberry-pi", 17, time_ns, tuple(said), 0x50005)


def whole_truth() -> Truth:
    """A worn device with a lying sensor."""
    frame = whole_frame()
    return Truth(
        device=frame.device,
        sequence=frame.sequence,
        time_ns=frame.time_ns,
        state="degraded",
        health=0.625,
        rul_s=86400.5,
        wear=(WearTruth("dust", 0.375, 0.625, 86400.5), WearTruth("fan-bearing", 0.0, 1.0, None)),
        faults=(FaultTruth("pi-0042-stuck-1", "temperature", "stuck", frame.time_ns - 10**9),),
        symptoms=("throttled", "fan-degraded"),
        clean=(("temperature", 48.25), ("fan", None)),
        records=(
            RecordTruth("pi-0042-dust-0", "wear", "dust", None, frame.time_ns - 10**15, 86400.5, None, 0.375, "wear"),
            RecordTruth(
                "pi-0042-stuck-1", "sensor", "stuck", "temperature", frame.time_ns - 10**9, 0.5, 1.0, 1.0, "injected"
            ),
        ),
        dominant="dust",
    )


def whole_fault() -> FaultRecord:
    """A stuck sensor, cleared after a second."""
    time_ns = whole_frame().time_ns
    names = "pi-0042/temperature/3", "sensor", "stuck", "temperature"
    curve = (FaultPoint(0.0, 1.0),)
    return FaultRecord("pi-0042", 5, time_ns, *names, time_ns - 10**9, 0.5, 1.0, 1.0, "injected", False, curve)
