"""What is not a plain message: start, stop, ask, proxy; and how an actor's life ends.

An actor with an address is supervised: whatever it fails in ends it, with exactly one report, also when the error
went to somebody's future. An actor without an address lives as Pykka documents it: it survives a failed ask.
"""

import logging
import traceback
from typing import Any, Final

from pykka import messages

from engine.cell import ENTER, DeadCell, Exit, Start
from engine.future import Ask
from engine.registry import TABLE

AnyCell = Any
"""A `Cell` or a `ThreadedCell`: their ends are alike."""
_LOG: Final = logging.getLogger("pykka")
STOP: Final = messages._ActorStop
PROXY: Final = frozenset((messages.ProxyCall, messages.ProxyGetAttr, messages.ProxySetAttr))
SPECIAL: Final = PROXY | {Start, Ask, STOP}


def handle(cell: AnyCell, message: Any) -> None:
    """Handle one message whose class is in `SPECIAL`."""
    if cell.dead:
        refuse(cell, message)
    elif message is ENTER:
        _start(cell)
        cell.dispatcher.replay(cell)
    elif cell.stash is not None:
        cell.stash.append(message)
    elif message.__class__ is Start:
        _start(cell)
    elif message.__class__ is STOP:
        stop(cell)
    elif message.__class__ is Ask:
        _answer(cell, message)
    else:
        try:
            perform(cell.actor, message)
        except BaseException as error:
            fail(cell, error, "defer")


def _start(cell: AnyCell) -> None:
    try:
        cell.actor.on_start()
    except BaseException as error:
        fail(cell, error, "on_start", hook=False)


def refuse(cell: AnyCell, message: Any) -> None:
    """Nobody is there any more: a queued stop is content with that, an asker is told, a tell is a dead letter."""
    if message.__class__ is Ask:
        if message.message.__class__ is STOP:
            message.future.set(None)
        else:
            message.refuse(f"{cell.ref} stopped before handling the message")
    elif message.__class__ not in (STOP, Start):
        raise DeadCell


def perform(actor: Any, message: Any) -> Any:
    """Do what a proxy message asks for, or give a plain message to `on_receive`."""
    kind = message.__class__
    if kind is messages.ProxyCall:
        return follow(actor, message.attr_path)(*message.args, **message.kwargs)
    if kind is messages.ProxyGetAttr:
        return follow(actor, message.attr_path)
    if kind is messages.ProxySetAttr:
        return setattr(follow(actor, message.attr_path[:-1]), message.attr_path[-1], message.value)
    return actor.on_receive(message)


def follow(root: Any, path: tuple[str, ...]) -> Any:
    """The attribute at the end of a path of names."""
    for name in path:
        root = getattr(root, name)
    return root


def _answer(cell: AnyCell, ask: Ask) -> None:
    if ask.message.__class__ is STOP:
        stop(cell)
        ask.future.set(None)
        return
    try:
        reply = perform(cell.actor, ask.message)
    except BaseException as error:
        _LOG.info("Exception returned from %s to caller:", cell.ref, exc_info=error)
        if cell.address is not None or not isinstance(error, Exception):
            plain = ask.message.__class__ not in SPECIAL
            fail(cell, error, "ask" if plain else "proxy")
        ask.future.set_exception((error.__class__, error, error.__traceback__))
    else:
        ask.future.set(reply)


def stop(cell: AnyCell) -> None:
    """The actor's orderly end: it takes no more messages, then `on_stop` runs, then the end is reported."""
    actor = cell.actor
    if not bury(cell, "stopped"):
        return
    try:
        actor.on_stop()
    except BaseException as error:
        _log_failure(cell, error)
        report(cell, error, "on_stop")
    else:
        report(cell, None, "stop")


def fail(cell: AnyCell, error: BaseException, where: str, hook: bool = True) -> None:
    """The actor's end by an error: `on_failure` runs (not after a failed `on_start`), then the end is reported."""
    actor = cell.actor
    if not bury(cell, "crashed"):
        return
    _log_failure(cell, error)
    if hook:
        try:
            actor.on_failure(error.__class__, error, error.__traceback__)
        except BaseException as second:
            _log_failure(cell, second)
    report(cell, error, where)


def kill(cell: AnyCell) -> None:
    """The actor's end without its doing: no code of it runs; what waits for it are dead letters."""
    if bury(cell, "killed"):
        report(cell, KilledError("given up by its supervisor"), "kill")


class KilledError(Exception):
    """The reason in the report of an actor that was killed."""


def bury(cell: AnyCell, reason: str) -> bool:
    """Take a cell off the stage (registry, address, actor); false when that was done already."""
    if not cell.die(reason):
        return False
    TABLE.discard(cell.ref, None)
    cell.actor = None
    dispatcher, stash = cell.dispatcher, cell.stash
    cell.stash = None
    if dispatcher is not None:
        dispatcher.unbind(cell)
    for message in stash or ():
        dispatcher.post((cell, message))
    return True


def blame(cell: Any, error: BaseException, where: str) -> None:
    """A handler raised: its actor ends, and only it, whatever the exception."""
    if cell.actor is None:
        _LOG.error("error of %s after its end", cell.name(), exc_info=error)
    else:
        fail(cell, error, where)


def report(cell: AnyCell, error: BaseException | None, where: str) -> None:
    """Tell whoever looks after this dispatcher's actors that an addressed one has ended."""
    if cell.address is not None:
        cell.dispatcher.report(exit_of(cell.address, cell.generation, error, where))


def exit_of(address: str, generation: int, error: BaseException | None, where: str) -> Exit:
    """The report of one end."""
    if error is None:
        return Exit(address, generation, "normal", "", "", where)
    return Exit(address, generation, "abnormal", error.__class__.__name__, describe(error), where)


def describe(error: BaseException) -> str:
    """An error's text and the innermost place it came from, on one line."""
    try:
        text = str(error)
    except BaseException as second:
        text = f"(its text could not be had: {second.__class__.__name__})"
    trace = error.__traceback__
    if trace is None:
        return text
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    return f"{text} ({code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} in {code.co_name})"


def _log_failure(cell: AnyCell, error: BaseException) -> None:
    level = logging.ERROR if cell.address is None else logging.DEBUG
    if _LOG.isEnabledFor(level):
        trace = "".join(traceback.format_exception(error)).rstrip()
        _LOG.log(level, "Unhandled exception in %s:\n%s", cell.ref, trace)
