"""The one door for YAML: plain data out of hostile text, with bounded work.

The document is built from the parser's events, not by a loader, so that every limit holds while composing:
nothing is made for the node after the last one allowed. Refused: aliases (a 430-byte document can stand for
billions of nodes), merge keys, tags, several documents, duplicate keys, too deep, too long, too many.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import yaml

from schemas.paths import Path, format_path
from schemas.problems import InvalidInput, Problem
from schemas.yaml_scalars import ScalarError, checked_text, plain_scalar

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Only its event parser is used; the C one is about five times faster."""

_MOST_PROBLEMS: Final = 50


@dataclass(frozen=True, slots=True)
class YamlLimits:
    """How much of a document is looked at before it is refused."""

    size: int = 256 * 1024
    """Bytes of UTF-8."""
    depth: int = 16
    """Lists and mappings inside each other."""
    nodes: int = 50_000
    """Keys, values, lists and mappings together."""
    text: int = 4096
    """Characters of one scalar."""


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document: plain data, and the line (from 1) on which every part of it stands."""

    value: object
    lines: dict[Path, int]


def load_yaml(text: str, source: str, limits: YamlLimits | None = None) -> Document:
    """The plain data of one YAML document: dicts with text keys, lists, text, numbers, booleans and None.

    Raises `InvalidInput` and nothing else, whatever the text.
    """
    chosen = limits or YamlLimits()
    _check_size(text, source, chosen)
    composer = _Composer(source, chosen)
    try:
        for event in _events(text):
            composer.take(event)
    except InvalidInput:
        raise
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # The parser written in Python lets a few conversion errors through (`"\UFFFFFFFF"`).
        raise InvalidInput(source, [*composer.problems, _syntax_problem(error)]) from None
    if composer.problems:
        raise InvalidInput(source, composer.problems)
    return Document(composer.root, composer.lines)


def _check_size(text: str, source: str, limits: YamlLimits) -> None:
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError:
        raise InvalidInput(source, [Problem("(document)", "half of a surrogate pair", "UTF-8 text")]) from None
    if size > limits.size:
        raise InvalidInput(source, [Problem("(document)", f"{size} bytes", f"at most {limits.size} bytes")])


def _events(text: str) -> Iterator[yaml.Event]:
    yield from yaml.parse(text, Loader=_LOADER)


def _syntax_problem(error: Exception) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "text that is not YAML")
    what = what.removeprefix("found ")
    column = "" if mark is None else f" at column {mark.column + 1}"
    hint = "Check the indentation, the quotes and the brackets there; tabs may not indent."
    return Problem("(document)", f"{what}{column}", "YAML", hint, None if mark is None else mark.line + 1)


class _Open:
    """A list or mapping that is not closed yet."""

    __slots__ = ("into", "key", "path")

    def __init__(self, into: dict[str, object] | list[object], path: Path) -> None:
        self.into = into
        self.path = path
        self.key: str | None = None


class _Composer:
    """Builds the document from events and refuses what is over a limit."""

    def __init__(self, source: str, limits: YamlLimits) -> None:
        self.root: object = None
        self.lines: dict[Path, int] = {}
        self.problems: list[Problem] = []
        self._source = source
        self._limits = limits
        self._stack: list[_Open] = []
        self._nodes = 0
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """One event of the parser."""
        line = event.start_mark.line + 1 if event.start_mark is not None else 1
        match event:
            case yaml.ScalarEvent():
                self._count(line)
                self._refuse_tag(event, line)
                self._scalar(event, line)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._count(line)
                self._refuse_tag(event, line)
                self._open(event, line)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._stack.pop()
            case yaml.AliasEvent():
                self._stop(
                    self._here(), f"the alias '*{str(event.anchor)[:40]}'", "no aliases; write the value out", line
                )
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    self._stop((), "a second document ('---')", "one document", line)

    def _count(self, line: int) -> None:
        self._nodes += 1
        if self._nodes > self._limits.nodes:
            self._stop((), f"more than {self._limits.nodes} nodes", f"at most {self._limits.nodes} nodes", line)

    def _refuse_tag(self, event: yaml.Event, line: int) -> None:
        # libyaml gives "!" for quoted text without a tag in some positions; it changes nothing.
        tag = getattr(event, "tag", None)
        if tag is not None and tag != "!":
            self._stop(self._here(), f"the tag '{tag[:40]}'", "no tags", line)

    def _open(self, event: yaml.Event, line: int) -> None:
        if self._wants_key():
            self._stop(self._here(), "a list or mapping as a key", "text as a key", line)
        into: dict[str, object] | list[object] = {} if isinstance(event, yaml.MappingStartEvent) else []
        path = self._put(into, line)
        self._stack.append(_Open(into, path))
        if len(self._stack) > self._limits.depth:
            allowed = f"at most {self._limits.depth} lists and mappings inside each other"
            self._stop(path, "deeper nesting", allowed, line)

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        text = event.value
        if len(text) > self._limits.text:
            allowed = f"at most {self._limits.text} characters"
            self._refuse(self._here(), f"{len(text)} characters", allowed, line)
            text = ""
        plain = event.style is None or event.style == ""
        if self._wants_key():
            self._key(text, plain, line)
            return
        value: object = None
        try:
            value = plain_scalar(text) if plain else checked_text(text)
        except ScalarError as error:
            self._refuse(self._here(), ascii(text[:40]), str(error), line)
        self._put(value, line)

    def _key(self, text: str, plain: bool, line: int) -> None:
        # A key is always the text that stands there: `on`, `1` and `null` are words like any other.
        frame = self._stack[-1]
        assert isinstance(frame.into, dict)
        frame.key = text
        path = (*frame.path, text)
        if text == "<<" and plain:
            self._stop(path, "a merge key", "no merge keys; write the keys out", line)
        if text in frame.into:
            before = self.lines.get(path)
            self._refuse(path, f"the key a second time (first on line {before})", "every key once", line)
        try:
            checked_text(text)
        except ScalarError as error:
            self._refuse(path, "such a key", str(error), line)

    def _wants_key(self) -> bool:
        return bool(self._stack) and isinstance(self._stack[-1].into, dict) and self._stack[-1].key is None

    def _here(self) -> Path:
        if not self._stack:
            return ()
        frame = self._stack[-1]
        if isinstance(frame.into, list):
            return (*frame.path, len(frame.into))
        return frame.path if frame.key is None else (*frame.path, frame.key)

    def _put(self, value: object, line: int) -> Path:
        path = self._here()
        self.lines[path] = line
        if not self._stack:
            self.root = value
            return path
        frame = self._stack[-1]
        if isinstance(frame.into, list):
            frame.into.append(value)
        elif frame.key is not None:
            frame.into[frame.key] = value
            frame.key = None
        return path

    def _refuse(self, path: Path, found: str, allowed: str, line: int) -> None:
        self.problems.append(Problem(format_path(path), found, allowed, "", line))
        if len(self.problems) >= _MOST_PROBLEMS:
            raise InvalidInput(self._source, self.problems)

    def _stop(self, path: Path, found: str, allowed: str, line: int) -> None:
        self.problems.append(Problem(format_path(path), found, allowed, "", line))
        raise InvalidInput(self._source, self.problems)
