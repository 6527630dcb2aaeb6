"""Children that are added: who is refused, and what became of the others."""

from collections.abc import Sequence
from typing import NamedTuple

from engine.supervision.actions import Reply
from engine.supervision.child import RUNNING, Child, Now
from engine.supervision.messages import ChildrenAdded, Outcome, Tellable
from engine.supervision.register import Register
from engine.supervision.rounds import Kind, Round
from engine.supervision.specs import ChildSpec


class _Request(NamedTuple):
    """What a round that adds children remembers."""

    addresses: tuple[str, ...]
    refused: dict[int, str]
    reply_to: Tellable


def join(
    register: Register,
    specs: Sequence[ChildSpec],
    branch: str,
    all_or_nothing: bool,
    now: Now,
    reply_to: Tellable | None,
    refusal: str | None = None,
) -> Round:
    """Write down all who are not refused, and make the round that starts them; a `refusal` holds for all."""
    refused: dict[int, str] = {}
    members: list[Child] = []
    for at, spec in enumerate(specs):
        reason = refusal or register.refusal(spec, branch)
        if reason is None:
            members.append(register.add(spec, branch, now))
        else:
            refused[at] = reason
    request = None
    if reply_to is not None:
        request = _Request(tuple(spec.address for spec in specs), refused, reply_to)
    round_ = Round(Kind.ADD_ALL if all_or_nothing else Kind.ADD, members, request)
    if refused and all_or_nothing:
        round_.turn_back()
    return round_


def joined(register: Register, round_: Round, own: Sequence[Child]) -> None:
    """The round is over: forget those who were taken down again, and answer."""
    if not round_.returning:
        for child in own:
            register.forget(child)
    request: _Request | None = round_.subject
    if request is None:
        return
    outcomes = tuple(
        Outcome(address, False, request.refused[at])
        if at in request.refused
        else _outcome(address, round_, register.children.get(address))
        for at, address in enumerate(request.addresses)
    )
    register.out.append(Reply(request.reply_to, ChildrenAdded(outcomes)))


def _outcome(address: str, round_: Round, child: Child | None) -> Outcome:
    if address in round_.failed:
        return Outcome(address, False, round_.failed[address])
    if child is None:
        return Outcome(address, False, "taken down again: others of the same request did not start")
    if child.state == RUNNING:
        return Outcome(address, True)
    waiting = child.owner is not None and child.owner.state != RUNNING
    return Outcome(address, False, "waits for its owner" if waiting else child.view().state)
