"""The overview: every device is on the map and in the table, found by keyboard, search and filters, in both themes."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.serving.server_process import Server
from tests.browser.dashboard import PHONE, Visit, eventually, visit

DEVICES = ["cpu-0001", "cpu-0002", "pi-0001", "pi-0002", "pi-0003", "pi-0004"]

TILE_PIXELS = 5_000
"""A tile has 7,000 and more."""

PAINTED = """canvas => {
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const counts = new Map();
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255) {
    const colour = `${data[i]} ${data[i + 1]} ${data[i + 2]}`;
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  return [...counts.values()].sort((a, b) => b - a);
}"""


def grounds(page: Page) -> list[int]:
    """How many pixels the two commonest colours of the map have, once there are two that fill tiles."""
    counts: list[int] = page.locator(".heat-map canvas").evaluate(PAINTED)
    return counts[:2] if len(counts) > 1 and counts[1] > TILE_PIXELS else []


def test_the_map_shows_every_device(visitor: Visit) -> None:
    page = visitor.open()
    expect(page.get_by_role("application")).to_have_attribute("aria-label", "Map of 6 devices")
    four, two = eventually(page, lambda: grounds(page))
    # four boards whose fan is worn, and two processors that are new: each group has a colour of its own
    assert 1.6 < four / two < 2.4


def test_the_table_says_the_same_as_the_server(visitor: Visit, server: Server) -> None:
    page = visitor.open()
    page.locator("[data-name=look] label", has_text="Table").click()
    rows = page.locator("table.devices tbody tr")
    expect(rows).to_have_count(len(DEVICES))
    assert page.locator("table.devices tbody th").all_inner_texts() == DEVICES
    states = [device["state"] for device in server.ask("/v1/devices").json["items"]]
    assert page.locator("table.devices .state").all_inner_texts() == states
    page.get_by_role("button", name="Health").click()
    expect(page.locator("table.devices tbody th").first).to_contain_text("pi-")
    expect(page.locator("table.devices th[aria-sort=ascending]")).to_have_text("Health")


def test_search_and_filters_narrow_it(visitor: Visit) -> None:
    page = visitor.open()
    page.keyboard.press("/")
    page.keyboard.type("cpu")
    board = page.get_by_role("application")
    expect(board).to_have_attribute("aria-label", "Map of 2 devices")
    page.get_by_role("searchbox", name="Search devices").fill("")
    page.get_by_label("Label", exact=True).select_option("room=workshop")
    expect(board).to_have_attribute("aria-label", "Map of 4 devices")
    page.get_by_label("Kind", exact=True).select_option("cpu")
    expect(page.get_by_text("No device matches")).to_be_visible()
    page.get_by_role("button", name="Clear the filters").click()
    expect(board).to_have_attribute("aria-label", "Map of 6 devices")


def test_by_keyboard_alone_from_the_top_of_the_page_to_a_device(visitor: Visit) -> None:
    page = visitor.open()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    board = page.get_by_role("application")
    for _ in range(40):
        page.keyboard.press("Tab")
        if board.evaluate("element => element === document.activeElement"):
            break
    expect(board).to_be_focused()
    expect(page.locator("#polite")).to_contain_text("cpu-0001: State running")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#polite")).to_contain_text("pi-0001: State running")
    expect(page.locator("#polite")).to_contain_text("3 of 6")
    page.keyboard.press("End")
    expect(page.locator("#polite")).to_contain_text("pi-0004")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="pi-0004")).to_be_focused()


def test_a_click_on_a_cell_opens_that_device_and_a_tip_says_which(visitor: Visit) -> None:
    page = visitor.open()
    canvas = page.locator(".heat-map canvas")
    expect(page.get_by_role("application")).to_have_attribute("aria-label", "Map of 6 devices")
    canvas.hover(position={"x": 40, "y": 50})
    tip = page.locator(".tip")
    expect(tip).to_contain_text("cpu-0001")
    expect(tip).to_contain_text("\u00b0C")
    canvas.click(position={"x": 40, "y": 50})
    expect(page.get_by_role("heading", level=1, name="cpu-0001")).to_be_visible()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_theme_follows_the_system_until_one_is_chosen(browser: Browser, server: Server, theme: str) -> None:
    other = "light" if theme == "dark" else "dark"
    with visit(browser, server.url, color_scheme=theme) as seen:
        page = seen.open()
        ground = page.locator("body").evaluate("element => getComputedStyle(element).backgroundColor")
        assert page.locator("html").get_attribute("data-theme") == theme
        page.get_by_role("button", name=f"Change to the {other} theme").click()
        assert page.locator("html").get_attribute("data-theme") == other
        assert page.locator("body").evaluate("element => getComputedStyle(element).backgroundColor") != ground
        page.reload()
        assert page.locator("html").get_attribute("data-theme") == other


@pytest.mark.parametrize("fragment", ["", "#/devices/pi-0001", "#/faults", "#/journal", "#/sinks"])
def test_on_a_phone_nothing_sticks_out(browser: Browser, server: Server, fragment: str) -> None:
    server.ask("/v1/devices/cpu-0002/faults", "POST", {"id": "wide", "sensor": "load", "fault": "stuck"})
    with visit(browser, server.url, viewport=PHONE) as seen:
        page = seen.open(fragment)
        if fragment == "#/faults":
            expect(page.locator("table.faults tbody tr").first).to_be_visible()
        expect(page.get_by_role("heading", level=1).first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
