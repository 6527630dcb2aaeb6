"""Families: folders of modules found by name and imported on first use, joined by the members of installed packages.

A family is a package whose modules each hold one member under an agreed attribute. The file name is the word used in
scenarios and addresses: `fan_bearing.py` is `fan-bearing`. A package of someone else adds members through entry
points. Modules whose name begins with an underscore, and `base`, are the family's own workings and no members.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar

from schemas.problems import suggest

T = TypeVar("T")

Discover = Callable[[str], tuple[EntryPoint, ...]]

_NO_MEMBERS: Final = frozenset({"base"})


class UnknownWord(LookupError):
    """A word that no member of the family answers to; lists the known ones and proposes the nearest."""

    def __init__(self, noun: str, word: str, known: tuple[str, ...]) -> None:
        self.noun = noun
        self.word = word
        self.known = known
        self.suggestion = suggest(word, known)
        text = f"unknown {noun} '{word}'; known: {', '.join(known) or 'none'}"
        super().__init__(f"{text}. {self.suggestion}" if self.suggestion else text)


class BrokenMember(RuntimeError):
    """A member that is there but cannot be used; names where it comes from and why. The others are not touched."""

    def __init__(self, noun: str, word: str, origin: str, reason: str) -> None:
        self.word = word
        self.origin = origin
        self.reason = reason
        super().__init__(f"{noun} '{word}' of {origin} cannot be used: {reason}")


def word_of(module: str) -> str:
    """The word of a module: `fan_bearing` is `fan-bearing`."""
    return module.replace("_", "-")


def _installed(group: str) -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=group))


class Family(Generic[T]):
    """The members of one family, by their words.

    `package` is the folder (`engine.faults`), `attribute` the name under which each module holds its member (`FAULT`),
    `group` the entry-point group through which installed packages add theirs (`data_simulator.faults`), and `noun`
    what a member is called in errors. `fits` may refuse a member by answering what is wrong with it (empty: nothing).
    Nothing is imported, and no installed package looked for, before the first question.
    """

    def __init__(
        self,
        package: str,
        attribute: str,
        entry_points: str,
        *,
        noun: str = "",
        fits: Callable[[Any], str] | None = None,
        discover: Discover = _installed,
    ) -> None:
        self.package = package
        self.attribute = attribute
        self.group = entry_points
        self.noun = noun or attribute.lower()
        self._fits = fits
        self._discover = discover
        self._own: Mapping[str, str] | None = None
        self._foreign: Mapping[str, tuple[EntryPoint, ...]] | None = None
        self._loaded: dict[str, T] = {}

    def names(self) -> tuple[str, ...]:
        """Every word of the family, sorted; imports no member."""
        return tuple(sorted({*self._modules(), *self._points()}))

    def __contains__(self, word: object) -> bool:
        return word in self._modules() or word in self._points()

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def get(self, word: str) -> T:
        """The member of this word, imported now if need be; `UnknownWord` or `BrokenMember` if there is none."""
        member = self._loaded.get(word)
        if member is None:
            member = self._loaded[word] = self._load(word)
        return member

    def members(self) -> Mapping[str, T]:
        """Every member that can be used, by its word; those that cannot are told by `problems`."""
        found: dict[str, T] = {}
        for word in self.names():
            try:
                found[word] = self.get(word)
            except BrokenMember:
                continue
        return MappingProxyType(found)

    def origin(self, word: str) -> str:
        """Where a member comes from: a module of this product, or an installed package with its version."""
        module = self._modules().get(word)
        if module is not None:
            return module
        points = self._points().get(word, ())
        return " and ".join(_source(point) for point in points)

    def problems(self) -> tuple[str, ...]:
        """What is wrong with members: those that cannot be used, and those hidden behind a built-in one."""
        found = [
            f"{self.noun} '{word}' of {_source(point)} is not used: the word belongs to {self._modules()[word]}"
            for word, points in self._points().items()
            if word in self._modules()
            for point in points
        ]
        for word in self.names():
            try:
                self.get(word)
            except BrokenMember as error:
                found.append(str(error))
        return tuple(found)

    def _load(self, word: str) -> T:
        if word not in self:
            raise UnknownWord(self.noun, word, self.names())
        member = self._import(word)
        name = getattr(member, "name", word)
        wrong = f"it calls itself '{name}'" if name != word else self._fits(member) if self._fits else ""
        if wrong:
            raise BrokenMember(self.noun, word, self.origin(word), wrong)
        return member

    def _import(self, word: str) -> T:
        """Import one member. Whatever foreign code raises while it is imported becomes the member's own fault."""
        module = self._modules().get(word)
        points = self._points().get(word, ())
        try:
            if module is not None:
                found: T = getattr(importlib.import_module(module), self.attribute)
                return found
            if len(points) > 1:
                raise LookupError("several installed packages claim this word")
            loaded: T = points[0].load()
            return loaded
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise BrokenMember(self.noun, word, self.origin(word), reason) from error

    def _modules(self) -> Mapping[str, str]:
        if self._own is None:
            spec = find_spec(self.package)
            folders = spec.submodule_search_locations if spec else None
            self._own = {
                word_of(found.name): f"{self.package}.{found.name}"
                for found in pkgutil.iter_modules(folders or [])
                if not found.name.startswith("_") and found.name not in _NO_MEMBERS
            }
        return self._own

    def _points(self) -> Mapping[str, tuple[EntryPoint, ...]]:
        if self._foreign is None:
            gathered: dict[str, tuple[EntryPoint, ...]] = {}
            for point in sorted(self._discover(self.group), key=lambda point: (point.name, _source(point))):
                gathered[point.name] = (*gathered.get(point.name, ()), point)
            self._foreign = gathered
        return self._foreign


def _source(point: EntryPoint) -> str:
    """Name and version of the package an entry point comes from."""
    package = point.dist
    return f"{package.name} {package.version} ({point.value})" if package is not None else point.value
