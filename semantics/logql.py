"""LogQL's metric queries, by an own reading: PyPI has no parser of LogQL.

The log pipeline of each range aggregation becomes a selector that PromQL has too, and PromQL's parser reads
the rest. Of the pipeline only filters for failures and `unwrap` matter for what is measured.
"""

import re

from semantics.promql import parse_promql
from semantics.syntax import Expression, UnreadableExpressionError

LOG_LINES = "log_lines_of_a_stream"
UNWRAPPED = "unwrapped_value_of_a_log"
"""The metrics that stand for the pipeline in the tree."""

_STRING = r"""(?:"(?:\\.|[^"\\])*"|`[^`]*`)"""
_STREAM = rf"\{{(?:[^{{}}\"`]|{_STRING})*\}}"
_STAGE = rf"(?:[^\[\]\"`{{}}()]|{_STRING}|\((?:[^()\"`]|{_STRING})*\))*"
_RANGE = r"\[[^\]]+\]"
_PIPELINE = re.compile(rf"(?P<stream>{_STREAM})(?P<stages>{_STAGE})(?P<range>{_RANGE})(?P<after>[^),]*)")
_FILTER = re.compile(rf"(\|=|!=|\|~|!~)\s*({_STRING})")
_LABEL = re.compile(rf"\|\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|>=|<=|==|=|>|<)\s*({_STRING}|[\d.]+\w*)")
_UNWRAP = re.compile(r"\|\s*unwrap\s+(?:(\w+)\()?\s*([a-zA-Z_]\w*)")
_GROUPED = re.compile(rf"""(\w+)(\((?:[^()"`]|{_STRING})*\))\s*(by|without)\s*(\([^()]*\))""")
"""A function with grouping, which LogQL has and PromQL does not."""
_FAILURE = re.compile(
    r"(?i)\b(?:errors?|exceptions?|fatal|panic|failed|failures?|critical|traceback|5\d\d|5\.\.)\b|\b5\["
)


def looks_like_logql(expression: str) -> bool:
    """Whether it has a range after a stream in braces that no metric's name precedes."""
    return any(_is_log(expression, match) for match in _PIPELINE.finditer(expression))


def parse_logql(expression: str) -> Expression:
    """The tree of the expression; raises UnreadableExpressionError if it is no metric query of LogQL."""
    if not looks_like_logql(expression):
        raise UnreadableExpressionError("it has no range aggregation over a log stream")
    replaced = _PIPELINE.sub(
        lambda match: _selector(match) if _is_log(expression, match) else match.group(), expression
    )
    return parse_promql(_GROUPED.sub(_around, replaced))


def _around(match: re.Match[str]) -> str:
    function, arguments, modifier, labels = match.groups()
    if not function.endswith(("_over_time", "rate", "rate_counter")):
        return match.group()
    return f"max {modifier} {labels} ({function}{arguments})"


def _is_log(expression: str, match: re.Match[str]) -> bool:
    before = expression[: match.start()].rstrip()
    return not before or not (before[-1].isalnum() or before[-1] in "_:")


def _selector(match: re.Match[str]) -> str:
    """A selector with the stream's matchers and those of label filters; a line filter becomes `level`."""
    stages = match["stages"]
    matchers = match["stream"][1:-1].strip().rstrip(",")
    added = [matchers] if matchers else []
    for label, operator, value in _LABEL.findall(stages):
        text = value if value[0] in '"`' else f'"{value}"'
        if operator in {"=", "!=", "=~", "!~"}:
            added.append(f"{label}{operator}{text}")
        elif operator == "==":
            added.append(f"{label}={text}")
        elif operator == ">=" and text == '"500"':
            added.append(f'{label}=~"5.."')
        elif operator == ">=" and text == '"400"':
            added.append(f'{label}=~"[45].."')
    if any(sign in {"|=", "|~"} and _FAILURE.search(text) for sign, text in _FILTER.findall(stages)):
        added.append('level="error"')
    unwrap = _UNWRAP.search(stages)
    metric = LOG_LINES
    if unwrap:
        unit = {"duration": "_seconds", "duration_seconds": "_seconds", "bytes": "_bytes"}.get(
            unwrap[1] or "", ""
        )
        metric = f"{UNWRAPPED}_{unwrap[2]}{unit}"
    return f"{metric}{{{', '.join(added)}}}{match['range']}"
