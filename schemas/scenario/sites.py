"""Sites: the same fleet at several places that differ by as much as is wanted, from alike to disjoint.

Each site is a client of its own in federated training. The groups of a scenario are patterns then: each stands once at
every site, with the site's own room, profile, batch of parts and failure modes as far as the dials say.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from schemas.scenario.fields import Labels, Many, Name, Section, Wear, WearAtStart, Word
from schemas.scenario.group import Group


class Site(Section):
    """A place where the whole fleet stands once; what is not said is as the group says."""

    name: Name = Field(description="Name of the site; devices' ids and groups' names begin with it.")
    size: float = Field(1.0, gt=0, le=1000, description="Factor on the counts of all groups here.")
    room_temperature_c: float | None = Field(None, ge=-40, le=70, description="Mean temperature of the room, degC.")
    room_swing_c: float | None = Field(None, ge=0, le=30, description="Half the room's daily difference, K.")
    profile: Word | None = Field(None, description="Workload profile.")
    modes: Many[Word] | None = Field(
        None, max_length=100, description="The failure modes that occur here, where they fit the device."
    )
    wear: Wear = Field({}, description="Damage at the start, as for a group: older or younger devices.")
    acceleration: float | None = Field(None, ge=0, le=1_000_000, description="Wear runs this many times faster.")
    spread: float | None = Field(None, ge=0, le=3, description="Differences between units.")
    labels: Labels = Field({}, description="More labels of the devices here; `site` is always one.")


class Difference(Section):
    """How far sites differ: 1 as written, 0 all alike. In between, part of the way."""

    room: float = Field(1.0, ge=0, le=1, description="Room temperature and swing: between their mean and their own.")
    profile: float = Field(
        1.0, ge=0, le=1, description="Share of devices with the site's own profile; the rest have all sites' in turn."
    )
    batch: float = Field(1.0, ge=0, le=1, description="Damage at the start, acceleration and spread, as for the room.")
    modes: float = Field(
        1.0, ge=0, le=1, description="Share of other sites' modes that do not occur; 0 is every mode everywhere."
    )


def _one_dial(value: Any) -> Any:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return dict.fromkeys(Difference.model_fields, float(value)) if plain else value


Dials = Annotated[Difference, BeforeValidator(_one_dial)]
"""All dials, or one number for all of them."""

FitsModes = Any
"""Answers the failure modes that fit a kind, a model and a set-up."""

_ROOM: Final = ("room_temperature_c", "room_swing_c")
_BATCH: Final = ("acceleration", "spread")


def spread_out(fleet: Sequence[Group], sites: Sequence[Site], dials: Difference, fits: FitsModes) -> tuple[Group, ...]:
    """The groups of all sites. A group that names its site stays as it is."""
    found: list[Group] = []
    for group in fleet:
        if group.site is not None:
            found.append(group)
            continue
        fitting = fits(group.kind, group.model, group.setup)
        for site in sites:
            found.extend(_at_site(group, site, sites, dials, tuple(m for m in fitting if _wanted(group, m))))
    return tuple(found)


def _wanted(group: Group, mode: str) -> bool:
    return group.modes is None or mode in group.modes


def _at_site(
    group: Group, site: Site, sites: Sequence[Site], dials: Difference, fitting: tuple[str, ...]
) -> list[Group]:
    numbers = {
        name: _between([_own(one, name, group) for one in sites], _own(site, name, group), dial)
        for names, dial in ((_ROOM, dials.room), (_BATCH, dials.batch))
        for name in names
    }
    modes = _modes(site, sites, fitting, dials.modes)
    changes = {
        **numbers,
        "site": site.name,
        "modes": modes,
        "wear": {m: w for m, w in _wear(group, site, sites, dials.batch).items() if m in modes},
        "labels": {"site": site.name, **group.labels, **site.labels},
        "id_pattern": _pattern(group, site),
    }
    count = max(1, round(group.count * site.size))
    made, first = [], group.first
    shares = _profiles(group, site, sites, dials.profile, count)
    for profile, some in shares.items():
        name = f"{site.name}-{group.name}" + (f"-{profile}" if len(shares) > 1 else "")
        made.append(
            group.model_copy(update={**changes, "name": name, "profile": profile, "count": some, "first": first})
        )
        first += some
    return made


def _pattern(group: Group, site: Site) -> str:
    pattern = group.id_pattern.replace("{group}", group.name)
    return f"{site.name}-{pattern}"


def _own(site: Site, name: str, group: Group) -> float:
    value = getattr(site, name)
    return float(getattr(group, name) if value is None else value)


def _between(all_: Sequence[float], own: float, dial: float) -> float:
    """From the mean of all sites to the site's own."""
    mean = sum(all_) / len(all_)
    return own if dial == 1.0 else mean + dial * (own - mean)


def _modes(site: Site, sites: Sequence[Site], fitting: Sequence[str], dial: float) -> tuple[str, ...]:
    """The site's own modes, and of the others' as many as the dial leaves, in the order in which sites name them."""
    own = [mode for mode in fitting if site.modes is None or mode in site.modes]
    place = sites.index(site)
    others: dict[str, None] = {}
    for other in (*sites[place + 1 :], *sites[:place]):
        others.update(dict.fromkeys(fitting if other.modes is None else other.modes))
    foreign = [mode for mode in others if mode in fitting and mode not in own]
    return tuple(sorted(own + foreign[: round((1.0 - dial) * len(foreign))]))


def _wear(group: Group, site: Site, sites: Sequence[Site], dial: float) -> dict[str, WearAtStart]:
    modes = sorted({*group.wear, *(mode for one in sites for mode in one.wear)})
    found: dict[str, WearAtStart] = {}
    for mode in modes:
        ends = [_ends(one.wear.get(mode, group.wear.get(mode, 0.0))) for one in sites]
        own = _ends(site.wear.get(mode, group.wear.get(mode, 0.0)))
        low, high = (_between([end[place] for end in ends], own[place], dial) for place in (0, 1))
        found[mode] = low if low == high else (low, high)
    return found


def _ends(wear: WearAtStart) -> tuple[float, float]:
    return wear if isinstance(wear, tuple) else (wear, wear)


def _profiles(group: Group, site: Site, sites: Sequence[Site], dial: float, count: int) -> Mapping[str, int]:
    """How many devices have which profile: largest remainders, so that the whole is met."""
    own = site.profile or group.profile
    others = [one.profile or group.profile for one in sites]
    shares = dict.fromkeys(sorted(set(others)), 0.0)
    for profile in others:
        shares[profile] += (1.0 - dial) * count / len(others)
    shares[own] += dial * count
    whole = {profile: int(share + 1e-9) for profile, share in shares.items()}
    by_rest = sorted(shares, key=lambda profile: (whole[profile] - shares[profile], profile))
    for profile in by_rest[: count - sum(whole.values())]:
        whole[profile] += 1
    return {profile: some for profile, some in whole.items() if some}
