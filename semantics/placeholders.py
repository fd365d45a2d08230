"""Variables of dashboards inside expressions: a parser of PromQL does not know them."""

import re
from collections.abc import Callable, Iterator

RANGE = "7919ms"
"""Stands for a range that a variable gives: a prime number that nobody writes."""
RANGE_SECONDS = 7.919
VARIABLE = "variable_"
"""Begins the word that stands for a variable."""

_QUOTED = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)""")
_VARIABLE = r"(?:\$\{\w+(?:[:.][^}]*)?\}|\[\[\w+(?::\w+)?\]\]|\$\w+)"
_IN_RANGE = re.compile(rf"\[\s*(?:{_VARIABLE}|\d+\w+)(\s*:\s*(?:{_VARIABLE}|\d+\w+)?)?\s*\]")
_OFFSET = re.compile(rf"\boffset\s+-?{_VARIABLE}")
_ANYWHERE = re.compile(_VARIABLE)


def without_variables(expression: str) -> Iterator[str]:
    """The expression with something parsable instead of each variable, most likely form first.

    A variable may stand for a name or for a number; strings stay as they are.
    """
    for replacement in (_as_word, _as_number, _as_nothing):
        yield "".join(
            part if index % 2 else _replaced(part, replacement)
            for index, part in enumerate(_QUOTED.split(expression))
        )


def has_variable(text: str) -> bool:
    """Whether a label's value contains a variable."""
    return _ANYWHERE.search(text) is not None


def _replaced(code: str, replacement: Callable[[re.Match[str]], str]) -> str:
    code = _IN_RANGE.sub(_range, code)
    code = _OFFSET.sub("offset 1h", code)
    return _ANYWHERE.sub(replacement, code)


def _range(match: re.Match[str]) -> str:
    text = match.group()
    if not _ANYWHERE.search(text):
        return text
    return _ANYWHERE.sub(RANGE, text)


def _as_word(match: re.Match[str]) -> str:
    return VARIABLE + re.sub(r"\W.*", "", match.group().strip("${[]}"))


def _as_number(_: re.Match[str]) -> str:
    return "7919"


def _as_nothing(_: re.Match[str]) -> str:
    return ""
