"""Carries out what the timeline begins and ends: on actors and on the outside by itself, on devices by telling them."""

from typing import Final

from actors.chaos import ACTIONS
from actors.chaos.base import NotPossibleError, read_parameters
from actors.holding import addressed
from actors.timeline_memory import TimelineMemory
from engine.directory import Endpoint
from engine.dispatcher import Dispatcher
from engine.families import BrokenMember, UnknownWord
from engine.supervision import RestartChild
from schemas import commands, events
from schemas.addresses import SUPERVISOR
from schemas.commands import ActorCommand, Command, Done, Refused, Reply

_LATER: Final = object()
"""Stands for what an action needs to be undone, while time is lived again and it is not begun yet."""


class Carrier:
    """The hands of the timeline; what it has to undo later is kept in the timeline's memory."""

    __slots__ = ("_dispatcher", "_journal", "_memory")

    def __init__(self, memory: TimelineMemory, journal: Endpoint, dispatcher: Dispatcher) -> None:
        self._memory = memory
        self._journal = journal
        self._dispatcher = dispatcher

    def carry(self, command: Command) -> Reply:
        """Tell a device, or do it; a refusal says why."""
        address = addressed(command)
        if address:
            self._dispatcher.directory.endpoint(address).tell(command)
            return Done()
        match command:
            case commands.BeginChaos():
                return self.begin(command)
            case commands.EndChaos(action=action, target=target):
                return self.end(action, target)
            case commands.Crash() | commands.Hang() | commands.Release():
                return self._do(command)
            case _:
                raise TypeError(f"timeline: {command!r} is not for actors")

    def begin(self, command: commands.BeginChaos) -> Reply:
        """Begin an action of chaos and keep what it needs to be undone."""
        memory = self._memory
        now = self._dispatcher.now_ns
        try:
            action = ACTIONS.get(command.action)
            later = action.outside and memory.stage.again
            if action.outside and not later and memory.stage.gated():
                raise NotPossibleError(f"{command.action}: disturbs the outside, so pace: found max; allowed: a number")
            parameters = read_parameters(action, command.parameters)
            if getattr(action, "anew", False):  # another dose does not come on top of the one before
                self.end(command.action, command.target)
            if later:
                token = None if getattr(action, "once", False) else _LATER
            else:
                token = action.begin(memory.stage, command.target, parameters)
        except (NotPossibleError, UnknownWord, BrokenMember, OSError, RuntimeError) as error:
            # the latter two: no descriptor, thread or process is to be had
            known = isinstance(error, (NotPossibleError, UnknownWord, BrokenMember))
            reason = str(error) if known else f"{command.action}: {error}"
            self._journal.tell(events.CommandRefused("BeginChaos", reason, now))
            return Refused(reason)
        if token is not None:
            memory.tokens[command.action, command.target] = token
        if getattr(action, "strikes", False):
            memory.struck[command.target] = None
        self._journal.tell(events.ChaosBegun(command.action, command.target, now))
        return Done()

    def end(self, name: str, target: str) -> Reply:
        """Undo an action of chaos; nothing happens when it is over already."""
        token = self._memory.tokens.pop((name, target), None)
        if token is not None:
            if token is not _LATER:
                ACTIONS.get(name).end(self._memory.stage, target, token)
            self._journal.tell(events.ChaosEnded(name, target, self._dispatcher.now_ns))
        return Done()

    def _do(self, command: ActorCommand) -> Reply:
        dispatcher = self._dispatcher
        address = command.address
        endpoint = dispatcher.directory.find(address)
        if endpoint is None or not endpoint.alive:
            reason = f"address: found '{address}', where no actor lives"
            return Refused(reason)
        match command:
            case commands.Crash():
                self._memory.struck[address] = None
                endpoint.tell(command)
            case commands.Hang():
                dispatcher.hang(address)
                self._journal.tell(events.ActorHung(address, dispatcher.now_ns))
            case commands.Release():
                dispatcher.release(address)
                self._journal.tell(events.ActorReleased(address, dispatcher.now_ns))
        return Done()

    def revive(self) -> None:
        """Start actors again that were struck and given up."""
        struck, self._memory.struck = self._memory.struck, {}
        for address in struck:
            endpoint = self._dispatcher.directory.find(address)
            if endpoint is not None and not endpoint.alive:
                self._dispatcher.directory.endpoint(SUPERVISOR).tell(RestartChild(address))

    def end_outside(self) -> None:
        """The run ends: what lies outside the simulated world must not stay as it is."""
        memory = self._memory
        for action, target in tuple(memory.tokens):
            if ACTIONS.get(action).outside:
                self.end(action, target)

    def begin_again(self) -> None:
        """After another process took the run over, or another actor this place: what is held is begun again."""
        memory = self._memory
        for key in memory.holds:
            if key[0] != "action" or (key[1], key[2]) in memory.tokens:
                continue
            if not getattr(ACTIONS.get(key[1]), "once", False):
                self.begin(commands.BeginChaos(key[1], key[2], memory.holds.in_force(key)))

    def begin_outside(self) -> None:
        """The present is reached: what is in force and lies outside is begun now. It is in the journal already."""
        memory = self._memory
        for (name, target), token in tuple(memory.tokens.items()):
            if token is not _LATER:
                continue
            action = ACTIONS.get(name)
            try:
                given = memory.holds.in_force(("action", name, target))
                memory.tokens[name, target] = action.begin(memory.stage, target, read_parameters(action, given))
            except NotPossibleError as error:
                del memory.tokens[name, target]
                self._journal.tell(events.CommandRefused("BeginChaos", str(error), self._dispatcher.now_ns))
