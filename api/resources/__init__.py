"""One file a noun: what `ROUTES` of each names is served. A new noun is a new file and nothing else."""

from importlib import import_module
from pkgutil import iter_modules

from api.route import Route


def all_routes() -> tuple[Route, ...]:
    """The routes of every noun, in the order of their files' names."""
    names = sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))
    return tuple(route for name in names for route in import_module(f"{__name__}.{name}").ROUTES)
