"""Every page and dialog, in both themes, held to the rules of accessibility by axe-core: nothing serious is wrong."""

from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.api.serving.server_process import Server
from tests.browser.dashboard import PHONE, WIDE, visit

GRAVE: Final = ("serious", "critical")
PAGES: Final = ("", "#/devices/pi-0001", "#/faults", "#/journal", "#/sinks")


def grave(page: Page) -> list[str]:
    """What axe-core finds serious or critical, with the elements."""
    found: dict[str, Any] = Axe().run(page).response
    assert found["passes"], "axe-core looked at nothing"
    return [
        f"{rule['id']}: {rule['help']}: {[node['target'] for node in rule['nodes']][:5]}"
        for rule in found["violations"]
        if rule["impact"] in GRAVE
    ]


@pytest.fixture(autouse=True, scope="module")
def something_to_see(server: Server) -> None:
    """Faults, a worn part and a switched-off device, so that every colour is on the pages."""
    server.ask("/v1/devices/pi-0001/faults", "POST", {"sensor": "load", "fault": "stuck"})
    server.ask("/v1/devices/pi-0002/wear", "POST", {"mode": "fan-bearing", "damage": 0.95})
    server.ask("/v1/devices/pi-0003/commands", "POST", {"do": "stop"})
    server.ask("/v1/devices/pi-0004/commands", "POST", {"do": "pause"})


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("fragment", PAGES)
def test_a_page(browser: Browser, server: Server, fragment: str, theme: str) -> None:
    with visit(browser, server.url, color_scheme=theme, reduced_motion="reduce") as seen:
        page = seen.open(fragment)
        expect(page.locator("main h1").first).to_be_visible()
        assert grave(page) == []
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        assert grave(page) == []
        page.set_viewport_size(WIDE)  # type: ignore[arg-type]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_dialogs_and_the_table(browser: Browser, server: Server, theme: str) -> None:
    with visit(browser, server.url, color_scheme=theme, reduced_motion="reduce") as seen:
        page = seen.open()
        page.locator("[data-name=look] label", has_text="Table").click()
        expect(page.locator("table.devices tbody tr").first).to_be_visible()
        assert grave(page) == []
        page.locator("#break").click()
        for way in ("A sensor lies", "A part wears out", "The device is disturbed"):
            page.locator("dialog").get_by_text(way).click()
            assert grave(page) == []
        page.locator("dialog").get_by_text("A sensor lies").click()
        page.locator("dialog .card", has_text="Dropout").click()
        page.locator("dialog").get_by_text("Parameters", exact=True).click()
        assert grave(page) == []
        page.keyboard.press("Escape")
        page.locator("h1").first.click()
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_be_visible()
        assert grave(page) == []


def test_the_rules_can_be_broken(browser: Browser, server: Server) -> None:
    with visit(browser, server.url) as seen:
        page = seen.open()
        page.evaluate("document.querySelector('#hold').removeAttribute('aria-label')")
        page.evaluate("document.querySelector('#hold').removeAttribute('title')")
        assert any(line.startswith("button-name") for line in grave(page))
