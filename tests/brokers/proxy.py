"""A proxy between a client and a server that spoils the connection in the ways networks do: TCP, on loopback."""

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from tests.brokers.processes import HOST, free_port

_CHUNK: Final = 65_536
_ABORT: Final = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing sends RST and throws away what was not sent."""

T = TypeVar("T")


@dataclass(frozen=True)
class Weather:
    """What is wrong at present."""

    latency_s: float = 0.0
    jitter_s: float = 0.0
    bandwidth: float | None = None
    """Bytes per second in each direction of each connection."""
    black_hole: bool = False
    slow_close_s: float = 0.0
    cut_after: int | None = None


class FaultProxy:
    """Stands in front of one server; all is well until it is told otherwise. May be told from any thread."""

    def __init__(self, host: str, port: int, *, seed: int = 0) -> None:
        self.host = HOST
        self.port = free_port()
        self.accepted = 0
        self._to = (host, port)
        self._weather = Weather()
        self._chance = random.Random(seed)
        self._open: set[_Connection] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault-proxy", daemon=True)
        self._thread.start()
        self._ask(self._listen())

    @property
    def connections(self) -> int:
        """How many connections are open at present."""
        return self._do(lambda: len(self._open))

    def heal(self) -> None:
        """All is well again, also for the connections that are there."""
        self._do(lambda: self._set(Weather()))
        self.refuse(False)

    def reset(self) -> int:
        """End every connection at once with RST; says how many."""
        return self._do(self._reset)

    def refuse(self, on: bool = True) -> None:
        """Nobody listens: new connections are refused, the present ones are reset. Off: listen again."""
        self._ask(self._unlisten() if on else self._listen())

    def black_hole(self, on: bool = True) -> None:
        """Connections are taken and stay, but nothing comes through, in either direction."""
        self._do(lambda: self._set(replace(self._weather, black_hole=on)))

    def latency(self, ms: float, jitter_ms: float = 0.0) -> None:
        """Everything takes that much longer, in each direction, order kept."""
        self._do(lambda: self._set(replace(self._weather, latency_s=ms / 1e3, jitter_s=jitter_ms / 1e3)))

    def bandwidth(self, bytes_per_s: float | None) -> None:
        """No more than this passes in each direction of each connection; `None` for no limit."""
        self._do(lambda: self._set(replace(self._weather, bandwidth=bytes_per_s)))

    def slow_close(self, seconds: float) -> None:
        """When one side hangs up, the other hears of it only so much later."""
        self._do(lambda: self._set(replace(self._weather, slow_close_s=seconds)))

    def cut_after(self, count: int | None) -> None:
        """Each connection is reset once so many bytes came from its client, of which the server gets all."""
        self._do(lambda: self._set(replace(self._weather, cut_after=count)))

    def close(self) -> None:
        """End all of it; may be said twice."""
        if self._thread.is_alive():
            self._ask(self._unlisten())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()

    def _set(self, weather: Weather) -> None:
        self._weather = weather
        for connection in self._open:
            connection.weather_changed(weather)

    def _do(self, call: Callable[[], T]) -> T:
        async def once() -> T:
            return call()

        return self._ask(once())

    def _ask(self, work: Awaitable[T]) -> T:
        async def wrapped() -> T:
            return await work

        return asyncio.run_coroutine_threadsafe(wrapped(), self._loop).result(10)

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, self.host, self.port, limit=_CHUNK)

    async def _unlisten(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
        self._reset()
        # one turn of the loop, in which the connections end
        await asyncio.sleep(0)

    def _reset(self) -> int:
        ended = list(self._open)
        for connection in ended:
            connection.abort()
        return len(ended)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        connection = _Connection(reader, writer, self._weather, self._chance)
        self._open.add(connection)
        try:
            await connection.run(*self._to)
        finally:
            self._open.discard(connection)
            connection.abort()


class _Connection:
    """One client and its line to the server."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, weather: Weather, chance: random.Random
    ) -> None:
        self._client = (reader, writer)
        self._writers = [writer]
        self._weather = weather
        self._chance = chance
        self._from_client = 0
        self._through = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.weather_changed(weather)

    def weather_changed(self, weather: Weather) -> None:
        self._weather = weather
        if weather.black_hole:
            self._through.clear()
        else:
            self._through.set()

    def abort(self) -> None:
        """RST to both sides."""
        for writer in self._writers:
            raw: Any = writer.get_extra_info("socket")
            if raw is not None and not writer.is_closing():
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
            writer.transport.abort()
        for task in self._tasks:
            task.cancel()

    async def run(self, host: str, port: int) -> None:
        await self._through.wait()
        try:
            server = await asyncio.open_connection(host, port, limit=_CHUNK)
        except OSError:
            return
        self._writers.append(server[1])
        up = self._pump(self._client[0], server[1], True)
        down = self._pump(server[0], self._client[1], False)
        self._tasks = [asyncio.ensure_future(up), asyncio.ensure_future(down)]
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, up: bool) -> None:
        line: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(256)
        carrier = asyncio.ensure_future(self._carry(line, writer, up))
        self._tasks.append(carrier)
        loop = asyncio.get_running_loop()
        due = 0.0
        try:
            while data := await reader.read(_CHUNK):
                late = self._weather.latency_s + self._chance.uniform(0.0, self._weather.jitter_s)
                due = max(due, loop.time() + late)
                await line.put((due, data))
        except OSError:
            self.abort()
            return
        await line.put((max(due, loop.time()) + self._weather.slow_close_s, b""))
        await carrier

    async def _carry(self, line: "asyncio.Queue[tuple[float, bytes]]", writer: asyncio.StreamWriter, up: bool) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, data = await line.get()
            if (early := due - loop.time()) > 0:
                await asyncio.sleep(early)
            await self._through.wait()
            try:
                if not data:
                    writer.write_eof()
                    return
                await self._send(data, writer, up)
            except OSError:
                self.abort()
                return

    async def _send(self, data: bytes, writer: asyncio.StreamWriter, up: bool) -> None:
        cut = self._weather.cut_after
        if up and cut is not None and self._from_client + len(data) >= cut:
            writer.write(data[: max(0, cut - self._from_client)])
            await writer.drain()
            self.abort()
            return
        self._from_client += len(data) if up else 0
        rate = self._weather.bandwidth
        step = len(data) if rate is None else max(1, int(rate / 20))
        for start in range(0, len(data), step):
            writer.write(data[start : start + step])
            await writer.drain()
            if rate is not None:
                await asyncio.sleep(step / rate)
