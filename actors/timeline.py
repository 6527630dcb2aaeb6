"""The timeline actor: plays the scenario's steps when their time comes, and undoes everything that it has begun."""

from bisect import insort
from collections.abc import Iterable
from operator import itemgetter
from typing import Any, Final

from actors.acts import Act
from actors.carrying import Carrier
from actors.holding import claimed, outside_first, put_right, undoing
from actors.messages import BeginOutside, LookNow, UndoOutside, UndoRest
from actors.timeline_memory import Looks, TimelineMemory
from engine.actor import DispatchedActor
from engine.directory import Endpoint
from schemas import commands, events
from schemas.commands import ActorCommand, ChaosCommand, Command, Done, Refused, Reply
from schemas.scenario.holds import Change, Claim

LOOK_NS: Final = 1_000_000_000
"""Simulated time between two looks at conditions."""
_OUTSIDE: Final[Claim] = (-1, 0, 0)
"""The claim of commands that come from outside the timeline."""


class Timeline(DispatchedActor):
    """Sends each command to whom it concerns; what is done to actors or to the outside it does by itself."""

    def __init__(self, memory: TimelineMemory, journal: Endpoint) -> None:
        super().__init__()
        self._memory = memory
        self._journal = journal
        self._carrier: Carrier
        self._looking = False
        self._timer: Any = None
        self._due_ns = -1
        self._looked_ns = -1

    def on_start(self) -> None:
        memory = self._memory
        self._carrier = Carrier(memory, self._journal, self.dispatcher)
        first, memory.first = memory.first, ()
        for command in first:
            self._carrier.carry(command)
        self._carrier.begin_again()
        self._arm()
        for when, _ in memory.later:
            self.dispatcher.at(when, self, when)

    def on_receive(self, message: Any) -> Any:
        match message:
            case int():
                self._tick(message)
            case commands.Later():
                return self._keep(message)
            case commands.PlaySteps(document=document, since_ns=since_ns):
                return self._play_more(document, since_ns)
            case commands.AbortChaos(reason=reason, forget=forget):
                undone = self._end_everything(reason)
                if forget:
                    self._memory.judge = None
                return Done(f"{undone} undone")
            case LookNow(time_ns=time_ns):
                self._look(time_ns)
                self._arm()
            case UndoRest(changes=changes):
                self._undo(changes)
            case BeginOutside():
                self._carrier.begin_outside()
            case UndoOutside():
                self._carrier.end_outside()
            case _ if isinstance(message, ActorCommand | ChaosCommand):
                return self._from_outside(message)
            case _:
                raise TypeError(f"timeline: unknown message {message!r}")
        return None

    # --- time ---

    def _arm(self) -> None:
        memory = self._memory
        now = self.dispatcher.now_ns
        times = [when for act in memory.acts if (when := act.next_ns()) is not None]
        times += [end for act in memory.acts if (end := act.end_ns) is not None]
        if times:
            self._wake_at(max(min(times), now))
        if not self._looking and memory.watches():
            self._looking = True
            since = now - memory.start_ns
            self.dispatcher.every(self, LOOK_NS, memory.start_ns + (since // LOOK_NS + 1) * LOOK_NS)

    def _wake_at(self, when: int) -> None:
        """One timer is enough: a later one gives way to an earlier one, and none is set twice."""
        if self._timer is not None:
            if self.dispatcher.now_ns < self._due_ns <= when:
                return
            self._timer.cancel()
        self._timer, self._due_ns = self.dispatcher.at(when, self, when), when

    def _tick(self, now_ns: int) -> None:
        memory = self._memory
        for index, act in enumerate(memory.acts):
            while (due := act.pop(now_ns)) is not None:
                self._play(index, act, due)
        while memory.later and memory.later[0][0] <= now_ns:
            self._begin(memory.later.pop(0)[1], _OUTSIDE)
        if any(end <= now_ns for act in memory.acts if (end := act.end_ns) is not None):
            self._end_everything("end")
        if self._looking and (now_ns - memory.start_ns) % LOOK_NS == 0 and now_ns > self._looked_ns:
            self._looked_ns = now_ns
            self.dispatcher.directory.endpoint(self.address or "").tell(LookNow(now_ns))
        self._arm()

    def _keep(self, message: commands.Later) -> Reply:
        """Put it in its place, and wake up for it."""
        when = self.dispatcher.now_ns + message.after_ns
        insort(self._memory.later, (when, message.command), key=itemgetter(0))
        self.dispatcher.at(when, self, when)
        return Done()

    def _look(self, now_ns: int) -> None:
        memory = self._memory
        probes = memory.probes
        if probes is None:
            return
        for index, act in enumerate(memory.acts):
            for position in tuple(act.waiting):
                condition = act.script.steps[position].when
                holds = probes.holds(condition, act.script.meant(condition.on))
                if act.ready(position, holds, now_ns):
                    self._play(index, act, act.fire(position, now_ns))
        if not memory.over:
            self._look_for_abort(probes, now_ns)
        if memory.judge is not None:
            memory.judge.look(now_ns, len(memory.holds))

    def _look_for_abort(self, probes: Looks, now_ns: int) -> None:
        since = self._memory.abort_since
        for index, act in enumerate(self._memory.acts):
            for place, condition in enumerate(() if act.stopped else act.script.chaos.abort_when):
                if not probes.holds(condition, act.script.meant(condition.on)):
                    since.pop((index, place), None)
                elif now_ns - since.setdefault((index, place), now_ns) >= (condition.for_ns or 0):
                    self._end_everything(f"abort: {condition.name or condition.text()}")
                    return

    # --- steps ---

    def _play(self, index: int, act: Act, due: Any) -> None:
        memory = self._memory
        claim: Claim = (index, due.position, due.number)
        if due.undo:
            # a device ends its own faults, in its own order of things
            self._undo(change for change in memory.holds.end(claim) if change.key[0] != "fault")
            return
        if memory.over:
            return
        now = self.dispatcher.now_ns
        if memory.judge is not None and not memory.judge.may_begin(now):
            self._end_everything("the steady state was not met before")
            return
        if due.stage:
            devices = [] if due.step.on is None else act.script.victims(due, ()).hit
            devices = [device for device in devices if device in memory.holds.devices()]
        else:
            devices, spared = act.script.victims(due, memory.holds.devices())
            if spared:
                self._journal.tell(events.VictimsSpared(due.key, tuple(spared), now))
            if memory.judge is not None:
                link = getattr(due.step, "sensor", None) == "link"
                memory.judge.began(due.key, "link-fault" if link else due.step.do, devices, now)
        if due.step.on is not None and not devices:
            return
        for command in act.script.orders(due, devices):
            self._begin(command, claim)

    def _begin(self, command: Command, claim: Claim) -> Reply:
        """Carry a command out and note what it holds."""
        memory = self._memory
        if isinstance(command, commands.Hang) and claim != _OUTSIDE:
            command = commands.Hang(command.address)  # the step's own end releases it, if nobody else holds it
        held = claimed(command, memory.stage.devices.__getitem__, self.dispatcher.now_ns)
        reply = self._carrier.carry(command)
        if isinstance(reply, Done):
            memory.holds.forget(*put_right(command, memory.holds))
            began = isinstance(command, commands.BeginChaos)
            # an action that leaves nothing to be undone is over at once
            if held is not None and not (began and held.key[1:] not in memory.tokens):
                memory.holds.begin(held.key, claim, held.value, held.before)
        return reply

    def _play_more(self, document: str, since_ns: int) -> Reply:
        memory = self._memory
        if memory.read is None:
            return Refused("steps: this run takes no further ones")
        try:
            script = memory.read(document)
        except ValueError as error:
            return Refused(str(error))
        memory.over = ""
        memory.acts.append(Act(script, self.dispatcher.now_ns - since_ns, document))
        memory.judge_by(memory.acts[-1])
        self._tick(self.dispatcher.now_ns)
        return Done(f"steps/{len(memory.acts) - 1}")

    def _from_outside(self, command: ActorCommand | ChaosCommand) -> Reply:
        reply = self._begin(command, _OUTSIDE)
        length = getattr(command, "duration_ns", None)
        if isinstance(reply, Done) and length is not None:
            match command:
                case commands.Hang(address=address):
                    self._keep(commands.Later(length, commands.Release(address)))
                case commands.BeginChaos(action=action, target=target):
                    self._keep(commands.Later(length, commands.EndChaos(action, target)))
        return reply

    # --- undoing ---

    def _end_everything(self, reason: str) -> int:
        """Begin nothing any more and undo all that was begun; how much that was."""
        memory = self._memory
        memory.over = reason
        for act in memory.acts:
            act.stop()
        changes = memory.holds.end_all()
        first, later = outside_first(changes)
        self._undo(first)
        # Behind what the released ones had been told meanwhile: that, too, has to be undone.
        self.dispatcher.directory.endpoint(self.address or "").tell(UndoRest(tuple(later)))
        self._journal.tell(events.ChaosOver(reason, len(changes), self.dispatcher.now_ns))
        return len(changes)

    def _undo(self, changes: Iterable[Change]) -> None:
        memory = self._memory
        for change in changes:
            for command in undoing(change, memory.stage.devices.__getitem__):
                self._carrier.carry(command)
        if memory.over:
            self._carrier.revive()
