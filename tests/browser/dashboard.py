"""A served fleet and a browser before it, as a person has them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.api.serving.server_process import Server

PATIENCE_MS: Final = 30_000
"""Others load the machine as well."""

LOOK_MS: Final = 100

ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
FLEET: Final = """
version: 1
name: shown
pace: 1
fleet:
  - {name: pi, kind: raspberry-pi, model: "4", setup: heatsink-fan, count: 4, interval: 1s, labels: {room: workshop},
     wear: {fan-bearing: 0.4}}
  - {name: cpu, kind: cpu, count: 2, interval: 1s, labels: {room: server-room}}
sinks:
  - {kind: "null", name: nowhere, truth: true}
  - {kind: file, name: kept, options: {path: kept.jsonl, mode: append}}
"""
WIDE: Final = {"width": 1440, "height": 900}
PHONE: Final = {"width": 390, "height": 844}

expect.set_options(timeout=PATIENCE_MS)


@contextmanager
def chromium(program: str) -> Iterator[Browser]:
    """A browser without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def served(folder: Path, text: str = FLEET, *arguments: str) -> Iterator[Server]:
    """A server with a fleet of its own."""
    scenario = folder / "fleet.yaml"
    scenario.write_text(text, encoding="utf-8")
    given = ("--scenario", str(scenario), "--port", "0", "--state", str(folder / "state"), "--kernels", "interpreted")
    with Server(folder, *given, *arguments) as server:
        yield server.ready()


def eventually(page: Page, ask: Callable[[], Any]) -> Any:
    """Wait for something to be so; the browser goes on meanwhile."""
    for _ in range(PATIENCE_MS // LOOK_MS):
        if found := ask():
            return found
        page.wait_for_timeout(LOOK_MS)
    raise AssertionError(f"not within {PATIENCE_MS} ms")


class Visit:
    """A page of the dashboard, with everything that the browser complained about."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._heard)

    def _heard(self, message: Any) -> None:
        # the tests look at pixels, and the browser advises against that
        if message.type in ("error", "warning") and "getImageData" not in message.text:
            self.complaints.append(f"{message.text} {message.location.get('url', '')}")

    def open(self, fragment: str = "") -> Page:
        """Go to a page of the dashboard, and wait until it is live."""
        self.page.goto(f"{self.url}/{fragment}")
        expect(self.page.locator("#connection")).to_have_text("Live")
        return self.page


@contextmanager
def visit(browser: Browser, url: str, *, strict: bool = True, **options: Any) -> Iterator[Visit]:
    """A browser window of one's own, that has seen nothing before; a complaint is a failure when `strict`."""
    context = browser.new_context(**{"viewport": WIDE, "color_scheme": "dark", **options})
    try:
        made = Visit(context.new_page(), url)
        yield made
        assert not (strict and made.complaints), made.complaints
    finally:
        context.close()
