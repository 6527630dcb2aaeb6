"""A schema registry on loopback with Confluent's API: what a newcomer's producers and consumers ask for schemas."""

from actors.embedded.registry.server import RegistryHandle, start_registry

__all__ = ["RegistryHandle", "start_registry"]
