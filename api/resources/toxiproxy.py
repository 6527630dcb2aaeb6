"""Fault proxies in the shape of Toxiproxy's own API, for clients that know it. What is begun is chaos as all other."""

from typing import Final

from api.bodies import model_body
from api.models.base import Asked
from api.models.toxiproxy import (
    ProxiesShown,
    ProxyBody,
    ProxyShown,
    ToxicBody,
    ToxicPatch,
    ToxicShown,
    ToxicsShown,
    VersionShown,
)
from api.problems import refused
from api.roles import Role
from api.route import Answer, Call, Gives, Route, route
from api.toxics import DOWN, action_of, begin, check, parameters, proxies_of, proxy_of, send, shown, toxic_of
from schemas.commands import EndChaos

VERSION: Final = "2.12.0"
_BASE: Final = "/v1/toxiproxy"


@route("GET", f"{_BASE}/version", role=Role.READ, gives=VersionShown, query=Asked)
def get_toxiproxy_version(_: Call) -> Answer:
    """Say whose shape this is."""
    return Answer(VersionShown(version=VERSION))


@route("GET", f"{_BASE}/proxies", role=Role.READ, gives=ProxiesShown, query=Asked)
def list_proxies(call: Call) -> Answer:
    """List the fault proxies of the run.

    They stand where the scenario names them, under `proxies` or in a step; none is made or taken away here.
    """
    return Answer(ProxiesShown({proxy.name: shown(proxy) for proxy in proxies_of(call)}))


@route("GET", f"{_BASE}/proxies/{{proxy}}", role=Role.READ, gives=ProxyShown)
def get_proxy(call: Call) -> Answer:
    """Show one proxy with its toxics."""
    return Answer(shown(proxy_of(call)))


@route(
    "POST",
    f"{_BASE}/proxies/{{proxy}}",
    role=Role.CHAOS,
    body=model_body(ProxyBody),
    gives=ProxyShown,
    problems=(409,),
)
def change_proxy(call: Call) -> Answer:
    """Let nobody in any more, or everybody again."""
    return _switch(call)


@route(
    "PATCH",
    f"{_BASE}/proxies/{{proxy}}",
    role=Role.CHAOS,
    body=model_body(ProxyBody),
    gives=ProxyShown,
    problems=(409,),
)
def patch_proxy(call: Call) -> Answer:
    """Let nobody in any more, or everybody again."""
    return _switch(call)


def _switch(call: Call) -> Answer:
    proxy, body = proxy_of(call), call.body
    for name in ("name", "listen", "upstream"):
        if getattr(body, name) not in (None, getattr(proxy, name)):
            raise refused(f"{name}: found {getattr(body, name)!r}; a proxy of a run stays {getattr(proxy, name)}")
    if body.enabled == (DOWN in proxy.in_force):
        send(call, EndChaos(DOWN, proxy.name) if body.enabled else begin(DOWN, proxy.name, {}))
    return Answer(shown(proxy_of(call)))


@route("GET", f"{_BASE}/proxies/{{proxy}}/toxics", role=Role.READ, gives=ToxicsShown)
def list_toxics(call: Call) -> Answer:
    """List the toxics in force at one proxy."""
    return Answer(ToxicsShown(shown(proxy_of(call)).toxics))


@route(
    "POST",
    f"{_BASE}/proxies/{{proxy}}/toxics",
    role=Role.CHAOS,
    body=model_body(ToxicBody),
    gives=ToxicShown,
    problems=(409,),
)
def add_toxic(call: Call) -> Answer:
    """Add a toxic: one of a type at a time, on one stream or on both.

    It lasts until it is removed, or until all chaos is undone.
    """
    proxy, body = proxy_of(call), call.body
    stream = body.stream or "downstream"
    if body.name not in ("", f"{body.type}_{stream}"):
        raise refused(f"name: found {body.name!r}; a toxic is called by its type and stream, {body.type}_{stream}")
    action = body.type.replace("_", "-")
    if action in proxy.in_force:
        raise refused(f"a toxic of the type {body.type} is there already; remove it, or change it")
    dose = {"stream": stream, "toxicity": body.toxicity, **parameters(body.type, body.attributes)}
    send(call, begin(action, proxy.name, dose))
    return Answer(toxic_of(proxy_of(call), action))


@route("GET", f"{_BASE}/proxies/{{proxy}}/toxics/{{toxic}}", role=Role.READ, gives=ToxicShown)
def get_toxic(call: Call) -> Answer:
    """Show one toxic."""
    proxy = proxy_of(call)
    return Answer(toxic_of(proxy, action_of(call, proxy)))


@route(
    "POST",
    f"{_BASE}/proxies/{{proxy}}/toxics/{{toxic}}",
    role=Role.CHAOS,
    body=model_body(ToxicPatch),
    gives=ToxicShown,
    problems=(409,),
)
def change_toxic(call: Call) -> Answer:
    """Change the dose of a toxic."""
    return _dose(call)


@route(
    "PATCH",
    f"{_BASE}/proxies/{{proxy}}/toxics/{{toxic}}",
    role=Role.CHAOS,
    body=model_body(ToxicPatch),
    gives=ToxicShown,
    problems=(409,),
)
def patch_toxic(call: Call) -> Answer:
    """Change the dose of a toxic."""
    return _dose(call)


def _dose(call: Call) -> Answer:
    proxy, body = proxy_of(call), call.body
    action = action_of(call, proxy)
    before = toxic_of(proxy, action)
    for name in ("name", "type", "stream"):
        if getattr(body, name) not in (None, "", getattr(before, name)):
            raise refused(f"{name}: found {getattr(body, name)!r}; of a toxic that is there it stays as it is")
    toxicity = {} if body.toxicity is None else {"toxicity": body.toxicity}
    dose = {**proxy.in_force[action], **toxicity, **parameters(before.type, body.attributes)}
    check(action, dose)  # before the old dose ends, which would be gone
    send(call, EndChaos(action, proxy.name))
    send(call, begin(action, proxy.name, dose))
    return Answer(toxic_of(proxy_of(call), action))


@route(
    "DELETE",
    f"{_BASE}/proxies/{{proxy}}/toxics/{{toxic}}",
    role=Role.CHAOS,
    gives={204: Gives("The toxic is gone.", empty=True)},
)
def remove_toxic(call: Call) -> Answer:
    """Remove one toxic."""
    proxy = proxy_of(call)
    send(call, EndChaos(action_of(call, proxy), proxy.name))
    return Answer(status=204)


@route("POST", f"{_BASE}/reset", role=Role.OPERATE, gives={204: Gives("All proxies are well.", empty=True)})
def reset_proxies(call: Call) -> Answer:
    """Remove every toxic and let everybody in, at every proxy; other chaos stays."""
    for proxy in proxies_of(call):
        for action in proxy.in_force:
            send(call, EndChaos(action, proxy.name))
    return Answer(status=204)


ROUTES: Final[tuple[Route, ...]] = (
    get_toxiproxy_version,
    list_proxies,
    get_proxy,
    change_proxy,
    patch_proxy,
    list_toxics,
    add_toxic,
    get_toxic,
    change_toxic,
    patch_toxic,
    remove_toxic,
    reset_proxies,
)
