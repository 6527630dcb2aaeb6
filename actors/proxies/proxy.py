"""The proxies of a run: one loop on a thread of its own carries all of them; any thread may tell them things."""

import asyncio
import errno
import os
import socket
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from actors.proxies.connection import Connection
from actors.proxies.kafka_addresses import KafkaAddresses
from actors.proxies.toxics import Toxic
from engine.streams import Stream

HOST: Final = "127.0.0.1"
T = TypeVar("T")
_AGAIN_S: Final = 0.2
_PASSES: Final = 5
"""Of the loop, from a connection that is accepted to the task that serves it."""
_AT_THE_DOOR: Final = ("wrong-address", "refuse-login")
"""Kinds that only new connections meet."""


class FaultProxy:
    """Stands in front of one server; all is well until it is told otherwise. Never blocks whoever tells it."""

    def __init__(
        self, name: str, host: str, port: int, loop: asyncio.AbstractEventLoop, seed: int, *, kafka: bool
    ) -> None:
        self.name = name
        self.to = (host, port)
        self.accepted = 0
        """Connections so far."""
        self._loop = loop
        self._seed = seed
        self._kafka = kafka
        self._toxics: dict[str, Toxic] = {}
        self._in_force: dict[str, Toxic] = {}
        self._open: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._changing = asyncio.Lock()
        # Kept bound and never listening: while it is down, nobody else is given the port.
        self._keeper = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._keeper.bind((HOST, 0))
        self.port: int = self._keeper.getsockname()[1]

    @property
    def address(self) -> str:
        """Where clients connect."""
        return f"{HOST}:{self.port}"

    @property
    def connections(self) -> int:
        """How many are open, give or take one."""
        return len(self._open)

    @property
    def toxics(self) -> tuple[Toxic, ...]:
        """What was asked for and is in force."""
        return tuple(self._toxics.values())

    def poison(self, toxic: Toxic) -> None:
        """Have this in force, in place of another one of its kind."""
        self._toxics = {**self._toxics, toxic.kind: toxic}
        self._tell()

    def cure(self, kind: str) -> None:
        """Have none of this kind in force any more."""
        self._toxics = {name: toxic for name, toxic in self._toxics.items() if name != kind}
        self._tell()

    def reset(self) -> None:
        """End every connection with RST, now."""
        self._loop.call_soon_threadsafe(self._abort_all)

    def _tell(self) -> None:
        def spawn() -> None:
            task = asyncio.ensure_future(self._changed())
            task.add_done_callback(lambda _: None)

        self._loop.call_soon_threadsafe(spawn)

    async def _changed(self) -> None:
        async with self._changing:
            while True:
                try:
                    return await self._change()
                except OSError:  # to listen again takes a descriptor, and there may be none now
                    await asyncio.sleep(_AGAIN_S)

    async def _change(self) -> None:
        toxics = self._toxics
        if "down" in toxics:
            await self.unlisten()
            return
        await self.listen()
        reset = toxics.get("reset-peer")
        # who is let in already would not ask again
        if (reset is not None and reset.delay_s <= 0.0) or any(self._is_new(toxics, kind) for kind in _AT_THE_DOOR):
            self._abort_all()
        self._in_force = toxics
        for connection in list(self._open):
            connection.changed(toxics.values())

    def _is_new(self, toxics: dict[str, Toxic], kind: str) -> bool:
        return kind in toxics and self._in_force.get(kind) != toxics[kind]

    async def listen(self) -> None:
        """Take connections, if it does not already. `OSError`."""
        if self._server is None:
            server = await asyncio.start_server(self._serve, HOST, self.port, reuse_address=True)
            if not server.sockets:  # asyncio passes over an address for which it gets no socket, without a word
                server.close()
                raise OSError(errno.EMFILE, os.strerror(errno.EMFILE), self.address)
            self._server = server

    async def unlisten(self) -> None:
        """Refuse connections and end those that are there."""
        server, self._server = self._server, None
        if server is not None:
            for listening in server.sockets:
                self._loop.remove_reader(listening.fileno())
            await _settled()  # asyncio forgets, and never closes, what it is just letting in when its server closes
            server.close()
        self._abort_all()
        await asyncio.sleep(0)

    def release(self) -> None:
        """Let go of the port."""
        self._keeper.close()

    def _abort_all(self) -> None:
        for connection in list(self._open):
            connection.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number, self.accepted = self.accepted, self.accepted + 1
        addresses = KafkaAddresses(*self.to, self.port) if self._kafka else None
        connection = Connection(reader, writer, self._toxics.values(), self._chances(number), addresses)
        if "reset-peer" in self._toxics and self._toxics["reset-peer"].delay_s <= 0.0:
            connection.abort()
            return
        self._open.add(connection)
        try:
            await connection.run(*self.to)
        finally:
            self._open.discard(connection)
            connection.abort()

    def _chances(self, number: int) -> Callable[[str], float]:
        """Lots of one connection, by its number."""
        drawn: dict[str, int] = {}

        def chance(purpose: str) -> float:
            drawn[purpose] = drawn.get(purpose, -1) + 1
            return Stream(self._seed, f"proxy/{self.name}/{number}", purpose).uniform(drawn[purpose])

        return chance


class Proxies:
    """All proxies of a run and the thread that carries them."""

    def __init__(self, seed: int = 0) -> None:
        self.by_name: dict[str, FaultProxy] = {}
        self._seed = seed
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault-proxies", daemon=True)
        self._thread.start()

    def add(self, name: str, host: str, port: int, *, kafka: bool = False) -> FaultProxy:
        """Put one in front of a server. `OSError` when no port is left."""
        proxy = FaultProxy(name, host, port, self._loop, self._seed, kafka=kafka)
        self._wait(proxy.listen())
        self.by_name[name] = proxy
        return proxy

    def close(self) -> None:
        """End all of it; a second call does nothing."""
        if not self._thread.is_alive():
            return
        for proxy in self.by_name.values():
            self._wait(proxy.unlisten())
            proxy.release()
        self._wait(_settle())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


async def _settled() -> None:
    """Wait until whoever was let in just now is served."""
    for _ in range(_PASSES):
        await asyncio.sleep(0)


async def _settle() -> None:
    """Let every task of the loop end."""
    await _settled()
    mine = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not mine]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
