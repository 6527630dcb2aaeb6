"""Clock, sinks, journal: held, stepped and hurried from the page; books that move; events that come by themselves."""

import re

from playwright.sync_api import Page, Route, expect

from tests.api.serving.server_process import Server
from tests.browser.dashboard import Visit, eventually


def shown_time(page: Page) -> str:
    return page.locator(".clock-time strong").inner_text()


def number(page: Page, sink: str, column: int) -> int:
    """A figure of the books of one sink: 0 is what was accepted, 1 what was acked..."""
    row = page.get_by_role("region", name=f"Books of {sink}").locator("tbody tr", has_text="Frames")
    return int(row.locator("td").nth(column).inner_text().replace(",", ""))


def test_the_clock_is_held_stepped_and_let_go(visitor: Visit, server: Server) -> None:
    page = visitor.open()
    first = shown_time(page)
    eventually(page, lambda: shown_time(page) != first)
    page.get_by_role("button", name="Hold the clock").click()
    expect(page.locator(".clock-time span")).to_contain_text("held")
    clock = server.ask("/v1/clock").json
    assert clock["paused"] is True
    page.get_by_label("Length of a step").select_option("10s")
    page.get_by_role("button", name="Let this much simulated time pass").or_(page.locator("#step")).click()
    expect(page.locator("#polite")).to_contain_text("Stepped 10 s.")
    stepped = server.ask("/v1/clock").json
    assert abs(stepped["simulated_s"] - clock["simulated_s"] - 10) < 0.01
    assert stepped["paused"] is True
    eventually(page, lambda: shown_time(page) == stepped["now"][11:19])
    page.get_by_role("button", name="Let the clock run").click()
    eventually(page, lambda: shown_time(page) != stepped["now"][11:19])
    assert server.ask("/v1/clock").json["paused"] is False


def test_the_pace_is_changed(visitor: Visit, server: Server) -> None:
    page = visitor.open()
    page.locator("#pace").select_option("60")
    eventually(page, lambda: server.ask("/v1/clock").json["pace"] == 60)
    page.locator("#pace").select_option("1")
    eventually(page, lambda: server.ask("/v1/clock").json["pace"] == 1)
    # another hand at the clock is seen as well
    server.ask("/v1/clock", "PATCH", {"pace": 3})
    expect(page.locator("#pace")).to_have_value("3")
    server.ask("/v1/clock", "PATCH", {"pace": 1})


def test_the_books_of_the_sinks_move(visitor: Visit) -> None:
    page = visitor.open("#/sinks")
    expect(page.get_by_role("region", name=re.compile("^Sink "))).to_have_count(2)
    first = number(page, "kept", 0)
    eventually(page, lambda: number(page, "kept", 0) > first + 5)
    assert number(page, "kept", 0) >= number(page, "kept", 1) > 0
    expect(page.get_by_role("region", name="Books of nowhere").locator("tbody tr", has_text="Truths")).to_be_visible()
    expect(page.get_by_role("region", name="Sink kept")).to_contain_text(re.compile(r"[1-9]\d* records/s"))


def test_the_journal_follows_and_is_filtered(visitor: Visit, server: Server) -> None:
    page = visitor.open("#/journal")
    rows = page.locator("table.journal tbody tr")
    expect(rows.first).to_be_visible()
    server.ask("/v1/devices/pi-0001/commands", "POST", {"do": "pause"})
    paused = rows.filter(has_text="pi-0001 went from running to paused")
    expect(paused).to_have_count(1)
    page.get_by_role("switch", name="Follow live").click()
    server.ask("/v1/devices/pi-0001/commands", "POST", {"do": "resume"})
    expect(page.get_by_role("button", name=re.compile("new event"))).to_be_visible()
    resumed = rows.filter(has_text="pi-0001 went from paused to running")
    expect(resumed).to_have_count(0)
    page.get_by_role("button", name=re.compile("new event")).click()
    expect(resumed).to_have_count(1)
    page.get_by_label("Kind of event").select_option("RequestMade")
    expect(rows.first).to_contain_text("POST /v1/devices/pi-0001/commands")
    expect(paused).to_have_count(0)
    page.get_by_label("Kind of event").select_option("StateChanged")
    page.get_by_label("Device, its whole name").fill("cpu-0002")
    expect(paused).to_have_count(0)
    expect(rows.first).to_contain_text("cpu-0002")


def test_letters_are_shortcuts_until_they_are_switched_off(visitor: Visit) -> None:
    page = visitor.open()
    page.keyboard.press("j")
    expect(page.get_by_role("heading", level=1, name="Journal")).to_be_focused()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    dialog.get_by_role("switch", name="Single-letter shortcuts").click()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("s")
    expect(page.get_by_role("heading", level=1, name="Journal")).to_be_visible()


def test_something_is_broken_by_keyboard_alone(visitor: Visit, server: Server) -> None:
    page = visitor.open("#/devices/cpu-0001")
    expect(page.get_by_role("heading", level=1, name="cpu-0001")).to_be_focused()
    page.keyboard.press("b")
    dialog = page.get_by_role("dialog", name="Break something")
    expect(dialog.get_by_role("radio", name="A sensor lies")).to_be_focused()
    for key in ("Tab", "ArrowRight", "Tab", "ArrowRight", "Tab"):
        page.keyboard.press(key)
    expect(dialog.get_by_role("radio", name="Power")).to_be_checked()
    expect(dialog.get_by_role("radio", name="Drift")).to_be_checked()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("heading", level=1, name="cpu-0001")).to_be_focused()
    page.keyboard.press("b")
    expect(dialog.get_by_role("radio", name="A sensor lies")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    (fault,) = server.ask("/v1/devices/cpu-0001/faults").json["items"]
    assert (fault["sensor"], fault["fault"]) == ("temperature", "stuck")
    expect(page.locator("#polite")).to_contain_text("now lies: stuck")
    clear = page.get_by_role("button", name="Clear stuck on temperature")
    clear.focus()
    page.keyboard.press("Enter")
    expect(clear).to_have_count(0)
    assert server.ask("/v1/devices/cpu-0001/faults").json["items"] == []


def test_a_fleet_that_is_still_starting_is_waited_for(visitor: Visit) -> None:
    refused = 0

    def refuse_twice(route: Route) -> None:
        nonlocal refused
        refused += 1
        if refused > 2:
            route.continue_()
        else:
            route.fulfill(status=503, content_type="application/problem+json", body='{"title": "Not ready"}')

    visitor.page.route("**/v1/clock", refuse_twice)
    visitor.open()
    assert refused > 2
    # the browser itself notes what was refused here
    visitor.complaints.clear()
