"""Operations: what takes a while, how far it is, and its end."""

from typing import Final

from api.models.base import Paged
from api.models.orders import OperationItem, OperationPage
from api.operations import Operation
from api.problems import not_found
from api.resources._shown import operation_item
from api.resources.journal import before
from api.roles import Role
from api.route import Answer, Call, Route, route


@route("GET", "/v1/operations", role=Role.READ, gives=OperationPage, query=Paged)
def list_operations(call: Call) -> Answer:
    """List the operations that are under way, and the last ones that are over; the newest first."""
    query, found = call.query, call.world.operations.all()
    start = before(query.cursor) or 0
    page = found[start : start + query.limit]
    more = start + query.limit < len(found)
    items = tuple(operation_item(operation.view()) for operation in page)
    return Answer(OperationPage(items=items, next=str(start + query.limit) if more else None, total=len(found)))


@route("GET", "/v1/operations/{operation}", role=Role.READ, gives=OperationItem)
def get_operation(call: Call) -> Answer:
    """Show how far an operation has come."""
    return Answer(operation_item(_known(call).view()))


@route("DELETE", "/v1/operations/{operation}", role=Role.OPERATE, gives=OperationItem)
def cancel_operation(call: Call) -> Answer:
    """End an operation; what it has done so far stays done."""
    operation = _known(call)
    operation.cancel.set()
    operation.over.wait(1.0)
    return Answer(operation_item(operation.view()))


def _known(call: Call) -> Operation:
    operation = call.world.operations.find(call.path["operation"])
    if operation is None:
        raise not_found("operation", call.path["operation"])
    return operation


ROUTES: Final[tuple[Route, ...]] = (list_operations, get_operation, cancel_operation)
