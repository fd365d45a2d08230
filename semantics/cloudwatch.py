"""CloudWatch's searches and Metrics Insights queries, which name a metric, a namespace and a statistic."""

import re

from semantics.syntax import Expression, LabelMatcher, SeriesSelector, UnreadableExpressionError

_SEARCH = re.compile(
    r"""(?is)^\s*SEARCH\s*\(\s*'\s*(?:\{\s*"?(?P<namespace>[\w/ -]+)"?[^}]*\})?(?P<terms>[^']*)'\s*,"""
    r"""\s*'(?P<statistic>[\w.]+)'"""
)
_METRIC = re.compile(r"""(?i)MetricName\s*=\s*(?:"([^"]+)"|(\w+))""")
_SELECT = re.compile(
    r"""(?is)^\s*SELECT\s+(?P<function>AVG|SUM|MAX|MIN|COUNT)\s*\(\s*"?(?P<metric>[\w./ -]+?)"?\s*\)"""
    r"""\s+FROM\s+(?:SCHEMA\s*\(\s*)?"?(?P<namespace>[A-Za-z][\w/-]*/[\w/-]+)"?"""
)
_FUNCTIONS = {"avg": "average", "sum": "sum", "max": "maximum", "min": "minimum", "count": "samplecount"}


def looks_like_cloudwatch(text: str) -> bool:
    """Whether it is a search or a query of a metric with its namespace."""
    search = _SEARCH.match(text)
    return _SELECT.match(text) is not None or (
        search is not None and _METRIC.search(search["terms"]) is not None
    )


def parse_cloudwatch(text: str) -> Expression:
    """The metric that is asked for; raises UnreadableExpressionError if the text is neither form."""
    if select := _SELECT.match(text):
        return _selector(select["metric"], select["namespace"], _FUNCTIONS[select["function"].lower()])
    search = _SEARCH.match(text)
    metric = _METRIC.search(search["terms"]) if search else None
    if search is None or metric is None:
        raise UnreadableExpressionError("it is no search of CloudWatch")
    return _selector(metric[1] or metric[2], search["namespace"] or "", search["statistic"].lower())


def _selector(metric: str, namespace: str, statistic: str) -> SeriesSelector:
    matchers = [LabelMatcher("statistic", "=", statistic)]
    if namespace:
        matchers.append(LabelMatcher("Namespace", "=", namespace.strip()))
    return SeriesSelector(metric.strip(), tuple(matchers))
