"""One client's line through a proxy to the server, with whatever is wrong with it at present."""

import asyncio
import socket
import struct
from collections.abc import Callable, Iterable
from typing import Any, Final

from actors.proxies.kafka_addresses import KafkaAddresses
from actors.proxies.mqtt_door import turn_away
from actors.proxies.toxics import Toxic

CHUNK: Final = 65_536
_ABORT: Final = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing sends RST and throws away what was not sent."""
_TURN_S: Final = 0.05
"""Bandwidth is given out in portions of so many seconds."""

Chance = Callable[[str], float]
"""A number in (0, 1) for a purpose; another one each time it is asked."""


class Connection:
    """See the module. Lives on the proxies' loop."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        toxics: Iterable[Toxic],
        chance: Chance,
        addresses: KafkaAddresses | None,
    ) -> None:
        self._client = (reader, writer)
        self._writers = [writer]
        self._chance = chance
        self._addresses = addresses
        self._hit: dict[str, bool] = {}
        self._toxics: dict[str, Toxic] = {}
        self._passed = {True: 0, False: 0}
        self._clear = {True: asyncio.Event(), False: asyncio.Event()}
        self._tasks: list[asyncio.Task[Any]] = []
        self.changed(toxics)

    def changed(self, toxics: Iterable[Toxic]) -> None:
        """These are in force from now on."""
        given = {toxic.kind: toxic for toxic in toxics}
        for kind in list(self._hit):
            if kind not in given:
                del self._hit[kind]
        self._toxics = {}
        for kind, toxic in given.items():
            if kind not in self._hit:
                self._hit[kind] = toxic.toxicity >= 1.0 or self._chance(f"{kind}/toxicity") < toxic.toxicity
            if self._hit[kind]:
                self._toxics[kind] = toxic
        for upstream, event in self._clear.items():
            held = self._toxics.get("timeout")
            event.clear() if held is not None and held.on(upstream) else event.set()
        for kind in ("timeout", "reset-peer"):
            if kind in self._toxics and self._toxics[kind].delay_s > 0.0:
                self._tasks.append(asyncio.ensure_future(self._end_later(kind)))

    async def _end_later(self, kind: str) -> None:
        toxic = self._toxics[kind]
        await asyncio.sleep(toxic.delay_s)
        if self._toxics.get(kind) is toxic:
            self.abort()

    def abort(self) -> None:
        """RST to both sides."""
        for writer in self._writers:
            raw: Any = writer.get_extra_info("socket")
            if raw is not None and not writer.is_closing():
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
            writer.transport.abort()
        me = asyncio.current_task()
        for task in self._tasks:
            if task is not me:
                task.cancel()

    async def run(self, host: str, port: int) -> None:
        """Carry both ways until both sides have hung up."""
        refused = self._toxics.get("refuse-login")
        if refused is not None:
            await turn_away(*self._client, refused.reason)
            return
        wrong = self._toxics.get("wrong-address")
        if wrong is not None:
            host, port = wrong.host, wrong.port
        try:
            server = await asyncio.open_connection(host, port, limit=CHUNK)
        except OSError:
            return
        self._writers.append(server[1])
        both = [
            asyncio.ensure_future(self._pump(self._client[0], server[1], True)),
            asyncio.ensure_future(self._pump(server[0], self._client[1], False)),
        ]
        self._tasks += both
        await asyncio.gather(*both, return_exceptions=True)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, upstream: bool) -> None:
        line: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(256)
        carrier = asyncio.ensure_future(self._carry(line, writer, upstream))
        self._tasks.append(carrier)
        loop = asyncio.get_running_loop()
        due = 0.0
        try:
            while data := await reader.read(CHUNK):
                # the order is kept whatever the jitter: it is one connection
                due = max(due, loop.time() + self._latency_s(upstream))
                await line.put((due, data))
        except OSError:
            self.abort()
            return
        slow = self._on("slow-close", upstream)
        await line.put((max(due, loop.time()) + (slow.delay_s if slow else 0.0), b""))
        await carrier

    def _on(self, kind: str, upstream: bool) -> Toxic | None:
        toxic = self._toxics.get(kind)
        return toxic if toxic is not None and toxic.on(upstream) else None

    def _latency_s(self, upstream: bool) -> float:
        toxic = self._on("latency", upstream)
        if toxic is None:
            return 0.0
        jitter = toxic.jitter_s * (2.0 * self._chance("latency/jitter") - 1.0) if toxic.jitter_s else 0.0
        return max(0.0, toxic.latency_s + jitter)

    async def _carry(
        self, line: "asyncio.Queue[tuple[float, bytes]]", writer: asyncio.StreamWriter, upstream: bool
    ) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, data = await line.get()
            if (early := due - loop.time()) > 0:
                await asyncio.sleep(early)
            await self._clear[upstream].wait()
            try:
                if not data:
                    writer.write_eof()
                    return
                if not upstream and self._addresses is not None:
                    data = self._addresses.feed(data)
                await self._send(data, writer, upstream)
            except (OSError, RuntimeError):
                self.abort()
                return

    async def _send(self, data: bytes, writer: asyncio.StreamWriter, upstream: bool) -> None:
        limit = self._on("limit-data", upstream)
        if limit is not None and self._passed[upstream] + len(data) >= limit.limit_bytes:
            writer.write(data[: max(0, limit.limit_bytes - self._passed[upstream])])
            await writer.drain()
            self.abort()
            return
        self._passed[upstream] += len(data)
        at = 0
        while at < len(data):
            size, rest_s = self._portion(len(data) - at, upstream)
            writer.write(data[at : at + size])
            await writer.drain()
            at += size
            if rest_s > 0.0:
                await asyncio.sleep(rest_s)
                await self._clear[upstream].wait()

    def _portion(self, left: int, upstream: bool) -> tuple[int, float]:
        """How many bytes go at once, and how long to wait after them."""
        size, rest_s = left, 0.0
        slicer = self._on("slicer", upstream)
        if slicer is not None:
            spread = round(slicer.size_variation * (2.0 * self._chance("slicer/size") - 1.0))
            size, rest_s = min(left, max(1, slicer.average_bytes + spread)), slicer.slice_delay_s
        bandwidth = self._on("bandwidth", upstream)
        if bandwidth is not None:
            size = min(size, max(1, int(bandwidth.rate_bytes_per_s * _TURN_S)))
            rest_s += size / bandwidth.rate_bytes_per_s
        return size, rest_s
