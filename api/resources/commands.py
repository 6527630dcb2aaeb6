"""Commands: whatever a scenario's timeline can do, now, to one device or to all that a selector means."""

from collections.abc import Mapping
from typing import Any, Final

from api.bodies import step_body
from api.models.orders import CommandDone, CommandQuery, DryRun, OperationItem
from api.operations import Operation
from api.orders import Order, check_role, check_size, order_for, order_for_many
from api.problems import ApiProblem, refused
from api.resources._shown import operation_item
from api.roles import Role
from api.route import Answer, Call, Gives, Route, route
from schemas.commands import Done, Refused

_FOLLOW: Final = (
    ("getOperation", "operation", "$response.body#/id"),
    ("cancelOperation", "operation", "$response.body#/id"),
)


def carry_out(call: Call, data: Mapping[str, Any]) -> tuple[Order, Done]:
    """Do to the device of the path what a step says. Raises `ApiProblem`: 403, 404, 409, 422, 503."""
    run = call.world.run
    order = order_for(run, call.path["device"], data)
    check_role(call.caller, order.step)
    reply = run.send(order.commands[0])
    if isinstance(reply, Refused):
        raise refused(reply.reason)
    for end in order.ends(order.commands):
        run.send(end)
    return order, reply


@route(
    "POST",
    "/v1/devices/{device}/commands",
    role=Role.OPERATE,
    gives=CommandDone,
    body=step_body(),
    problems=(409,),
    repeatable=True,
)
def send_command(call: Call) -> Answer:
    """Have one device carry out a command.

    The body is a step of a scenario without its times and without `on`. Words that break something need the role
    chaos. 409 says why a device refused.
    """
    order, reply = carry_out(call, call.body)
    return Answer(CommandDone(do=order.step.do, device=call.path["device"], detail=reply.detail))


@route(
    "POST",
    "/v1/devices/{device}/wear",
    role=Role.CHAOS,
    gives=CommandDone,
    body=step_body(word="inject-wear"),
    problems=(409,),
)
def inject_wear(call: Call) -> Answer:
    """Bring a failure mode of one device to a given damage at once; it never lowers damage."""
    order, reply = carry_out(call, call.body)
    return Answer(CommandDone(do=order.step.do, device=call.path["device"], detail=reply.detail))


@route(
    "POST",
    "/v1/devices/{device}/repair",
    role=Role.OPERATE,
    gives=CommandDone,
    body=step_body(word="repair", required=False),
    problems=(409,),
)
def repair_device(call: Call) -> Answer:
    """Renew wearing parts of one device, all of them or the one of `mode`; a failed device boots again."""
    order, reply = carry_out(call, call.body or {"do": "repair"})
    return Answer(CommandDone(do=order.step.do, device=call.path["device"], detail=reply.detail))


@route(
    "POST",
    "/v1/commands",
    role=Role.OPERATE,
    query=CommandQuery,
    body=step_body(many=True),
    gives={
        200: Gives("The dry run: who would be hit.", DryRun),
        202: Gives(
            "It has begun; Location leads to the operation.",
            OperationItem,
            headers=("Location",),
            links=_FOLLOW,
        ),
    },
    problems=(413,),
    repeatable=True,
)
def send_commands(call: Call) -> Answer:
    """Have all selected devices carry out a command.

    The body is a step of a scenario without its times. `percent` and `count` draw lots with the scenario's seed: the
    same body draws the same, so a dry run names exactly who will be hit; another `name` draws anew.
    """
    world, run = call.world, call.world.run
    order = order_for_many(run, call.body)
    check_role(call.caller, order.step)
    check_size(order, world.limits.devices)
    if call.query.dry_run:
        return Answer(DryRun(do=order.step.do, devices=order.targets, count=len(order.targets)))
    operation = Operation(order.step.do, call.caller.key or call.caller.how, len(order.commands))
    world.operations.start(operation, lambda it: it.carry_out(order, run.send_all))
    return Answer(operation_item(operation.view()), 202, {"Location": f"/v1/operations/{operation.id}"})


ROUTES: Final[tuple[Route, ...]] = (send_command, inject_wear, repair_device, send_commands)
__all__ = ["ROUTES", "ApiProblem", "carry_out"]
