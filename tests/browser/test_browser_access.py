"""Who may what: a key is asked for, a role shows in what can be pressed; and a server that is gone is missed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.api.serving.server_process import Server
from tests.browser.dashboard import FLEET, Visit, served, visit


def make_key(server: Server, name: str, role: str, admin: str = "") -> str:
    """A key of a role; the first one that is made closes the server to everybody without one."""
    bearer = f"Bearer {admin}" if admin else ""
    made = server.ask("/v1/keys", "POST", {"name": name, "role": role}, Authorization=bearer)
    assert made.status == 201, made.body
    return str(made.json["key"])


@pytest.fixture
def closed(browser: Browser, tmp_path: Path) -> Iterator[Server]:
    with served(tmp_path, FLEET) as server:
        yield server


def sign_in(seen: Visit, key: str) -> None:
    seen.page.get_by_label("API key").fill(key)
    seen.page.get_by_role("button", name="Sign in").click()


def test_a_key_is_asked_for_and_its_role_decides_what_can_be_pressed(browser: Browser, closed: Server) -> None:
    admin = make_key(closed, "boss", "admin")
    reader = make_key(closed, "reader", "read", admin)
    with visit(browser, closed.url, strict=False) as seen:
        page = seen.page
        page.goto(closed.url)
        expect(page.get_by_label("API key")).to_be_focused()
        sign_in(seen, "ds_nonsense")
        expect(page.get_by_role("alert").filter(has_text="does not know this key")).to_be_visible()
        assert page.context.cookies() == []
        sign_in(seen, reader)
        expect(page.get_by_role("application")).to_have_attribute("aria-label", "Map of 6 devices")
        (cookie,) = page.context.cookies()
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        assert page.evaluate("document.cookie") == ""
        expect(page.locator("#break")).to_be_disabled()
        assert page.locator("#break").get_attribute("title") == "Needs a key with the role chaos; yours is read"
        expect(page.locator("#hold")).to_be_disabled()
        page.goto(f"{closed.url}/#/devices/pi-0001")
        for name in ("Pause", "Restart", "Stop", "Repair", "Break this device", "Make the load sensor lie"):
            expect(page.get_by_role("button", name=name, exact=True)).to_be_disabled()
        page.get_by_role("button", name="Sign out").click()
        sign_in(seen, admin)
        expect(page.locator("#hold")).to_be_enabled()
        expect(page.locator("#break")).to_be_enabled()


def test_a_lost_connection_is_said_and_comes_back(browser: Browser, tmp_path: Path) -> None:
    with served(tmp_path, FLEET) as server, visit(browser, server.url, strict=False) as seen:
        page = seen.open("#/sinks")
        port = server.url.rpartition(":")[2]
        page.context.set_offline(True)
        server.process.terminate()
        server.end()
        expect(page.get_by_text("The connection to the server is lost.").first).to_be_visible()
        expect(page.locator("#connection")).not_to_have_text("Live")
        page.context.set_offline(False)
        with served(tmp_path, FLEET, "--port", port):
            expect(page.locator("#lost")).to_be_hidden()
            expect(page.locator("#connection")).to_have_text("Live")
