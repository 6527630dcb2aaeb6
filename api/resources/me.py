"""Who is asking: what a page needs to know before it shows buttons."""

from typing import Final

from api.models.desk import Me
from api.roles import Role
from api.route import Answer, Call, Route, route


@route("GET", "/v1/me", role=Role.READ, gives=Me)
def get_me(call: Call) -> Answer:
    """Say who is asking, and what they may do."""
    caller = call.caller
    return Answer(
        Me.model_validate(
            {
                "role": caller.role,
                "key": caller.key,
                "name": caller.name,
                "how": caller.how,
                "open": call.world.door.is_open,
            }
        )
    )


ROUTES: Final[tuple[Route, ...]] = (get_me,)
