"""A device: live charts beside the truth, faults and wear made and ended on the page, commands, settings."""

from typing import Any, Final

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.api.serving.server_process import Server
from tests.browser.dashboard import Visit, eventually

INK = """canvas => {
  const { width, height } = canvas;
  const data = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  let line = 0, shade = 0, truth = 0;
  for (let y = 12; y < height - 40; y += 1) for (let x = 60; x < width - 20; x += 1) {
    const [red, green, blue, alpha] = data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4);
    if (alpha > 100 && Math.min(red, green, blue) > 200) truth += 1;
    if (alpha > 180) line += 1; else if (alpha > 34 && alpha < 60) shade += 1;
  }
  return { line, truth, shade: shade / ((height - 52) * (width - 80)) };
}"""

NONE: Final = 0.01
"""Lines have soft edges, which look like shade here and there."""


def chart(page: Page, sensor: str) -> Locator:
    return page.get_by_role("group", name=f"{sensor} over time")


def ink(page: Page, sensor: str) -> dict[str, float]:
    """Pixels of lines, of them those of the truth, and the share that is shaded, in the plot of one chart."""
    found: dict[str, float] = chart(page, sensor).locator("canvas").evaluate(INK)
    return found


def in_force(server: Server, device: str) -> list[Any]:
    items: list[Any] = server.ask(f"/v1/devices/{device}/faults").json["items"]
    return items


def test_all_six_charts_draw_what_comes(visitor: Visit, server: Server) -> None:
    page = visitor.open("#/devices/pi-0001")
    for sensor in ("Temperature", "Power", "Load", "Voltage", "Fan", "Clock"):
        expect(chart(page, sensor).locator("canvas")).to_be_visible()
    page.get_by_text("Newest readings as a table").click()
    cell = page.locator(".now-table tbody tr", has_text="Power").locator("td").first
    before = cell.inner_text()
    expect(cell).not_to_have_text(before)
    # the charts go on without anybody asking
    eventually(page, lambda: ink(page, "Temperature")["line"] > 50)
    told = chart(page, "Temperature").locator("p.hidden").inner_text()
    assert "Temperature now" in told
    assert "really" in told
    sequence = server.ask("/v1/devices/pi-0001").json["sequence"]
    server.until(lambda: server.ask("/v1/devices/pi-0001").json["sequence"] > sequence + 1)
    expect(chart(page, "Temperature").locator("p.hidden")).not_to_have_text(told)


def test_the_truth_is_drawn_or_not(visitor: Visit) -> None:
    page = visitor.open("#/devices/pi-0001")
    expect(chart(page, "Power").locator("canvas")).to_be_visible()
    page.wait_for_function("document.querySelectorAll('.chart canvas').length >= 6")
    expect(chart(page, "Power").locator("p.hidden")).to_contain_text("really")
    eventually(page, lambda: ink(page, "Power")["truth"] > 10)
    page.get_by_role("switch", name="Truth").click()
    expect(chart(page, "Power").locator("p.hidden")).not_to_contain_text("really")
    eventually(page, lambda: ink(page, "Power")["truth"] == 0)


def test_a_fault_is_injected_seen_and_cleared(visitor: Visit, server: Server) -> None:
    page = visitor.open("#/devices/pi-0002")
    expect(chart(page, "Load").locator("canvas")).to_be_visible()
    eventually(page, lambda: ink(page, "Load")["line"] > 20)
    assert ink(page, "Load")["shade"] < NONE
    page.get_by_role("button", name="Make the load sensor lie").click()
    dialog = page.get_by_role("dialog", name="Break something")
    expect(dialog.get_by_role("combobox", name="Device")).to_have_value("pi-0002")
    expect(dialog.get_by_role("radio", name="Load")).to_be_checked()
    dialog.locator(".card", has_text="Stuck").click()
    dialog.get_by_text("Until cleared").click()
    dialog.get_by_text("Parameters", exact=True).click()
    dialog.get_by_role("textbox", name="Value").fill("93")
    dialog.get_by_role("button", name="Break it").click()
    expect(dialog).to_be_hidden()
    (fault,) = in_force(server, "pi-0002")
    assert (fault["sensor"], fault["fault"], fault["parameters"]["value"]) == ("load", "stuck", 93)
    expect(page.locator("#device-faults li")).to_contain_text("stuck")
    expect(chart(page, "Load").locator(".now strong")).to_have_text("93.0")
    expect(chart(page, "Load").locator(".really")).to_contain_text("really")
    expect(page.locator(".events")).to_contain_text("stuck on load began")
    eventually(page, lambda: ink(page, "Load")["shade"] > 2 * NONE)
    assert ink(page, "Power")["shade"] < NONE
    page.goto(f"{server.url}/#/faults")
    expect(page.locator("tbody tr", has_text="pi-0002")).to_contain_text("value 93")
    page.goto(f"{server.url}/#/journal")
    expect(page.locator("table.journal")).to_contain_text("pi-0002: stuck on load began")
    page.goto(f"{server.url}/#/devices/pi-0002")
    page.get_by_role("button", name="Clear stuck on load").click()
    expect(page.locator("#device-faults li")).to_have_count(0)
    assert in_force(server, "pi-0002") == []
    expect(page.locator(".events")).to_contain_text("fault on load ended")
    expect(chart(page, "Load").locator(".now strong")).not_to_have_text("93.0")


