"""Text from outside (names, log lines, user input) for use in our own sentences."""

_SPECIAL = str.maketrans(dict.fromkeys("\\`*[]<>#|!~", " "))
_LONGEST = 120


def plain(text: str) -> str:
    """The text as one short line without control characters and Markdown."""
    line = "".join(char if char.isprintable() else " " for char in text[: 4 * _LONGEST])
    line = " ".join(line.translate(_SPECIAL).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
