"""Where a served fleet's monitors of hardware are connected to, whoever wrote the scenario that runs now."""

from typing import TYPE_CHECKING

from actors.sources.base import Guide
from api.doors.egress import Egress
from api.serving.plan import ServePlan, chosen_scenario
from schemas.target import Target, read_target

if TYPE_CHECKING:
    from schemas.scenario import Scenario


def server_guide(plan: ServePlan) -> Guide:
    """What the owner has listed, and what he names himself, by his settings or in the scenario the server came with.

    A scenario that came over the network may still run after a restart: it is led by the same list.
    """
    named = plan.settings.monitor_target()
    own = {*owned(chosen_scenario()), *(() if named is None else (named,))}
    return leads(Egress(plan.server.targets), frozenset((target.host, target.port) for target in own))


def leads(egress: Egress, own: frozenset[tuple[str, int]]) -> Guide:
    """A guide to what `egress` lists, and to the owner's hosts and ports as they stand."""

    def guide(target: Target) -> str:
        if (target.host, target.port) in own:
            return target.host
        return egress.judge(target.host, target.port)

    return guide


def owned(scenario: "Scenario") -> list[Target]:
    """The monitors that a scenario names."""
    return [read_target(str(url)) for group in scenario.fleet if (url := group.settings.get("url")) is not None]