def test_what_is_not_allowed_is_said_where_it_stands(visitor: Visit, server: Server) -> None:
    page = visitor.open("#/devices/pi-0003")
    page.get_by_role("button", name="Break this device").click()
    dialog = page.get_by_role("dialog")
    dialog.locator(".card", has_text="Dropout").click()
    dialog.get_by_text("Parameters", exact=True).click()
    dialog.get_by_label("Share").fill("1.5")
    dialog.get_by_role("button", name="Break it").click()
    expect(dialog.get_by_label("Share")).to_have_attribute("aria-invalid", "true")
    expect(dialog).to_contain_text("1.5 is not allowed here: 0 to 1")
    dialog.get_by_role("combobox", name="Device").fill("pi-9999")
    dialog.get_by_role("combobox", name="Device").press("Tab")
    expect(dialog.get_by_role("radio", name="Temperature")).to_be_visible()
    dialog.get_by_role("button", name="Break it").click()
    expect(dialog.get_by_role("alert").filter(has_text="pi-9999")).to_be_visible()
    page.keyboard.press("Escape")
    assert in_force(server, "pi-0003") == []
    # the browser itself notes the 404 that was provoked here
    visitor.complaints.clear()


def test_a_part_is_worn_out_and_repaired(visitor: Visit, server: Server) -> None:
    page = visitor.open("#/devices/pi-0003")
    page.get_by_role("button", name="Wear out").click()
    dialog = page.get_by_role("dialog")
    dialog.locator(".card", has_text="Fan bearing").click()
    dialog.get_by_role("slider").fill("85")
    dialog.get_by_role("button", name="Break it").click()
    part = page.locator(".rows li", has_text="Fan bearing")
    expect(part).to_contain_text("85 %")
    assert server.ask("/v1/devices/pi-0003").json["health"] < 0.2
    page.get_by_role("button", name="Repair Fan bearing").click()
    expect(part).to_contain_text("0.0 %")


def test_commands_change_the_state(visitor: Visit, server: Server) -> None:
    page = visitor.open("#/devices/cpu-0001")
    state = page.locator("#device-state")
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(state).to_have_text("Paused")
    page.get_by_role("button", name="Resume", exact=True).click()
    expect(state).to_have_text("Running")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(state).to_have_text("Stopped")
    assert server.ask("/v1/devices/cpu-0001").json["state"] == "stopped"
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Restart", exact=True).click()
    expect(state).to_have_text("Booting")


def test_interval_and_parameters_are_set(visitor: Visit, server: Server) -> None:
    page = visitor.open("#/devices/cpu-0002")
    page.get_by_label("Sampling interval").fill("2s")
    page.get_by_role("button", name="Set", exact=True).click()
    server.until(lambda: server.ask("/v1/devices/cpu-0002").json["intervals"]["load"] == "2s")
    page.get_by_text("Parameters of the body").click()
    page.get_by_label("Parameter of the body").select_option("room_temperature_c")
    page.get_by_label("Value").fill("31")
    page.get_by_role("button", name="Set the parameter").click()
    expect(page.locator(".toast").last).to_contain_text("Room temperature c of cpu-0002 is now 31.")
    (told,) = [
        one for one in server.ask("/v1/devices/cpu-0002").json["settable"] if one["name"] == "room_temperature_c"
    ]
    assert told["value"] == 31


def test_a_device_that_is_not_there_is_said_so(visitor: Visit) -> None:
    page = visitor.open("#/devices/nobody")
    expect(page.get_by_role("heading", name="There is no such device")).to_be_visible()
    visitor.complaints.clear()


@pytest.mark.parametrize("where", ["group:cpu", "all"])
def test_many_are_broken_in_one_go(visitor: Visit, server: Server, where: str) -> None:
    page = visitor.open("#/faults")
    page.locator("#break").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Where").select_option(where)
    dialog.locator(".card", has_text="Stuck").click()
    dialog.get_by_role("button", name="Break it").click()
    expected = 2 if where == "group:cpu" else 6
    expect(page.locator(".toast").last).to_contain_text(f"done, {expected} of {expected} devices")
    expect(page.locator("tbody tr")).to_have_count(expected)
    for _ in range(expected):
        page.get_by_role("button", name="Clear stuck").first.click()
        expected -= 1
        expect(page.locator("tbody tr")).to_have_count(expected)
    expect(page.get_by_text("No sensor lies")).to_be_visible()
