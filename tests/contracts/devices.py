"""What every device kind has to keep to, whoever wrote it: one function a promise, for one kind, model and set-up."""

from collections.abc import Callable, Mapping
from math import isfinite

import pytest

from engine.ageing import MODES
from engine.ageing.base import can_fail
from engine.devices.base import Body, BodySpec, DeviceKind, Value
from schemas.quantities import QUANTITIES
from schemas.readings import WearTruth

DAMAGE = 0.4


def make(
    kind: DeviceKind,
    model: str,
    setup: str,
    device: str = "dev-0001",
    wear: Mapping[str, float] | None = None,
    acceleration: float = 1.0,
) -> Body:
    """A body of the kind under its first profile."""
    spec = BodySpec(device, 1, model, setup, kind.profiles[0], wear=wear or {}, acceleration=acceleration)
    return kind.build(spec)


def seen(body: Body) -> tuple[object, ...]:
    """All that a body lets be seen."""
    return (
        body.tick,
        body.clean(),
        dict(body.extras()),
        body.throttled(),
        body.symptoms(),
        body.wear(),
        body.health(),
        body.rul_s(),
        body.broken(),
    )


def is_described(kind: DeviceKind, model: str, setup: str) -> None:
    """It names models, set-ups, profiles and sensors, each once; its settings say what they take."""
    assert kind.name == kind.name.lower()
    assert model in kind.models
    assert setup in kind.setups[model]
    assert kind.profiles
    names = [fit.name for fit in kind.sensors]
    assert names
    assert len(set(names)) == len(names)
    assert all(fit.quantity in QUANTITIES for fit in kind.sensors)
    assert all(setting.allowed for setting in kind.settable.values())
    assert kind.boot_s >= 0.0


def refuses_words_it_does_not_know(kind: DeviceKind, model: str, setup: str) -> None:
    """Wrong words are problems under the path given, and no body is built of them."""
    assert kind.validate(model, setup, kind.profiles[0]) == []
    for wrong in (("none such", setup, kind.profiles[0]), (model, "none such", kind.profiles[0]), (model, setup, "-")):
        problems = kind.validate(*wrong, path="fleet[0].")
        assert problems
        assert all(problem.path.startswith("fleet[0].") for problem in problems)
        with pytest.raises(ValueError, match=r"\S"):
            kind.build(BodySpec("dev-0001", 1, *wrong))


def shows_finite_values_for_its_sensors(kind: DeviceKind, model: str, setup: str) -> None:
    """Six true values in the order of the quantities; power is never negative."""
    body = make(kind, model, setup)
    for tick in (0, 1, 59, 60, 61, 600):
        body.advance(tick)
        clean = body.clean()
        assert len(clean) == len(QUANTITIES)
        assert all(value is None or (isinstance(value, float) and isfinite(value)) for value in clean)
        power = clean[QUANTITIES.index("power")]
        assert power is None or power >= 0.0
        assert all(isfinite(value) for value in body.extras().values())


def lives_the_same_in_any_chunks(kind: DeviceKind, model: str, setup: str) -> None:
    """Bit for bit."""
    whole, parts = make(kind, model, setup), make(kind, model, setup)
    whole.advance(977)
    for tick in (0, 1, 2, 59, 60, 60, 61, 120, 300, 599, 601, 977):
        parts.advance(tick)
    assert seen(parts) == seen(whole)
    assert parts.snapshot() == whole.snapshot()
    with pytest.raises(ValueError, match="forward"):
        parts.advance(976)
    assert parts.snapshot() == whole.snapshot()


def goes_on_from_a_snapshot(kind: DeviceKind, model: str, setup: str) -> None:
    """A body made alike and given the snapshot lives on bit for bit; what is no snapshot is refused."""
    body, other = make(kind, model, setup), make(kind, model, setup)
    saved = []
    for tick in (0, 1, 59, 60, 137, 1021):
        body.advance(tick)
        saved.append((tick, body.snapshot()))
    body.advance(1500)
    for tick, data in saved:
        other.restore(data)
        assert other.tick == tick
        assert other.snapshot() == data
        other.advance(1500)
        assert seen(other) == seen(body)
    for nonsense in (b"", b"nonsense", data[:-1], data + b"\0"):
        with pytest.raises(ValueError, match=r"\S"):
            other.restore(nonsense)


