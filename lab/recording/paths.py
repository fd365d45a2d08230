import re

_FOLDER = re.compile(r"(?:/[\w.-]+)+/lab(?=/(?:run-\d+|venv|node_modules)\b)")
"""The folder of a lab on its machine, before what it has there."""
_PYTHON = re.compile(r"(?<![\w.-])/(?!srv/|usr/)(?:[\w.-]+/)+lib(?=/python3\.\d+/)")
"""Where an interpreter that Debian did not install has its library."""


def with_neutral_paths(text: str) -> str:
    """The text with /srv/lab for the folder of every lab, and /usr/lib for that of Python's library.

    A recording names no place of the machine that made it.
    """
    return _PYTHON.sub("/usr/lib", _FOLDER.sub("/srv/lab", text))
