import re

_FOLDER = re.compile(r"(?:/[\w.-]+)+/lab(?=/(?:run-\d+|venv|node_modules)\b)")
"""The folder of a lab on its machine, before what it has there."""
NEUTRAL = "/srv/lab"


def with_neutral_paths(text: str) -> str:
    """The text with `/srv/lab` for the folder of every lab: a recording names no place of its machine."""
    return _FOLDER.sub(NEUTRAL, text)