def is_the_same_device_for_the_same_seed(kind: DeviceKind, model: str, setup: str) -> None:
    """Same spec, same body; another id is another unit, unless both mirror the same machine."""
    same = [make(kind, model, setup) for _ in range(2)]
    other = make(kind, model, setup, device="dev-0002")
    for body in (*same, other):
        body.advance(600)
    assert seen(same[0]) == seen(same[1])
    assert (seen(same[0]) != seen(other)) is not getattr(kind, "mirrors", False)


def takes_what_its_settings_allow(kind: DeviceKind, model: str, setup: str) -> None:
    """Each setting takes its limits and words, and refuses everything else, as well as unknown names."""
    for name, setting in kind.settable.items():
        if setting.models and model not in setting.models:
            continue
        body = make(kind, model, setup)
        allowed: list[Value] = [*setting.words]
        if setting.low < setting.high:
            allowed += [setting.low, setting.high]
        if not allowed or not has_the_part(body, name, allowed[0]):
            continue
        for value in allowed:
            body.set(name, value)
        body.advance(90)
        assert all(value is None or isfinite(value) for value in body.clean())
        for wrong in ("none such", setting.low - 1.0, float("nan")):
            with pytest.raises(ValueError, match=name):
                body.set(name, wrong)
    with pytest.raises(ValueError, match="none such"):
        make(kind, model, setup).set("none such", 1.0)


def has_the_part(body: Body, name: str, value: Value) -> bool:
    """Whether a setting belongs to a part of this set-up; a body without the part says so."""
    try:
        body.set(name, value)
    except ValueError as error:
        if "set-up" not in str(error):
            raise
        return False
    return True


def wears_and_is_repaired(kind: DeviceKind, model: str, setup: str) -> None:
    """Each of its modes takes damage, shows it, ends at 1, and is as new after a repair."""
    new = make(kind, model, setup)
    modes = [part.mode for part in new.wear()]
    for mode in modes:
        body = make(kind, model, setup, wear={mode: DAMAGE})
        assert part_of(body, mode).damage == pytest.approx(DAMAGE)
        fails = can_fail(MODES.get(mode))
        assert body.health() == pytest.approx(1.0 - DAMAGE if fails else 1.0)
        body.hurt(mode, DAMAGE / 2)
        assert part_of(body, mode).damage == pytest.approx(DAMAGE)
        body.hurt(mode, 1.0)
        if fails:
            assert (body.broken(), body.health(), body.rul_s()) == (mode, 0.0, 0.0)
        else:
            assert (body.broken(), body.health()) == (None, 1.0)
        assert body.repair(mode) == (mode,)
        assert (body.broken(), body.health()) == (None, 1.0)
        body = make(kind, model, setup, acceleration=1e6)
        body.advance(61)
        before = part_of(body, mode).rul_s
        body.advance(90)
        after = part_of(body, mode).rul_s
        assert (after is None) == (before is None)
        if before is not None and after is not None:
            assert after == pytest.approx(max(before - 29.0, 0.0), rel=1e-9)
    assert set(new.repair(None)) == set(modes)
    for act in (lambda: new.hurt("none such", 0.5), lambda: new.repair("none such")):
        with pytest.raises(ValueError, match="none such"):
            act()


def part_of(body: Body, mode: str) -> WearTruth:
    """The truth about one mode."""
    (found,) = (part for part in body.wear() if part.mode == mode)
    return found


def reboots(kind: DeviceKind, model: str, setup: str) -> None:
    """Heat and wear stay; time goes on."""
    body = make(kind, model, setup)
    body.advance(600)
    wear, tick = body.wear(), body.tick
    body.reboot()
    assert (body.wear(), body.tick) == (wear, tick)
    body.advance(660)
    assert body.tick == 660


PROMISES: tuple[Callable[[DeviceKind, str, str], None], ...] = (
    is_described,
    refuses_words_it_does_not_know,
    shows_finite_values_for_its_sensors,
    lives_the_same_in_any_chunks,
    goes_on_from_a_snapshot,
    is_the_same_device_for_the_same_seed,
    takes_what_its_settings_allow,
    wears_and_is_repaired,
    reboots,
)
"""Every promise of a device kind; a package with kinds of its own runs its own through these."""
