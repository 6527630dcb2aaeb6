"""The off switch of a sink: it keeps what it has, its books stay right, and only sinks that send away have one."""

from tests.api.rest.house import house

TEXT = """
version: 1
name: switched
pace: max
fleet: [{kind: cpu, count: 2, interval: 1s}]
sinks:
  # nobody listens there: whatever is accepted stays inside
  - {kind: mqtt, format: json, options: {host: 127.0.0.1, port: 9, payload: frame, spool: none, max_per_s: 40}}
  - {kind: "null", name: nowhere}
"""


def test_a_sink_is_turned_off_and_on_again_and_its_books_stay_right() -> None:
    with house(TEXT) as home:
        assert (before := home.get("/v1/sinks/mqtt"))["enabled"]
        assert before["max_per_s"] == 40
        off = home.call("PATCH", "/v1/sinks/mqtt", {"enabled": False})
        assert off.status_code == 200, off.text
        assert (off.json["enabled"], off.json["problem"]) == (False, "turned off")
        home.live(5)
        held = home.get("/v1/sinks/mqtt")
        assert held["frames"]["dropped"] == {}
        assert held["depth"] > before["depth"]
        on = home.call("PATCH", "/v1/sinks/mqtt", {"enabled": True}).json
        assert on["enabled"]
        assert on["problem"] != "turned off"


def test_a_sink_without_a_switch_says_so() -> None:
    with house(TEXT) as home:
        answer = home.call("PATCH", "/v1/sinks/nowhere", {"enabled": False})
        assert answer.status_code == 409
        assert "no switch" in answer.text
        assert home.call("PATCH", "/v1/sinks/none", {"enabled": False}).status_code == 404
        assert home.call("PATCH", "/v1/sinks/mqtt", {"enabled": "no"}).status_code in (400, 422)
        assert home.get("/v1/sinks/nowhere")["max_per_s"] is None
