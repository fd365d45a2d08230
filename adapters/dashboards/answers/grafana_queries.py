"""The queries that Grafana sends to its data sources, in each data source's own words."""

from dataclasses import dataclass
from typing import Any

from adapters.dashboards.answers.document_searches import AskedMeasure, DocumentSearch
from semantics.expressions import DOCUMENT_PRODUCTS, selected_metric

_TEXTS = ("expr", "query", "rawSql", "target", "queryText")


@dataclass(frozen=True)
class GrafanaQuery:
    """One query of a panel: its text, the only metric that it names or "", and the product it goes to."""

    text: str = ""
    metric: str = ""
    product: str = ""


def grafana_query(query: dict[str, Any], datasource: object = None) -> GrafanaQuery:
    """Reads a query; `datasource` is the panel's, for a query that names none."""
    product = _product(query.get("datasource")) or _product(datasource)
    if product in DOCUMENT_PRODUCTS:
        text, metric = _documents(query)
        return GrafanaQuery(text, metric, product)
    if product == "cloudwatch" and query.get("metricName"):
        name = f"{query.get('namespace', '')} {query['metricName']} {query.get('statistic', '')}".strip()
        return GrafanaQuery(str(query.get("expression") or ""), name, product)
    text = next((str(query[key]) for key in _TEXTS if isinstance(query.get(key), str) and query[key]), "")
    return GrafanaQuery(text, selected_metric(text, product), product)


def executed_query(text: str) -> str:
    """What the data source executed, without the step that Grafana writes after it."""
    first = text.strip().removeprefix("Expr:").strip()
    return first.partition("\nStep:")[0].strip()


def _product(datasource: object) -> str:
    """The type of a data source, such as "prometheus"; a name alone does not tell it."""
    if not isinstance(datasource, dict):
        return ""
    kind = str(datasource.get("type") or "").lower()
    words = [word for word in kind.split("-") if word not in {"grafana", "datasource"}]
    return "-".join(words)


def _documents(query: dict[str, Any]) -> tuple[str, str]:
    """A query of Elasticsearch as a formula, and its field."""
    measures = [measure for measure in query.get("metrics") or () if isinstance(measure, dict)]
    shown = next((measure for measure in measures if not measure.get("hide")), {})
    kind, field = str(shown.get("type") or "count"), str(shown.get("field") or "")
    words = str(query.get("query") or "")
    asked = {"m": AskedMeasure.of(kind, field)} if field else {}
    settings = shown.get("settings") or {}
    percents = settings.get("percents") if isinstance(settings, dict) else None
    percentile = str(percents[0]) if isinstance(percents, list) and len(percents) == 1 else ""
    search = DocumentSearch("" if words == "*" else words, asked)
    return search.formula("m" if asked else "", percentile), field
