"""Topic templates: which topic a frame's records go to."""

import re
from collections.abc import Iterable
from typing import Final

_FIELD: Final = re.compile(r"\{([^{}]*)\}")
_TOPIC: Final = re.compile(r"[a-zA-Z0-9._-]{1,249}")
"""What Kafka takes as the name of a topic; besides, not `.` and not `..`."""


def check_topic(topic: str) -> str:
    """The topic itself. `ValueError` when Kafka would not take its name."""
    if not _TOPIC.fullmatch(topic) or topic in (".", ".."):
        raise ValueError(f"found {topic!r}; allowed: 1 to 249 letters, digits, dots, underscores, hyphens")
    return topic


def check_template(template: str, fields: Iterable[str]) -> str:
    """The template itself. `ValueError` when it is no topic, or has a field that there is not."""
    fields = tuple(fields)
    for field in _FIELD.findall(template):
        if field not in fields:
            raise ValueError(f"found {{{field}}}; allowed: {', '.join(f'{{{name}}}' for name in fields)}")
    plain = _FIELD.sub("x", template)
    if "{" in plain or "}" in plain:
        raise ValueError("found a single brace; allowed: fields such as {topic}")
    check_topic(plain)
    return template


def filled(template: str, **parts: str) -> str:
    """The topic. `ValueError` when a part is none of a topic's name."""
    return check_topic(template.format(**parts))
