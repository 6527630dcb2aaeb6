"""Who may come in: every route for every role, every wrong key, sessions, foreign pages, foreign hosts."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.access.keys import FileKeys, MemoryKeys, new_key
from api.access.sessions import COOKIE, Sessions
from api.app import by_path
from api.resources import all_routes
from api.roles import Role
from tests.api.rest.house import house
from tests.api.rest.keyed import Keyed, keyed

HARMLESS = "?there_is_no_such_parameter=1"
"""Whoever is let in is told of this mistake, and nothing is done."""


@pytest.fixture(scope="module")
def home() -> Iterator[Keyed]:
    with keyed() as made:
        yield made


def test_every_cell_of_role_times_route(home: Keyed) -> None:
    operations = home.operations()
    wrong, cells = [], 0
    for operation in operations:
        for role in (None, *Role):
            headers = {} if role is None else home.bearer(role)
            found = home.house.call(operation.method, operation.url + HARMLESS, **headers).status_code
            needed = operation.role
            if needed is None:
                right = found not in (401, 403)
            elif role is None:
                right = found == 401
            else:
                right = (found not in (401, 403)) if role.includes(needed) else found == 403
            cells += 1
            if not right:
                wrong.append(f"{operation.method} {operation.path} as {role}: {found}, needs {needed}")
    assert not wrong, "\n".join(wrong)
    assert cells == len(operations) * 5 > 200


def test_the_document_names_the_role_that_the_route_asks_for(home: Keyed) -> None:
    said = {(operation.method, operation.path): operation.role for operation in home.operations()}
    asked = {(each.method, each.path.replace(":path", "")): each.role for each in all_routes() if each.documented}
    assert said == asked


def test_what_is_there_for_everybody_is_a_short_list() -> None:
    open_to_all = {f"{each.method} {each.path}" for each in all_routes() if each.role is None}
    pages = {path for path in open_to_all if path.startswith(("GET /docs", "GET /assets"))}
    assert open_to_all - pages == {
        "GET /",
        "GET /livez",
        "GET /livez/{check}",
        "GET /openapi.json",
        "GET /readyz",
        "GET /readyz/{check}",
        "GET /v1/problems",
        "GET /v1/problems/{problem}",
        "POST /v1/session",
        "DELETE /v1/session",
    }


def wrong_headers(secret: str) -> list[dict[str, str]]:
    return [
        {},
        {"Authorization": "Bearer dsk_wrong"},
        {"Authorization": f"Bearer {secret.swapcase()}"},
        {"Authorization": f"Bearer {secret[:-1]}"},
        {"Authorization": f"Bearer {secret}x"},
        {"Authorization": "Bearer \xe9\xff"},
        {"Authorization": "Bearer"},
        {"Authorization": ""},
        {"Authorization": f"Basic {secret}"},
        {"Authorization": secret},
        {"Authorization": f"Bearer {secret}, Bearer {secret}"},
        {"Cookie": f"{COOKIE}=wrong"},
        {"Cookie": f"{COOKIE}={secret}"},
        {"Cookie": f"{COOKIE}=\xe9"},
        {"X-Api-Key": secret},
    ]


def test_every_wrong_key_gets_the_same_answer_at_every_route(home: Keyed) -> None:
    secret = home.secrets[Role.ADMIN]
    for operation in home.operations():
        if operation.role is None:
            continue
        for headers in wrong_headers(secret):
            result = home.house.call(operation.method, operation.url, **headers)
            assert result.status_code == 401, (operation, headers, result.text)
            assert result.json["detail"] == "send Authorization: Bearer KEY with a valid key"
            assert result.headers["www-authenticate"].startswith("Bearer")


def test_a_key_in_the_address_is_no_key(home: Keyed) -> None:
    assert home.house.call("GET", f"/v1/me?key={home.secrets[Role.ADMIN]}").status_code == 401


def test_a_key_says_who_it_is(home: Keyed) -> None:
    me = home.house.get("/v1/me", Authorization=f"bearer {home.secrets[Role.CHAOS]}")
    assert (me["role"], me["name"], me["how"], me["open"]) == ("chaos", "the chaos one", "key", False)


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ({"do": "pause"}, Role.OPERATE),
        ({"do": "repair"}, Role.OPERATE),
        ({"do": "inject-fault", "sensor": "power", "fault": "stuck"}, Role.CHAOS),
        ({"do": "crash"}, Role.CHAOS),
        ({"do": "go-offline"}, Role.CHAOS),
    ],
)
def test_a_word_that_breaks_something_needs_its_own_role(home: Keyed, word: dict[str, Any], role: Role) -> None:
    for path, body in (("/v1/devices/pi-0003/commands", word), ("/v1/commands?dry_run=true", {**word, "on": "all"})):
        as_operator = home.house.call("POST", path, body, **home.bearer(Role.OPERATE)).status_code
        assert (as_operator == 403) == (role is Role.CHAOS)
        assert home.house.call("POST", path, body, **home.bearer(Role.READ)).status_code == 403


# --- sessions ---


def begin(home: Keyed, role: Role) -> str:
    result = home.house.call("POST", "/v1/session", {"key": home.secrets[role]})
    assert result.status_code == 200
    cookie = result.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    return cookie.partition(";")[0]


def test_a_key_is_exchanged_for_a_cookie_which_reads_but_writes_from_our_own_pages_only(home: Keyed) -> None:
    cookie = begin(home, Role.OPERATE)
    assert home.house.get("/v1/me", Cookie=cookie)["how"] == "session"
    for headers, status in [
        ({}, 403),
        ({"Origin": "http://localhost"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost.evil.example"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403),
    ]:
        result = home.house.call("PATCH", "/v1/clock", {"paused": False}, Cookie=cookie, **headers)
        assert result.status_code == status, headers


def test_a_session_has_the_role_of_its_key_and_ends_when_it_is_told_to(home: Keyed) -> None:
    cookie = begin(home, Role.READ)
    own = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
    assert home.house.call("PATCH", "/v1/clock", {"paused": False}, **own).status_code == 403
    assert home.house.call("DELETE", "/v1/session", Cookie=cookie).status_code == 403
    assert home.house.call("DELETE", "/v1/session", **own).status_code == 204
    assert home.house.call("GET", "/v1/me", Cookie=cookie).status_code == 401


def test_a_foreign_page_cannot_begin_a_session(home: Keyed) -> None:
    body = {"key": home.secrets[Role.READ]}
    assert home.house.call("POST", "/v1/session", body, Origin="http://evil.example").status_code == 403
    assert home.house.call("POST", "/v1/session", {"key": "dsk_wrong"}).status_code == 401


def test_the_cookie_is_for_tls_only_where_there_is_tls(home: Keyed) -> None:
    body = {"key": home.secrets[Role.READ]}
    plain = home.house.call("POST", "/v1/session", body).headers["set-cookie"]
    secure = home.house.call("POST", "/v1/session", body, X_Forwarded_Proto="https").headers["set-cookie"]
    assert "Secure" not in plain
    assert "Secure" in secure


def test_sessions_end_by_themselves_and_are_not_many() -> None:
    sessions = Sessions(2)
    first, second, third = (sessions.begin(f"key-{n}", n) for n in range(3))
    assert (sessions.key_of(first, 3), sessions.key_of(second, 3), sessions.key_of(third, 3)) == (
        None,
        "key-1",
        "key-2",
    )
    assert sessions.key_of(third, 12 * 3600 * 10**9 + 2) is None


# --- keys ---


def test_keys_are_made_shown_and_taken_away_and_the_secret_is_shown_once() -> None:
    with keyed() as home:
        admin = home.bearer(Role.ADMIN)
        made = home.house.call("POST", "/v1/keys", {"name": "new", "role": "read"}, **admin)
        assert made.status_code == 201
        secret = made.json["key"]
        assert len(secret) >= 43
        mine = {"Authorization": f"Bearer {secret}"}
        assert home.house.get("/v1/me", **mine)["key"] == made.json["id"]
        assert secret not in home.house.call("GET", "/v1/keys", **admin).text
        assert home.house.call("DELETE", f"/v1/keys/{made.json['id']}", **admin).status_code == 204
        assert home.house.call("GET", "/v1/me", **mine).status_code == 401


def test_the_session_of_a_key_that_is_taken_away_is_over() -> None:
    with keyed() as home:
        cookie = begin(home, Role.READ)
        keys = home.house.get("/v1/keys", **home.bearer(Role.ADMIN))["items"]
        id = next(key["id"] for key in keys if key["role"] == "read")
        home.house.call("DELETE", f"/v1/keys/{id}", **home.bearer(Role.ADMIN))
        assert home.house.call("GET", "/v1/me", Cookie=cookie).status_code == 401


def test_nobody_can_lock_everybody_out_nor_open_the_house() -> None:
    with house() as home:
        assert home.call("POST", "/v1/keys", {"name": "first", "role": "read"}).status_code == 409
        made = home.call("POST", "/v1/keys", {"name": "first", "role": "admin"})
        head = {"Authorization": f"Bearer {made.json['key']}"}
        assert home.call("GET", "/v1/me").status_code == 401
        assert home.call("DELETE", f"/v1/keys/{made.json['id']}", **head).status_code == 409
        assert home.call("GET", "/v1/me").status_code == 401


def test_keys_in_a_file_are_there_again_and_hold_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = FileKeys(path)
    secret, record = new_key("a", Role.ADMIN, 1)
    keys.add(record)
    assert FileKeys(path).records() == (record,)
    assert secret not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    assert keys.remove(record.id)
    assert not keys.remove(record.id)
    assert FileKeys(path).records() == ()
    path.write_text("[{}]")
    with pytest.raises(ValueError, match="holds no keys"):
        FileKeys(path)


def test_a_secret_has_256_bits_and_only_its_digest_is_kept() -> None:
    secrets = {new_key("a", Role.READ, 0)[0] for _ in range(100)}
    assert len(secrets) == 100
    assert all(len(secret.removeprefix("dsk_")) == 43 for secret in secrets)
    secret, record = new_key("a", Role.READ, 0)
    assert secret not in repr(record)
    assert len(record.digest) == 32


def test_digests_are_compared_in_constant_time_and_nowhere_else() -> None:
    """A static check: no `==` touches a digest or a secret, and `compare_digest` stands in one place."""
    places = []
    for path in sorted((Path(__file__).parents[3] / "api").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            equal = isinstance(node, ast.Compare) and any(
                isinstance(op, ast.Eq | ast.NotEq | ast.In) for op in node.ops
            )
            if equal and "api/access/" in path.as_posix():
                names = {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
                names |= {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
                assert not names & {"secret", "digest", "cookie"}, f"{path}: {ast.unparse(node)}"
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "compare_digest":
                places.append(path.name)
    assert places == ["secrets.py"]


# --- an open house ---


def test_without_a_key_it_is_open_to_this_machine_only() -> None:
    with house() as home:
        assert home.get("/v1/me")["how"] == "open"
        for address, status in [("127.0.0.1", 200), ("127.8.8.8", 200), ("::1", 200), ("", 200), ("10.0.0.7", 403)]:
            result = home.client.simulate_get("/v1/me", headers={"Host": "localhost"}, remote_addr=address)
            assert result.status_code == status, address
        for address in ("::ffff:10.0.0.7", "fe80::1", "not an address", "0.0.0.0"):
            result = home.client.simulate_get("/v1/me", headers={"Host": "localhost"}, remote_addr=address)
            assert result.status_code == 403, address


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("localhost:8080", 200),
        ("127.0.0.1:8080", 200),
        ("[::1]:80", 200),
        ("LOCALHOST", 200),
        ("evil.example", 403),
        ("localhost.evil.example", 403),
        ("127.0.0.1.evil.example:80", 403),
        ("localhost:evil", 403),
        ("", 403),
        ("localhost@evil.example", 403),
        ("10.0.0.7", 403),
    ],
)
def test_an_open_house_answers_to_its_own_names_only(host: str, status: int) -> None:
    with house(seconds=0) as home:
        assert home.call("GET", "/v1/me", Host=host).status_code == status


def test_a_foreign_page_changes_nothing_in_an_open_house() -> None:
    with house() as home:
        for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
            assert home.call("POST", "/v1/devices/pi-0001/commands", {"do": "pause"}, **headers).status_code == 403
        assert home.get("/v1/devices/pi-0001")["state"] == "running"
        assert home.call("POST", "/v1/devices/pi-0001/commands", {"do": "pause"}).status_code == 200


def test_two_routes_cannot_have_one_address() -> None:
    routes = all_routes()
    with pytest.raises(ValueError, match="there twice"):
        by_path((*routes, routes[0]))


def test_keys_are_safe_to_change_from_several_threads() -> None:
    keys = MemoryKeys()
    for n in range(3):
        keys.add(new_key(f"{n}", Role.READ, n)[1])
    assert [record.name for record in keys.records()] == ["0", "1", "2"]
