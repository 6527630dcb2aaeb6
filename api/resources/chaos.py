"""Chaos: further steps of the timeline, how it stands, and the one call that ends and undoes all of it."""

import json
from typing import Any, Final

from actors.backstage import further, look
from api.bodies import model_body
from api.models.base import Asked
from api.models.chaos import (
    AbortBody,
    ChaosDone,
    ChaosPlan,
    ChaosStatus,
    CheckItem,
    HeldItem,
    LookBody,
    LookedItem,
    LookShown,
    PlannedItem,
    StepsBody,
    StepsQuery,
)
from api.problems import invalid, refused
from api.roles import Role
from api.route import Answer, Call, Gives, Route, route
from api.victims import as_data, victims
from schemas.commands import AbortChaos, Done, PlaySteps, Refused, Reply
from schemas.durations import parse_duration
from schemas.problems import Problem


@route("GET", "/v1/chaos", role=Role.READ, gives=ChaosStatus, query=Asked)
def get_chaos(call: Call) -> Answer:
    """Show what is in force of all that the timeline has begun, and whom it hits."""
    run = call.world.run
    return Answer(run.call(lambda: _status(run.simulation)))


@route(
    "POST",
    "/v1/chaos/steps",
    role=Role.CHAOS,
    query=StepsQuery,
    body=model_body(StepsBody),
    gives={
        200: Gives("The dry run: every step with its time and its victims.", ChaosPlan),
        201: Gives("They are being played; what they begin is undone with all other chaos.", ChaosDone),
    },
    problems=(409,),
)
def play_steps(call: Call) -> Answer:
    """Play further steps of a timeline: times count from now, lots are drawn with the run's seed.

    Steps may wait for conditions, come by chance, rise little by little and end by themselves, as in a scenario.
    """
    run = call.world.run
    body = call.body
    if not body.timeline and body.expectations is None:
        raise invalid([Problem("timeline", "no steps", "at least one step, or expectations")])
    try:
        since_ns = parse_duration(body.since)
    except ValueError as error:
        raise invalid([Problem("from", ascii(body.since), "a duration such as 20m", str(error))]) from None
    document = json.dumps({"timeline": body.timeline, "chaos": body.chaos, "expectations": body.expectations})
    scenario = further(run.simulation.scenario, document)
    if call.query.dry_run:
        items = tuple(PlannedItem(**item) for item in as_data(victims(scenario)))
        return Answer(ChaosPlan(items=items, count=len(items)))
    return Answer(ChaosDone(detail=_done(run.send(PlaySteps(document, since_ns)))), 201)


@route(
    "POST",
    "/v1/chaos/abort",
    role=Role.OPERATE,
    body=model_body(AbortBody, required=False),
    gives=ChaosDone,
    problems=(409,),
)
def abort_chaos(call: Call) -> Answer:
    """End all chaos at once: nothing more is begun, and everything that was begun is undone."""
    asked = AbortChaos() if call.body is None else AbortChaos(call.body.reason, call.body.forget)
    return Answer(ChaosDone(detail=_done(call.world.run.send(asked))))


@route("POST", "/v1/chaos/look", role=Role.READ, body=model_body(LookBody), gives=LookShown)
def look_at_conditions(call: Call) -> Answer:
    """Look at conditions as a scenario's expectations have them, once, and say whether they hold. Changes nothing."""
    simulation = call.world.run.simulation
    for n, condition in enumerate(call.body.conditions):
        if "for" in condition:
            raise invalid([Problem(f"conditions[{n}].for", "a time", "no time: one look has no past")])
    wanted = json.dumps({"expectations": {"steady_state": call.body.conditions}})
    scenario = further(simulation.scenario, wanted)
    found = call.world.run.call(lambda: look(simulation, scenario))
    items = tuple(
        LookedItem(name=each.condition.name or each.condition.text(), holds=each.holds, found=each.found)
        for each in found
    )
    return Answer(LookShown(holds=all(each.holds for each in found), items=items))


def _done(reply: Reply) -> str:
    if isinstance(reply, Refused):
        raise refused(reply.reason)
    assert isinstance(reply, Done)
    return reply.detail


def _status(simulation: Any) -> ChaosStatus:
    timeline = simulation.timeline
    times = [when for act in timeline.acts if (when := act.next_ns()) is not None]
    held = tuple(HeldItem(what=key[0], target=_target(key), detail=_detail(key)) for key in timeline.holds)
    checks = () if timeline.judge is None else tuple(CheckItem(**each.as_dict()) for each in timeline.judge.so_far())
    state = "over" if timeline.over else "in-force" if held else "quiet"
    return ChaosStatus(
        state=state,
        reason=timeline.over,
        victims=tuple(sorted(timeline.holds.devices())),
        held=held,
        time=simulation.dispatcher.now_ns,
        next=min(times) if times else None,
        judged=timeline.judge is not None,
        checks=checks,
        unexpected=tuple(each.name for each in checks if not each.ok),
    )


def _target(key: tuple[str, ...]) -> str:
    return key[2] if key[0] == "action" else key[1]


def _detail(key: tuple[str, ...]) -> str:
    return key[1] if key[0] == "action" else " ".join(key[2:4])


ROUTES: Final[tuple[Route, ...]] = (get_chaos, play_steps, abort_chaos, look_at_conditions)
