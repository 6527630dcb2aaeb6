"""The map: the whole fleet in columns, small enough to be asked for every second with 10,000 devices in it."""

from collections.abc import Iterable, Sequence
from string import ascii_lowercase
from typing import Final

from pydantic import Field

from api.models.base import Asked, Instant, Shown
from api.roles import Role
from api.route import Answer, Call, Route, route
from api.run import Run
from engine.lifecycle import State
from schemas.queries import FleetView
from schemas.readings import Frame, Truth
from schemas.scenario import DeviceSpec

STATES: Final = tuple(State)
LETTERS: Final = {state.value: ascii_lowercase[n] for n, state in enumerate(STATES)}
UNKNOWN_HEALTH: Final = -1


class MapWords(Shown):
    """The words that the columns stand for."""

    states: tuple[str, ...] = Field(description="a stands for the first, b for the second...")
    kinds: tuple[str, ...]
    groups: tuple[str, ...]


class MapShown(Shown):
    """The fleet in columns: the n-th entry of each belongs to the same device."""

    revision: str = Field(description="Stands for ids, kind, group and labels.")
    time: Instant
    words: MapWords
    ids: tuple[str, ...] | None = Field(description="null, with the next three, when `known` is the present revision.")
    kind: tuple[int, ...] | None = Field(description="Places in words.kinds.")
    group: tuple[int, ...] | None = Field(description="Places in words.groups.")
    labels: tuple[dict[str, str], ...] | None
    state: str = Field(description="One letter for each device.")
    health: tuple[int, ...] = Field(description="Percent, at least 1 unless it has failed; -1 is not known yet.")
    faults: tuple[int, ...] = Field(description="Sensor faults in force.")
    temperature: tuple[float | None, ...] = Field(description="What the temperature sensor said last, degC.")


class MapQuery(Asked):
    """What the caller has already."""

    known: str | None = Field(None, max_length=64, description="`revision` of an earlier answer.")


@route("GET", "/v1/map", role=Role.READ, gives=MapShown, query=MapQuery)
def get_map(call: Call) -> Answer:
    """Show state, health, faults and temperature of every device at once.

    Names, kinds, groups and labels come only when the caller does not have them: it says by `known` what it has.
    """
    run = call.world.run
    return Answer(shown(run, run.fleet(), call.query.known))


def shown(run: Run, view: FleetView, known: str | None) -> MapShown:
    """The map of a fleet, without what the caller has."""
    specs = tuple(run.specs.values())
    kinds = tuple(dict.fromkeys(spec.kind for spec in specs))
    groups = tuple(run.groups)
    revision = f"{run.token}-{len(specs)}"
    fresh = revision != known
    return MapShown.model_construct(
        revision=revision,
        time=run.simulation.progress().now_ns,
        words=MapWords(states=tuple(state.value for state in STATES), kinds=kinds, groups=groups),
        ids=tuple(spec.id for spec in specs) if fresh else None,
        kind=places((spec.kind for spec in specs), kinds) if fresh else None,
        group=places((spec.group.name for spec in specs), groups) if fresh else None,
        labels=tuple(dict(spec.labels) for spec in specs) if fresh else None,
        **_columns(specs, view),  # type: ignore[arg-type]
    )


def _columns(specs: Sequence[DeviceSpec], view: FleetView) -> dict[str, object]:
    states, truths, faults, frames = view.states, view.truths, view.faults, view.frames
    unknown = State.PROVISIONED.value
    ids = [spec.id for spec in specs]
    return {
        "state": "".join([LETTERS[states.get(id, unknown)] for id in ids]),
        "health": tuple([percent(truths.get(id)) for id in ids]),
        "faults": tuple([len(faults.get(id, ())) for id in ids]),
        "temperature": tuple([temperature(frames.get(id)) for id in ids]),
    }


def places(words: Iterable[str], among: Sequence[str]) -> tuple[int, ...]:
    """Each word's place in a list."""
    place = {word: n for n, word in enumerate(among)}
    return tuple(place[word] for word in words)


def percent(truth: Truth | None) -> int:
    """A health in whole percent; 0 only for what has failed."""
    if truth is None:
        return UNKNOWN_HEALTH
    return 0 if truth.health <= 0.0 else max(1, round(100 * truth.health))


def temperature(frame: Frame | None) -> float | None:
    """What the temperature sensor of a frame said, to a tenth of a degree."""
    if frame is None:
        return None
    for sensor, _, _, value, _ in frame.readings:
        if sensor == "temperature":
            return None if value is None else round(value, 1)
    return None


ROUTES: Final[tuple[Route, ...]] = (get_map,)
