"""Topic templates: which topic a reading, a frame, a truth, a fault or a word about the connection goes to."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

_FIELD: Final = re.compile(r"\{([^{}]*)\}")
_FORBIDDEN: Final = re.compile("[+#\0]")
MOST_BYTES: Final = 65_535


def check_template(template: str, fields: Iterable[str]) -> str:
    """The template itself. `ValueError` when it is no topic, or has a field that there is not."""
    fields = tuple(fields)
    for field in _FIELD.findall(template):
        if field not in fields:
            raise ValueError(f"found {{{field}}}; allowed: {', '.join(f'{{{name}}}' for name in fields)}")
    plain = _FIELD.sub("x", template)
    if "{" in plain or "}" in plain:
        raise ValueError("found a single brace; allowed: fields such as {device}")
    check_topic(plain)
    return template


def check_topic(topic: str) -> str:
    """The topic itself. `ValueError` when nothing may be published on it."""
    if _FORBIDDEN.search(topic) or any(not level for level in topic.split("/")) or topic.startswith("$"):
        raise ValueError(f"found {topic!r}; allowed: levels that are not empty, without + and #, not beginning with $")
    if len(topic.encode()) > MOST_BYTES:
        raise ValueError(f"found a topic of {len(topic.encode())} bytes; allowed: {MOST_BYTES}")
    return topic


def part(text: str) -> str:
    """A name as one level of a topic. `ValueError` when it would be another topic than the one meant."""
    if not text or "/" in text or _FORBIDDEN.search(text):
        raise ValueError(f"{text!r} cannot be a level of a topic: it is empty or holds one of / + #")
    return text


def levels(text: str) -> str:
    """A name as one level of a topic, or several. `ValueError` when it would be another topic than the one meant."""
    return "/".join(map(part, text.split("/")))


def filled(template: str, **parts: str) -> str:
    """The topic. `ValueError` when a part is no level; that of a fault may be several."""
    made = {name: _READ.get(name, part)(text) for name, text in parts.items()}
    return check_topic(template.format(**made))


_READ: Final[Mapping[str, Callable[[str], str]]] = {"topic": str, "fault": levels}
