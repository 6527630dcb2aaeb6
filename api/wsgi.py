"""The WSGI application. It is made in the worker, with the host whose fleet the worker starts once it has begun."""

from dataclasses import replace

from api.app import create_app
from api.doors.egress import Egress
from api.doors.files import served_files
from api.limits import ApiLimits
from api.serving.life import host
from api.serving.plan import chosen

_SERVER = chosen().server
app = create_app(
    host(),
    keys=host().keys,
    limits=replace(ApiLimits(), streams=_SERVER.streams),
    egress=Egress(_SERVER.targets),
    files=served_files(chosen().folder, _SERVER.files),
)
