"""Makes docs/dashboard-*.png from real servers in a real browser: `.venv/bin/python docs/screenshots.py`.

Needs the test extra and Chromium (`bash tests/browser/install.sh`). Takes about two minutes.
"""

import base64
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from numpy.typing import NDArray

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, Page, expect  # noqa: E402

from tests.api.serving.server_process import Server  # noqa: E402
from tests.browser.dashboard import PHONE, chromium, visit  # noqa: E402
from tests.browser.installed import need_browser  # noqa: E402

MANY: Final = """
version: 1
name: ten-thousand
pace: 1
fleet:
  - {name: north, kind: raspberry-pi, model: "4", setup: heatsink-fan, count: 3400, interval: 10s, wear: {dust: 0.1}}
  - {name: south, kind: raspberry-pi, model: "5", setup: active-cooler, count: 2600, interval: 10s}
  - {name: rack-a, kind: cpu, model: 65w, count: 2500, interval: 10s, wear: {dust: 0.35}}
  - {name: rack-b, kind: cpu, model: 125w, count: 1500, interval: 10s}
sinks:
  - {kind: "null", name: nowhere}
timeline:
  - {at: 1s, do: inject-wear, on: {groups: [north], percent: 6}, mode: fan-bearing, damage: 0.92}
  - {at: 1s, do: inject-wear, on: {groups: [south], percent: 25}, mode: dust, damage: 0.5}
  - {at: 1s, do: inject-wear, on: {groups: [rack-a], percent: 4}, mode: dust, damage: 0.97}
  - {at: 1s, do: inject-wear, on: {groups: [rack-b], percent: 30}, mode: thermal-paste, damage: 0.6}
  - {at: 2s, do: inject-fault, on: {percent: 1}, sensor: load, fault: stuck}
"""
COLOURS: Final = 256
COMMON: Final = 160
"""The rest of the palette are colours far from all others, which a scale of many colours needs."""
PIXELS: Final = """async data => {
  const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data: all } = context.getImageData(0, 0, image.width, image.height);
  let text = "";
  for (let i = 0; i < all.length; i += 32768) text += String.fromCharCode(...all.subarray(i, i + 32768));
  return [image.width, image.height, btoa(text)];
}"""


def take(page: Page, name: str) -> None:
    """One picture, in 256 colours: a third of the size, and nobody sees it."""
    shot = base64.b64encode(page.screenshot()).decode()
    width, height, pixels = page.evaluate(PIXELS, shot)
    image = np.frombuffer(base64.b64decode(pixels), np.uint8).reshape(height, width, 4)[:, :, :3]
    (ROOT / "docs" / f"dashboard-{name}.png").write_bytes(with_palette(image))


def with_palette(image: NDArray[np.uint8]) -> bytes:
    """A PNG of the commonest and the oddest colours of a picture; each other one becomes the nearest of them."""
    flat = image.reshape(-1, 3).astype(np.int32)
    colours, place, counts = np.unique(flat, axis=0, return_inverse=True, return_counts=True)
    palette = colours[np.argsort(-counts)[:COMMON]]
    apart = np.min([((colours - colour) ** 2).sum(axis=1) for colour in palette], axis=0)
    while len(palette) < COLOURS:
        palette = np.concatenate([palette, colours[[np.argmax(apart)]]])
        apart = np.minimum(apart, ((colours - palette[-1]) ** 2).sum(axis=1))
    nearest = np.array([np.argmin(((palette - colour) ** 2).sum(axis=1)) for colour in colours], np.uint8)
    rows = nearest[place.reshape(-1)].reshape(image.shape[:2])
    lines = np.concatenate([np.zeros((rows.shape[0], 1), np.uint8), rows], axis=1).tobytes()
    head = struct.pack(">IIBBBBB", image.shape[1], image.shape[0], 8, 3, 0, 0, 0)
    chunks = (b"IHDR" + head, b"PLTE" + palette.astype(np.uint8).tobytes(), b"IDAT" + zlib.compress(lines, 9), b"IEND")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in chunks
    )


@contextmanager
def serving(*arguments: str) -> Iterator[Server]:
    """A server with a state of its own."""
    with TemporaryDirectory() as folder:
        given = ("--port", "0", "--state", str(Path(folder) / "state"), *arguments)
        with Server(Path(folder), *given) as server:
            yield server.ready()


def quietly(page: Page) -> None:
    """Without the hints of a first visit and without a message in the corner."""
    for button in page.get_by_role("button", name="Close this").all():
        button.click()


def default_fleet(browser: Browser) -> None:
    """The pictures of the default fleet, some minutes into its life."""
    with serving() as server:
        server.ask("/v1/clock", "PATCH", {"pace": 20})
        server.until(lambda: server.ask("/v1/clock").json["simulated_s"] > 200)
        server.ask("/v1/clock", "PATCH", {"pace": 1})
        with visit(browser, server.url) as seen:
            page = seen.open("#/devices/pi5-0002")
            expect(page.locator(".chart canvas")).to_have_count(6)
            quietly(page)
            fault = {"sensor": "temperature", "fault": "drift", "parameters": {"per_day": 20_000}}
            server.ask("/v1/devices/pi5-0002/faults", "POST", fault)
            page.get_by_label("Time shown").select_option("60")
            page.wait_for_timeout(38_000)
            take(page, "device")
            page.goto(f"{server.url}/#/fleet")
            expect(page.get_by_role("application")).to_be_visible()
            quietly(page)
            page.wait_for_timeout(4_000)
            take(page, "fleet")
            page.locator("#break").click()
            page.locator("dialog .card", has_text="Drift").click()
            page.wait_for_timeout(500)
            take(page, "break")
        with visit(browser, server.url, color_scheme="light") as seen:
            page = seen.open("#/devices/pi4-fan-0002")
            quietly(page)
            page.wait_for_timeout(6_000)
            take(page, "light")
        with visit(browser, server.url, viewport=PHONE) as seen:
            page = seen.open("#/devices/pi5-0002")
            quietly(page)
            page.get_by_label("Time shown").select_option("60")
            page.wait_for_timeout(4_000)
            take(page, "phone")


def many_devices(browser: Browser) -> None:
    """The picture of 10,000 devices."""
    with TemporaryDirectory() as folder:
        scenario = Path(folder) / "many.yaml"
        scenario.write_text(MANY, encoding="utf-8")
        with serving("--scenario", str(scenario)) as server, visit(browser, server.url) as seen:
            page = seen.open()
            quietly(page)
            page.wait_for_timeout(25_000)
            page.locator(".heat-map canvas").hover(position={"x": 300, "y": 120})
            page.wait_for_timeout(500)
            take(page, "many")


def main() -> None:
    """Take all of them."""
    with chromium(need_browser()) as browser:
        default_fleet(browser)
        many_devices(browser)
    sizes = subprocess.run(["du", "-ck", *sorted((ROOT / "docs").glob("dashboard-*.png"))], check=True)
    sys.exit(sizes.returncode)


if __name__ == "__main__":
    main()
