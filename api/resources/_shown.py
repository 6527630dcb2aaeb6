"""What several nouns show."""

from api.models.orders import OperationItem, RefusedItem
from api.operations import OperationView
from schemas.instants import iso


def operation_item(view: OperationView) -> OperationItem:
    """An operation as it is shown."""
    return OperationItem(
        id=view.id,
        do=view.do,
        who=view.who,
        state=view.state,
        total=view.total,
        done=view.done,
        refused_count=view.refused,
        refused=tuple(RefusedItem(device=each.target, reason=each.reason) for each in view.refusals),
        started=iso(view.started_ns),
        ended=None if view.ended_ns is None else iso(view.ended_ns),
        problem=view.problem,
    )
