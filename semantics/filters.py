"""Filters of documents, in Lucene's syntax or KQL, as matchers of PromQL.

Only conditions that every selected document meets become matchers: those joined by AND, and alternatives of
one field. Others say nothing about what is counted.
"""

import re
from dataclasses import dataclass, replace

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:\\.|[^"\\])*")|(?P<range>[\[{]\s*[^\s\]}]+\s+TO\s+[^\s\]}]+\s*[\]}])"""
    r"""|(?P<sign>[()]|>=|<=|[:<>=!])|(?P<word>(?:\\.|[^\s()"':<>=!\[\]{}])+|'(?:[^'\\]|\\.)*'))"""
)
_FAILURE = re.compile(r"(?i)^(?:errors?|exceptions?|fatal|panic|failed|failures?|critical|traceback)$")
_CLASSES = {
    ">= 500": "5..",
    "> 499": "5..",
    ">= 400": "[45]..",
    "> 399": "[45]..",
    "< 400": "[123]..",
    "<= 399": "[123]..",
    "< 300": "[12]..",
    "< 500": "[1234]..",
}
"""Comparisons that select whole classes of status codes, as patterns."""
_KEYWORDS = {"AND", "OR", "NOT", "&&", "||"}
_LONGEST = 4000
_DEEPEST = 30


class UnreadableFilterError(Exception):
    """The text is no filter in either syntax."""


@dataclass(frozen=True)
class _Condition:
    """Values of a field of which documents have one, as a pattern; `negative`: of which they have none."""

    field: str
    pattern: str
    negative: bool = False


def filter_matchers(text: str) -> list[str]:
    """The matchers of the filter, such as `level="error"`; [] for one that says nothing.

    Raises UnreadableFilterError for another syntax.
    """
    if len(text) > _LONGEST:
        raise UnreadableFilterError("it is too long")
    tokens = _tokens(text)
    return [_matcher(condition) for condition in _Parser(tokens).conditions()] if tokens else []


def _matcher(condition: _Condition) -> str:
    label = re.sub(r"\W", "_", condition.field)
    plain = re.fullmatch(r"[\w\- ]*", condition.pattern) is not None
    operator = {(True, False): "=", (True, True): "!=", (False, False): "=~", (False, True): "!~"}
    quoted = condition.pattern.replace("\\", "\\\\").replace('"', '\\"')
    return f'{label}{operator[plain, condition.negative]}"{quoted}"'


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens = []
    place = 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None:
            raise UnreadableFilterError(f"{text[place : place + 20]!r} is not understood")
        kind = match.lastgroup or ""
        value = match[kind]
        tokens.append(
            ("word" if value.startswith("'") else kind, value.strip("'") if kind == "word" else value)
        )
        place = match.end()
    return tokens


class _Parser:
    """A parser by recursive descent; each rule returns what all documents that it selects have in common."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0

    def conditions(self) -> list[_Condition]:
        """The conditions of the whole filter."""
        conditions = self._alternatives("")
        if self._place < len(self._tokens):
            raise UnreadableFilterError(f"{self._tokens[self._place][1]!r} is not understood")
        return conditions

    def _alternatives(self, field: str) -> list[_Condition]:
        branches = [self._conjunction(field)]
        while self._accept("OR", "||"):
            branches.append(self._conjunction(field))
        return branches[0] if len(branches) == 1 else _common(branches)

    def _conjunction(self, field: str) -> list[_Condition]:
        conditions = self._term(field)
        while self._place < len(self._tokens):
            kind, text = self._tokens[self._place]
            if text == ")" or (kind == "word" and text.upper() in {"OR", "||"}):
                break
            self._accept("AND", "&&")
            conditions = conditions + self._term(field)
        return conditions

    def _term(self, field: str) -> list[_Condition]:
        if self._accept("NOT", "!"):
            inner = self._term(field)
            return [replace(inner[0], negative=not inner[0].negative)] if len(inner) == 1 else []
        if self._accept("("):
            self._depth += 1
            if self._depth > _DEEPEST:
                raise UnreadableFilterError("it is too deep")
            inner = self._alternatives(field)
            if not self._accept(")"):
                raise UnreadableFilterError("a bracket is not closed")
            self._depth -= 1
            return inner
        return self._condition(field)

    def _condition(self, field: str) -> list[_Condition]:
        kind, text = self._take()
        if kind == "sign":
            if text in {"<", ">", "<=", ">=", "="} and field:
                return _compared(field, text, self._take()[1])
            raise UnreadableFilterError(f"{text!r} is not expected")
        if kind == "word" and text in _KEYWORDS:
            raise UnreadableFilterError(f"{text} has nothing before or after it")
        if field:
            return [_Condition(field, _pattern(kind, text))] if _pattern(kind, text) else []
        if self._accept(":"):
            return self._term(text)
        if kind == "word" and self._peek() in {"<", ">", "<=", ">=", "="}:
            return _compared(text, self._take()[1], self._take()[1])
        words = text.strip('"').split()
        return [_Condition("level", "error")] if any(_FAILURE.match(word) for word in words) else []

    def _peek(self) -> str:
        return self._tokens[self._place][1] if self._place < len(self._tokens) else ""

    def _take(self) -> tuple[str, str]:
        if self._place >= len(self._tokens):
            raise UnreadableFilterError("it ends too early")
        self._place += 1
        return self._tokens[self._place - 1]

    def _accept(self, *texts: str) -> bool:
        if self._peek().upper() not in texts or not self._peek():
            return False
        self._place += 1
        return True


def _common(branches: list[list[_Condition]]) -> list[_Condition]:
    """Alternatives say something together only if each is one condition, all on the same field."""
    if any(len(branch) != 1 or branch[0].negative for branch in branches):
        return []
    if len({branch[0].field for branch in branches}) > 1:
        return []
    return [_Condition(branches[0][0].field, "|".join(branch[0].pattern for branch in branches))]


def _compared(field: str, sign: str, value: str) -> list[_Condition]:
    """Comparisons with the ends of the classes of status codes; others say nothing."""
    if sign == "=":
        return [_Condition(field, _pattern("word", value))]
    starts = {(">=", "500"): "5..", (">", "499"): "5..", (">=", "400"): "[45]..", (">", "399"): "[45].."}
    ends = {
        ("<", "400"): "[123]..",
        ("<=", "399"): "[123]..",
        ("<", "300"): "[12]..",
        ("<", "500"): "[1234]..",
    }
    pattern = (starts | ends).get((sign, value))
    if pattern is None and sign == ">" and value == "0":  # of numbered codes, such as gRPC's
        return [_Condition(field, "0", negative=True)]
    return [_Condition(field, pattern)] if pattern else []


def _pattern(kind: str, text: str) -> str:
    """The values as a regular expression; "" for a range whose meaning is unknown."""
    if kind == "string":
        return re.escape(text[1:-1].replace('\\"', '"')).replace("\\ ", " ").replace("\\-", "-")
    if kind == "range":
        low, _, high = text[1:-1].strip().partition(" TO ")
        ends = (low.strip(), high.strip())
        return {
            ("500", "599"): "5..",
            ("400", "599"): "[45]..",
            ("500", "*"): "5..",
            ("400", "*"): "[45]..",
        }.get(ends, "")
    parts = re.sub(r"\\(.)", r"\1", text).split("*")
    return ".*".join(re.escape(part).replace("\\-", "-") for part in parts)
