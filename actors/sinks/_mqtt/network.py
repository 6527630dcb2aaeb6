"""The network: all sessions of one sink on one thread, with one selector."""

from typing import Final

from actors.sinks._mqtt.client import FAILURE
from actors.sinks._mqtt.dialler import why
from actors.sinks._mqtt.parcels import Packer, Parcel
from actors.sinks._mqtt.plan import Plan
from actors.sinks._mqtt.session import PERMANENT, Session
from actors.sinks._mqtt.standing import Standing
from actors.sinks.base import Record
from engine.clock import NANOSECONDS, Wall

STALL_S: Final = 30
"""A connection that acknowledges nothing for so long is given up and made anew."""
SLOW_S: Final = 1
"""A session that does not get on for so long no longer counts among those that keep others waiting."""
GIVE_UP: Final = 18
"""Attempts in a row that were refused for a reason that does not pass, in some two and a half minutes; then the session
stays away."""


class Network(Standing):
    """See the module. `step` is to be called again and again; nothing here waits but its selector."""

    def __init__(self, plan: Plan, packer: Packer, wall: Wall, parked: set[str]) -> None:
        super().__init__(plan, wall, parked)
        self.beat_ns = wall.monotonic_ns()
        """When the loop last went round."""
        self._packer = packer
        self._tick_ns = 0
        self._leaving = ""
        if not self._per_device:
            self._session("")

    # What others may call, on this thread.

    def offer(self, row: int, record: Record) -> None:
        """Take a record in."""
        self.held += 1
        try:
            session = self._session(record.device if self._per_device else "")
        except ValueError as error:  # no client id, no topic of its own: such a device can have no connection
            self.outcomes.refuse(row, record, str(error))
            return
        session.queue.append(Parcel(row, record))
        if session.stuck:
            self.stuck += 1
            if session.state == "parked":
                self._trim(session)
        else:
            self._work[session] = None

    def session(self, device: str) -> Session:
        """The session of a device, made if need be."""
        return self._session(device if self._per_device else "")

    def step(self, wait_s: float) -> None:
        """One round: connect, send, wait for the network at most so long, read, look after the rest."""
        now = self.beat_ns = self._wall.monotonic_ns()
        for session, error in self.calls.through():
            self._take_dialled(session, error, now)
        wait_s = min(wait_s, self.calls.begin(now))
        self._send(now)
        if self.outcomes.done or self.outcomes.refused or self._work:
            wait_s = 0.0
        for session, readable, writable in self._listening.heard(wait_s):
            self._serve(session, readable, writable)
        if now >= self._tick_ns:
            self._tick_ns = now + NANOSECONDS
            self._tick(now)

    def busy(self, depth: int) -> bool:
        """Whether waiting a little longer may still bring something about for one of so many records."""
        more = depth > self.held
        for session in self.sessions.values():
            if session.state == "up" and not session.stuck and (more or session.held):
                return True
        return any(s.state in ("connecting", "greeting") and s.attempts == 0 for s in self.sessions.values())

    # Connecting.

    def _session(self, device: str) -> Session:
        session = self.sessions.get(device)
        if session is None:
            session = self.sessions[device] = Session(self.plan, device, self.outcomes)
            if device in self._parked:
                session.state, session.reason = "parked", "offline"
            else:
                self.calls.schedule(session, 0)
        return session

    def _take_dialled(self, session: Session, error: Exception | None, now: int) -> None:
        session.permanent = False
        if error is not None:
            session.lost, session.permanent = why(error)
            self._after(session)
            return
        wire = session.client.wire if session.client is not None else None
        if wire is None:
            return
        self._listening.listen(session)
        session.moved_ns = now
        if session.state == "parked":
            session.cut(session.reason)
            self._after(session)
            return
        session.state = "greeting"
        self._work[session] = None

    # Sending and reading.

    def _send(self, now: int) -> None:
        work, self._work = self._work, {}
        for session in work:
            more = session.state == "up" and not session.parting and session.fill(self._packer, now)
            if not self._flush(session, now):
                self._want(session, write=True)
            elif more:
                self._work[session] = None
            elif session.may_go:
                self._go(session, now)

    def _flush(self, session: Session, now: int) -> bool:
        if not session.flush():
            return False
        if not self.plan.options.qos:  # nothing else shows that it gets on
            session.moved_ns = now
            self._unstick(session)
        return True

    def _want(self, session: Session, write: bool) -> None:
        wire = session.client.wire if session.client is not None else None
        if wire is None or wire.closing is None:
            return
        if wire.dead:
            self._read(session)
        else:
            self._listening.want(session, write)

    def _serve(self, session: Session, readable: bool, writable: bool) -> None:
        if writable and self._flush(session, self.beat_ns):
            self._want(session, write=False)
            self._work[session] = None
        if readable:
            self._read(session)

    def _read(self, session: Session) -> None:
        client = session.client
        if client is None or client.wire is None:
            return
        client.loop_read()
        while client.wire.unread and client.socket() is not None:
            client.loop_read()
        self._after(session)

    def _after(self, session: Session) -> None:
        """Take in what paho has noted."""
        now = self._wall.monotonic_ns()
        if session.has_acks:
            self._unstick(session)
            session.absorb(now)
        if session.greeting is not None:
            self._greeted(session, now)
        if session.lost is not None:
            self._lose(session, now)
        elif session.may_go:
            self._go(session, now)
        elif session.state == "up":
            self._work[session] = None

    def _greeted(self, session: Session, now: int) -> None:
        if session.greeting is None:
            return
        (code, text, limits), session.greeting = session.greeting, None
        if code >= FAILURE:
            session.lost, session.permanent = f"the broker refuses the connection: {text}", code in PERMANENT
        elif limits.get("MaximumQoS", 2) < self.plan.options.qos:
            session.cut(f"the broker takes QoS {limits['MaximumQoS']} at most")
            session.permanent = True
        else:
            session.welcome(limits, now)
            self._unstick(session)
            if self._leaving:
                self.part(session, self._leaving)

    def _lose(self, session: Session, now: int) -> None:
        reason, session.lost = session.lost or "", None
        session.parting, session.farewell = "", None
        self._work.pop(session, None)
        if session.guest:
            self._guests = [guest for guest in self._guests if guest is not session]
            return
        if not self.plan.persistent:
            session.take_back()
        self._stick(session)
        if session.state == "parked":
            self._trim(session)
            return
        answered = session.state != "greeting" or session.permanent
        session.reason = reason if answered else f"{reason} before the broker answered"
        session.attempts += 1
        if session.permanent and session.attempts >= GIVE_UP:
            session.state = "refused"
            session.reason += f"; given up after {session.attempts} attempts"
            return
        self.calls.again(session, now)

    def changed(self, session: Session) -> None:
        """Something was done to a session from outside."""
        self._after(session)

    def _tick(self, now: int) -> None:
        self.away = sum([len(s.queue) for s in self.sessions.values() if s.state == "parked" or s.frozen])
        for session in [*self.sessions.values(), *self._guests]:
            client = session.client
            if client is None or session.frozen or session.state not in ("greeting", "up"):
                continue
            idle_s = (now - session.moved_ns) / NANOSECONDS
            if session.state == "greeting" and idle_s > self.plan.options.connect_timeout_s:
                session.cut("no answer in time")
            elif session.under_way and idle_s > STALL_S:
                session.cut(f"no acknowledgement for {STALL_S} s")
            else:
                client.loop_misc()
            if session.under_way and idle_s > SLOW_S:
                self._stick(session)
            self._after(session)

    # The end.

    def part(self, session: Session, why: str) -> None:
        """Have it say goodbye; it goes when the broker has heard it."""
        if session.state == "up" and not session.frozen and not session.guest and not session.parting:
            session.part(why, self._wall.monotonic_ns())
            self._work[session] = None

    def _go(self, session: Session, now: int) -> None:
        session.go()
        self._lose(session, now)

    def leave(self, why: str) -> None:
        """Have all say goodbye and connect no more; go on with `step` while they are `leaving`."""
        self._leaving = why
        self.calls.halted = True
        for session in self.sessions.values():
            self.part(session, why)

    @property
    def leaving(self) -> bool:
        """Whether some have said goodbye and wait for the broker's answer."""
        return any(session.parting for session in self.sessions.values())

    def close(self) -> None:
        """End every connection that is left, without a word."""
        self.calls.close()
        for session in [*self.sessions.values(), *self._guests]:
            wire = session.client.wire if session.client is not None and not session.dialling else None
            if wire is not None:
                wire.close()
        self._listening.close()
