"""Scenarios: those that come with the product, and what a text would run."""

from typing import Final

import scenarios
from actors.vocabulary import Words
from api.bodies import model_body
from api.models.access import ErrorItem, ScenarioItem, ScenarioPage, ScenarioShown, ScenarioText, ScenarioVerdict
from api.models.base import Paged
from api.outlook import outlook
from api.paging import cut
from api.problems import not_found
from api.roles import Role
from api.route import Answer, Call, Route, route
from api.targets import foreign_targets
from engine.clock import WallClock
from schemas.problems import InvalidInput
from schemas.scenario import device_count, load_scenario


@route("GET", "/v1/scenarios", role=Role.READ, gives=ScenarioPage, query=Paged)
def list_scenarios(call: Call) -> Answer:
    """List the scenarios that come with the product."""
    query, names = call.query, scenarios.names()
    page = cut(names, limit=query.limit, cursor=query.cursor, sort="id", id_of=lambda name: name)
    items = tuple(_item(call, name) for name in page.items)
    return Answer(ScenarioPage(items=items, next=page.next, total=len(names)))


@route("GET", "/v1/scenarios/{scenario}", role=Role.READ, gives=ScenarioShown)
def get_scenario(call: Call) -> Answer:
    """Show one scenario that comes with the product."""
    name = call.path["scenario"]
    if name not in scenarios.names():
        raise not_found("scenario", name, f"there are {', '.join(scenarios.names())}")
    return Answer(ScenarioShown(**_item(call, name).model_dump(), text=scenarios.text(name)))


@route("POST", "/v1/scenarios/check", role=Role.READ, body=model_body(ScenarioText), gives=ScenarioVerdict)
def check_scenario(call: Call) -> Answer:
    """Say what a scenario would run, without running it, or what is wrong with it.

    It may name no files but those in the server's folder for them, and no hosts or folders that its owner has not
    listed.
    """
    try:
        found = load_scenario(call.body.text, "text", vocabulary=Words(), now=WallClock.epoch_ns)
        if problems := foreign_targets(found, call.world.egress, call.world.files):
            raise InvalidInput("text", problems)
        return Answer(ScenarioVerdict(valid=True, problems=(), outlook=outlook(found)))
    except InvalidInput as error:
        told = tuple(
            ErrorItem(path=each.path, found=each.found, allowed=each.allowed, hint=each.hint, line=each.line)
            for each in error.problems
        )
        return Answer(ScenarioVerdict(valid=False, problems=told, outlook=None))


def _item(call: Call, name: str) -> ScenarioItem:
    def make() -> ScenarioItem:
        found = load_scenario(scenarios.text(name), name, vocabulary=Words(), now=lambda: 0)
        return ScenarioItem(name=name, description=found.description, devices=device_count(found))

    return call.world.once(f"scenario {name}", make)


ROUTES: Final[tuple[Route, ...]] = (list_scenarios, get_scenario, check_scenario)
