"""A newcomer finds the page by the first line that the program says, and breaks something without reading anything."""

import re
import time
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, expect

from tests.api.serving.server_process import Server
from tests.browser.dashboard import visit

MINUTE_S: Final = 60


def test_from_the_first_line_to_a_sensor_that_lies(browser: Browser, tmp_path: Path) -> None:
    arguments = ("--port", "0", "--state", str(tmp_path / "state"), "--kernels", "interpreted", "--fresh")
    with Server(tmp_path, *arguments) as server:
        first = server.until(lambda: server.lines and server.lines[0])
        found = re.search(r"http://\S+", first)
        assert found is not None, first
        server.ready()
        began = time.monotonic()
        with visit(browser, found[0].rstrip("/")) as seen:
            page = seen.open()
            expect(page.get_by_role("complementary", name="Hint")).to_contain_text("break something")
            page.get_by_role("button", name="Break something").first.click()
            page.get_by_role("button", name="Break it").click()
            toast = page.locator(".toast")
            expect(toast).to_contain_text("now lies: stuck")
            (fault,) = server.ask("/v1/faults").json["items"]
            toast.get_by_role("button", name=f"Watch {fault['device']}").click()
            expect(page.locator("#device-faults li")).to_contain_text("stuck")
            assert time.monotonic() - began < MINUTE_S
            page.goto(f"{server.url}/#/fleet")
            page.get_by_role("button", name="Close this hint").click()
            page.reload()
            expect(page.get_by_role("heading", level=1, name="Fleet")).to_be_visible()
            expect(page.get_by_role("complementary", name="Hint")).to_have_count(0)
