"""Where commands and queries come into a run: each is told to whom it concerns, and always answered in time."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from engine.directory import Endpoint
from engine.dispatcher import Dispatcher
from engine.future import Ask, LightFuture, Timeout
from schemas.addresses import JOURNAL, LIVE, SUPERVISOR, TIMELINE, device_address, sink_address
from schemas.commands import Command, DeviceCommand, Refused, Reply
from schemas.queries import GetBooks, GetChildren, GetDevice, GetFleet, GetHistory, GetRecords, GetSettings, SwitchSink


class Reception:
    """The way in, from any thread."""

    def __init__(self, dispatcher: Dispatcher, note: Callable[[Sequence[Command]], None]) -> None:
        """`note` writes commands down, on the fleet's thread, right before they are told."""
        self._dispatcher: Final = dispatcher
        self._note: Final = note
        self.commands = 0
        """How many have come in."""

    def send(self, command: Command, timeout_s: float) -> Reply:
        """Carry out one command. Raises `pykka.Timeout` when nobody answers in time, and `LookupError` when nobody is
        there.

        It is written down and told at one and the same instant: that is where a process that takes over does it again.
        """
        future: LightFuture[Reply] = LightFuture()
        future.home = self._dispatcher

        def tell() -> None:
            self.commands += 1
            self._note((command,))
            endpoint = self._somebody(_addressee(command))
            if endpoint is None:
                error = LookupError(f"nobody lives at {_addressee(command)}")
                future.set_exception((LookupError, error, None))
            else:
                endpoint.tell(Ask(command, future))

        self._dispatcher.call(tell, timeout_s)
        reply: Reply = future.get(timeout=timeout_s)
        return reply

    def send_all(self, commands: Sequence[Command], timeout_s: float) -> list[Reply]:
        """Carry out commands in one go, in their order. Raises `pykka.Timeout`.

        Whoever cannot be told, or dies of it, refuses. All are told between two messages of the fleet: bring few.
        """
        futures: list[LightFuture[Reply]] = [LightFuture() for _ in commands]

        def tell() -> None:
            self.commands += len(commands)
            self._note(commands)
            for command, future in zip(commands, futures, strict=True):
                future.home = self._dispatcher
                self._hand(command, future)

        self._dispatcher.call(tell, timeout_s)
        return [_reply(future, timeout_s) for future in futures]

    def ask(self, query: Any, timeout_s: float) -> Any:
        """Answer one query. Raises `pykka.Timeout` and `LookupError`."""
        address = _knows(query)
        endpoint = self._somebody(address)
        if endpoint is None:
            raise LookupError(f"nobody lives at {address}")
        return endpoint.cell.ref.ask(query, timeout=timeout_s)

    def _somebody(self, address: str) -> Endpoint | None:
        endpoint = self._dispatcher.directory.find(address)
        return endpoint if endpoint is not None and endpoint.alive else None

    def _hand(self, command: Command, future: LightFuture[Reply]) -> None:
        endpoint = self._somebody(_addressee(command))
        if endpoint is None:
            future.set(Refused(f"nobody lives at {_addressee(command)} now"))
        else:
            endpoint.tell(Ask(command, future))


def _addressee(command: Command) -> str:
    """To whom a command goes."""
    return device_address(command.device) if isinstance(command, DeviceCommand) else TIMELINE


def _knows(query: Any) -> str:
    """Who can answer a query."""
    match query:
        case GetDevice(device=device):
            return device_address(device)
        case GetBooks(sink=sink) | SwitchSink(sink=sink):
            return sink_address(sink)
        case GetChildren():
            return SUPERVISOR
        case GetFleet() | GetSettings() | GetHistory() | GetRecords():
            return LIVE
        case _:
            return JOURNAL


def _reply(future: LightFuture[Reply], timeout_s: float) -> Reply:
    try:
        reply: Reply = future.get(timeout=timeout_s)
    except Timeout:
        raise
    except Exception as error:
        return Refused(f"it failed: {type(error).__name__}")
    return reply
