"""Fixtures with a real browser and a served fleet, known to every test (conftest.py names this file)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.installed import need_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.api.serving.server_process import Server
    from tests.browser.dashboard import Visit


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """A browser for the tests of one file."""
    program = need_browser()
    from tests.browser.dashboard import chromium

    with chromium(program) as made:
        yield made


@pytest.fixture(scope="module")
def server(browser: "Browser", tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Server]":
    """A served fleet for the tests of one file."""
    from tests.browser.dashboard import served

    with served(tmp_path_factory.mktemp("served")) as made:
        yield made


@pytest.fixture
def visitor(browser: "Browser", server: "Server") -> "Iterator[Visit]":
    """Somebody who opens the dashboard for the first time."""
    from tests.browser.dashboard import visit

    with visit(browser, server.url) as made:
        yield made
