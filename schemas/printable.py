"""Text that may come from anywhere, made safe to show on one line of a terminal."""


def printable(text: str) -> str:
    """The text, with each character that does not print (line ends, escapes, marks of direction) as `\\x1b` or so."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)
