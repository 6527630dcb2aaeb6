"""A scenario that comes over the network leads a served fleet's monitors nowhere but where the owner has listed."""

from pathlib import Path

import pytest

from tests.actors.sources.monitor_stand_in import http, stand_in
from tests.api.serving.server_process import Server

FLEET = """version: 1
name: mirrored
fleet:
  - {{name: host, kind: host, settings: {{source: url, url: '{url}', poll_s: 0.25}}}}
sinks: [{{kind: "null"}}]
"""


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_listed_name_that_leads_inside_is_not_asked_and_a_listed_address_is(tmp_path: Path, host: str) -> None:
    with stand_in(http(b"{}")) as monitor:
        place = f"{host}:{monitor.url.rsplit(':', 1)[1].split('/')[0]}"
        arguments = ("--scenario", "minimal", "--port", "0")
        with Server(tmp_path, *arguments, DATA_SIMULATOR_TARGETS=place) as server:
            text = FLEET.format(url=f"http://{place}/")
            assert server.ready().ask("/v1/runs", "POST", {"text": text}).status == 202
            device = "/v1/devices/host-0001"
            cause = server.until(
                lambda: (
                    (found := server.ask(device)).status == 200
                    and found.json["state"] == "degraded"
                    and found.json["cause"]
                )
            )
        if host == "localhost":
            assert "does not connect there" in cause
            assert monitor.requests == []
        else:
            assert "answers, but" in cause
            assert monitor.requests != []
