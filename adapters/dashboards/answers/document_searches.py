"""What a search request of Elasticsearch or OpenSearch asks for, as text that people read."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_FUNCTIONS = {
    "avg": "average",
    "sum": "sum",
    "min": "min",
    "max": "max",
    "cardinality": "unique_count",
    "percentiles": "percentile",
    "median_absolute_deviation": "median",
    "top_metrics": "last_value",
}
_SIGNS = {"gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}
_DEEPEST = 20


@dataclass(frozen=True)
class AskedMeasure:
    """An aggregation over a field: `function` is that of Kibana's formulas."""

    function: str
    field: str

    @classmethod
    def of(cls, aggregation: str, field_name: str) -> "AskedMeasure":
        """By the name of the aggregation, such as "avg"."""
        return cls(_FUNCTIONS.get(aggregation, aggregation), field_name)


@dataclass(frozen=True)
class DocumentSearch:
    """A search: its filter in KQL, its measures by name, and the fields that its groups are made by."""

    filter: str = ""
    measures: dict[str, AskedMeasure] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)

    def formula(self, measure: str, percentile: str = "") -> str:
        """The measure as a formula of Kibana's, such as `average(duration, kql='outcome: failure')`."""
        asked = self.measures.get(measure)
        quoted = self.filter.replace("'", "\\'")
        share = f"percentile={percentile}" if percentile else ""
        options = [text for text in (share, f"kql='{quoted}'" if quoted else "") if text]
        if asked is None:
            return "" if measure else f"count({', '.join(options)})"
        return f"{asked.function}({', '.join([asked.field, *options])})"


def document_search(body: object, time_field: str) -> DocumentSearch:
    """The search in the body of a request: `{"query": …, "aggs": …}`, at any place in it."""
    search = next(_searches(body, 0), {})
    aggregations = search.get("aggs") or search.get("aggregations") or {}
    measures: dict[str, AskedMeasure] = {}
    groups: dict[str, str] = {}
    _collect(aggregations, measures, groups, 0)
    return DocumentSearch(filter_text(search.get("query"), time_field), measures, groups)


def filter_text(query: object, time_field: str, depth: int = 0) -> str:
    """The query in KQL; "" for what has no words in it, such as the range of time."""
    if not isinstance(query, dict) or depth > _DEEPEST:
        return ""
    parts = [_clause(kind, content, time_field, depth) for kind, content in query.items()]
    return " and ".join(part for part in parts if part)


def _clause(kind: str, content: object, time_field: str, depth: int) -> str:
    if kind == "bool" and isinstance(content, dict):
        return _bool(content, time_field, depth)
    if kind == "query_string" and isinstance(content, dict):
        text = str(content.get("query") or "")
        return "" if text == "*" else text
    if not isinstance(content, dict) or kind not in {"match", "match_phrase", "term", "range", "terms"}:
        return ""
    parts = []
    for name, value in content.items():
        if name == time_field or name in {"boost", "format"}:
            continue
        if kind == "range" and isinstance(value, dict):
            parts += [f"{name} {_SIGNS[sign]} {bound}" for sign, bound in value.items() if sign in _SIGNS]
        elif kind == "terms" and isinstance(value, list):
            parts.append(f"{name}: ({' or '.join(_quoted(each) for each in value)})")
        else:
            plain = value.get("query", value.get("value")) if isinstance(value, dict) else value
            parts.append(f"{name}: {_quoted(plain)}")
    return " and ".join(parts)


def _bool(content: dict[str, Any], time_field: str, depth: int) -> str:
    def texts(kind: str) -> list[str]:
        clauses = content.get(kind) or []
        clauses = clauses if isinstance(clauses, list) else [clauses]
        return [filter_text(clause, time_field, depth + 1) for clause in clauses]

    parts = [text for kind in ("must", "filter") for text in texts(kind) if text]
    parts += [f"not ({text})" for text in texts("must_not") if text]
    alternatives = texts("should")
    if alternatives and all(alternatives):
        parts.append(alternatives[0] if len(alternatives) == 1 else f"({' or '.join(alternatives)})")
    return " and ".join(parts)


def _quoted(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return '"' + str(value).replace('"', '\\"') + '"'


def _searches(value: object, depth: int) -> Iterator[dict[str, Any]]:
    """The objects that have a query or aggregations, outermost first."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        if any(isinstance(value.get(name), dict) for name in ("aggs", "aggregations", "query")):
            yield value
        for inner in value.values():
            yield from _searches(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _searches(inner, depth + 1)


def _collect(
    aggregations: object, measures: dict[str, AskedMeasure], groups: dict[str, str], depth: int
) -> None:
    if not isinstance(aggregations, dict) or depth > _DEEPEST:
        return
    for name, content in aggregations.items():
        if not isinstance(content, dict):
            continue
        for kind, options in content.items():
            field_name = str(options.get("field") or "") if isinstance(options, dict) else ""
            if kind in _FUNCTIONS and field_name:
                measures[name] = AskedMeasure.of(kind, field_name)
            elif kind in {"terms", "multi_terms"} and field_name:
                groups[name] = field_name
        _collect(content.get("aggs") or content.get("aggregations"), measures, groups, depth + 1)
